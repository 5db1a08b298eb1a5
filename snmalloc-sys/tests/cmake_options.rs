//! The options of the C++ project do what the features of the crate do.

#[allow(dead_code)]
#[path = "../build/plan.rs"]
mod plan;

use plan::features::{Feature, FEATURES};
use plan::target::Target;
use plan::Plan;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Those that choose a builder, or of which the C++ project knows nothing, or for which cmake has a setting or a target of its
/// own; besides those that are accepted and do nothing.
const WITHOUT_OPTION: &[&str] = &["build_cmake", "build_cc", "serde", "region", "lto"];

#[test]
fn each_option_gives_the_flags_of_its_feature() {
    if !has_cmake() {
        return eprintln!("skipped: cmake is not installed");
    }
    for (system, os, env) in [("Linux", "linux", "gnu"), ("Windows", "windows", "gnu"), ("OpenBSD", "openbsd", "")] {
        let is_host = system == "Linux" && cfg!(all(target_os = "linux", target_arch = "x86_64"));
        let words = [os, env, "x86_64", "64"].map(String::from);
        let [os, env, arch, pointer_width] = words;
        let target = Target { os, env, arch, pointer_width, has_static_crt: false, is_host };
        let compare = |features: &[&str]| {
            assert_eq!(options_of_cmake(system, is_host, features), options_of_plan(&target, features), "{features:?}");
        };
        compare(&[]);
        let has_option =
            |feature: &Feature| !WITHOUT_OPTION.contains(&feature.name) && !feature.doc.starts_with("accepted");
        for feature in FEATURES.iter().filter(|feature| has_option(feature)) {
            compare(&[feature.name]);
        }
        compare(&["notls", "local_dynamic_tls", "usecxx17", "debug"]);
    }
}

/// An option that is given later must not be ignored because of what cmake remembers.
#[test]
fn options_can_be_changed_in_a_directory_that_is_there() {
    if !has_cmake() {
        return eprintln!("skipped: cmake is not installed");
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cmake_options_later");
    let _ = fs::remove_dir_all(&directory);
    let check = "-DSN_CHECK=1".to_string();
    assert!(!configure(&directory, &[]).contains(&check));
    assert!(configure(&directory, &["-DSNMALLOC_CHECK=ON".into()]).contains(&check));
}

#[test]
fn the_readme_lists_all_options() {
    let upstream = Path::new(env!("CARGO_MANIFEST_DIR")).join("upstream");
    let (project, readme) =
        (fs::read_to_string(upstream.join("CMakeLists.txt")), fs::read_to_string(upstream.join("README.md")));
    let (project, readme) = (project.unwrap(), readme.unwrap());
    let names = project.lines().filter_map(|line| line.strip_prefix("option(")?.split(' ').next());
    assert!(names.clone().count() > 10);
    for name in names {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

fn options_of_plan(target: &Target, features: &[&str]) -> Vec<String> {
    // On by default, as that feature is.
    let plan = Plan::new(target, &|name| features.contains(&name) || name == "usewait-on-address");
    let defines = plan.defines.iter().map(|(name, value)| match value {
        Some(value) => format!("-D{name}={value}"),
        None => format!("-D{name}"),
    });
    let mut options: Vec<_> = plan.flags.iter().map(|flag| flag.to_string()).chain(defines).collect();
    options.push(format!("-std={}", plan.standard));
    options.push(format!("-O{}", plan.opt_level));
    // These two the `cc` crate adds by itself.
    options.extend(plan.has_debug_info.then(|| "-g".into()));
    options.extend((!target.is_windows()).then(|| "-fPIC".into()));
    options.sort();
    options
}

fn options_of_cmake(system: &str, is_host: bool, features: &[&str]) -> Vec<String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cmake_options");
    let _ = fs::remove_dir_all(&directory);
    let mut settings: Vec<_> = features.iter().map(|feature| format!("-D{}=ON", option_of(feature))).collect();
    if !is_host {
        // Nothing is compiled, so any compiler will do.
        settings.push(format!("-DCMAKE_SYSTEM_NAME={system}"));
        settings.extend(["-DCMAKE_SYSTEM_PROCESSOR=x86_64".into(), "-DCMAKE_CXX_COMPILER_WORKS=1".into()]);
    }
    configure(&directory, &settings)
}

fn option_of(feature: &str) -> String {
    let name = match feature {
        "usecxx17" => "CXX17".to_string(),
        "usewait-on-address" => "WAIT_ON_ADDRESS".to_string(),
        _ => feature.to_uppercase().replace('-', "_"),
    };
    format!("SNMALLOC_{name}")
}

/// The options with which cmake would compile the core, sorted.
fn configure(directory: &Path, settings: &[String]) -> Vec<String> {
    let output = Command::new("cmake")
        .args(["-S", "upstream", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-B"])
        .arg(directory)
        .args(settings)
        .env_remove("CXXFLAGS")
        .output()
        .expect("cmake runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("not used by the project"), "{settings:?}: {said}");
    let commands = fs::read_to_string(directory.join("compile_commands.json")).unwrap();
    let command = commands.lines().find_map(|line| line.trim().strip_prefix("\"command\": \"")).unwrap();
    let (options, _) = command.split_once(" -o ").unwrap();
    let mut options: Vec<_> =
        options.split(' ').skip(1).filter(|word| !word.starts_with("-I") && !word.starts_with('@')).collect();
    options.retain(|word| !word.is_empty());
    options.sort_unstable();
    options.into_iter().map(String::from).collect()
}

fn has_cmake() -> bool {
    Command::new("cmake").arg("--version").output().is_ok()
}
