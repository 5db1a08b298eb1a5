//! The build plan of every target, made on this machine from what `rustc` says of the target.

#[path = "../build/plan.rs"]
mod plan;

use plan::features::FEATURES;
use plan::target::Target;
use plan::{Builder, Plan};
use std::collections::HashMap;
use std::fs;
use std::process::Command;

#[derive(Clone, Copy, PartialEq)]
enum Flags {
    Gnu,
    Msvc,
}
use Flags::{Gnu, Msvc};

/// Target, the compiler's language, and whether TLS is reached by the initial-exec model.
const TARGETS: &[(&str, Flags, bool)] = &[
    ("x86_64-unknown-linux-gnu", Gnu, true),
    ("i686-unknown-linux-gnu", Gnu, true),
    ("aarch64-unknown-linux-gnu", Gnu, true),
    ("armv7-unknown-linux-gnueabihf", Gnu, true),
    ("riscv64gc-unknown-linux-gnu", Gnu, true),
    ("s390x-unknown-linux-gnu", Gnu, true),
    ("powerpc64le-unknown-linux-gnu", Gnu, true),
    ("x86_64-unknown-linux-musl", Gnu, true),
    ("aarch64-unknown-linux-musl", Gnu, true),
    ("aarch64-linux-android", Gnu, false),
    ("armv7-linux-androideabi", Gnu, false),
    ("x86_64-linux-android", Gnu, false),
    ("i686-linux-android", Gnu, false),
    ("x86_64-pc-windows-gnu", Gnu, false),
    ("i686-pc-windows-gnu", Gnu, false),
    ("x86_64-pc-windows-gnullvm", Gnu, false),
    ("aarch64-pc-windows-gnullvm", Gnu, false),
    ("x86_64-pc-windows-msvc", Msvc, false),
    ("i686-pc-windows-msvc", Msvc, false),
    ("aarch64-pc-windows-msvc", Msvc, false),
    ("x86_64-apple-darwin", Gnu, false),
    ("aarch64-apple-darwin", Gnu, false),
    ("aarch64-apple-ios", Gnu, false),
    ("aarch64-apple-ios-sim", Gnu, false),
    ("x86_64-apple-ios", Gnu, false),
    ("x86_64-unknown-freebsd", Gnu, true),
    ("aarch64-unknown-freebsd", Gnu, true),
    ("x86_64-unknown-netbsd", Gnu, true),
    ("x86_64-unknown-openbsd", Gnu, false),
    ("x86_64-unknown-dragonfly", Gnu, true),
    ("x86_64-unknown-illumos", Gnu, false),
];

#[test]
fn every_target_gets_its_flags() {
    for &(triple, language, has_initial_exec) in TARGETS {
        let plan = plan_for(&target_of(triple, &[]), &[]);
        assert_eq!((plan.standard, plan.opt_level, plan.has_debug_info), ("c++20", 3, false), "{triple}");
        assert!(plan.defines.contains(&("NDEBUG", None)), "{triple}");
        assert!(!plan.defines.iter().any(|&(name, _)| name == "SN_DEBUG"), "{triple}");
        let mut expected = match language {
            Gnu => vec!["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fvisibility=hidden"],
            Msvc => vec!["-EHs-c-", "-GR-", "-Zc:threadSafeInit-", "-Zc:__cplusplus"],
        };
        if has_initial_exec {
            expected.push("-ftls-model=initial-exec");
        }
        assert_eq!(plan.flags, expected, "{triple}");
        assert_eq!(plan.defines.contains(&("_HAS_EXCEPTIONS", Some("0"))), language == Msvc, "{triple}");
    }
}

#[test]
fn libraries_are_linked_where_they_are_needed() {
    for &(triple, ..) in TARGETS {
        let expected: &[&str] = if triple.contains("windows") { &["advapi32"] } else { &[] };
        assert_eq!(plan_for(&target_of(triple, &[]), &[]).libraries, expected, "{triple}");
    }
}

#[test]
fn features_of_windows_do_nothing_elsewhere() {
    for &(triple, ..) in TARGETS {
        let target = target_of(triple, &[]);
        for (feature, define) in [("usewait-on-address", "SN_WAIT_ON_ADDRESS"), ("win8compat", "SN_WIN8COMPAT")] {
            let (with, without) = (plan_for(&target, &[feature]), plan_for(&target, &[]));
            let mut expected = without.defines.clone();
            if triple.contains("windows") {
                expected.push((define, Some("1")));
            }
            assert_eq!((with.defines, with.flags), (expected, without.flags), "{triple} {feature}");
        }
    }
}

#[test]
fn musl_that_loads_libraries_late_keeps_the_default_tls_model() {
    let target = target_of("x86_64-unknown-linux-musl", &["-C", "target-feature=-crt-static"]);
    assert!(!plan_for(&target, &[]).flags.contains(&"-ftls-model=initial-exec"));
}

#[test]
fn fast_paths_are_inlined_where_rust_can_reach_the_variable() {
    for &(triple, ..) in TARGETS {
        let is_64_bit = triple.starts_with("x86_64") || triple.starts_with("aarch64");
        let expected = is_64_bit && triple.contains("-linux-") && !triple.contains("android");
        assert_eq!(plan_for(&target_of(triple, &[]), &[]).has_fast_path, expected, "{triple}");
    }
}

#[test]
fn debug_swaps_optimisation_for_assertions() {
    for &(triple, ..) in TARGETS {
        let target = target_of(triple, &[]);
        let (plain, debug) = (plan_for(&target, &[]), plan_for(&target, &["debug"]));
        assert_eq!((debug.opt_level, debug.has_debug_info), (1, true));
        assert!(debug.defines.contains(&("SN_DEBUG", Some("1"))));
        assert!(!debug.defines.iter().any(|&(name, _)| name == "NDEBUG"));
        assert_eq!(debug.flags, plain.flags);
    }
}

#[test]
fn the_host_alone_is_tuned_for() {
    for &(triple, ..) in TARGETS {
        let plan = plan_for(&target_of(triple, &[]), &["native-cpu"]);
        let is_host = triple == "x86_64-unknown-linux-gnu";
        let tunes = plan.flags.iter().any(|flag| flag.starts_with("-march=") || flag.starts_with("-mcpu="));
        assert_eq!((tunes, plan.warnings.is_empty()), (is_host, is_host), "{triple}: {:?}", plan.flags);
        assert!(plan_for(&target_of(triple, &[]), &[]).warnings.is_empty(), "{triple}");
    }
}

#[test]
fn native_cpu_has_a_flag_for_each_processor() {
    for (triple, flag) in [
        ("i686-unknown-linux-gnu", Some("-march=native")),
        ("aarch64-apple-darwin", Some("-mcpu=native")),
        ("armv7-unknown-linux-gnueabihf", Some("-mcpu=native")),
        ("s390x-unknown-linux-gnu", Some("-march=native")),
        ("powerpc64le-unknown-linux-gnu", Some("-mcpu=native")),
        ("riscv64gc-unknown-linux-gnu", None),
        ("x86_64-pc-windows-msvc", None),
    ] {
        let target = Target { is_host: true, ..target_of(triple, &[]) };
        assert_eq!(target.native_cpu_flag(), flag, "{triple}");
    }
}

/// At most one model stands among the flags, and the callers' fast paths go with initial-exec only.
#[test]
fn thread_local_storage_is_as_the_features_say() {
    for &(triple, language, has_initial_exec) in TARGETS {
        let target = target_of(triple, &[]);
        let model = |features: &[&str]| {
            let plan = plan_for(&target, features);
            let models: Vec<_> = plan.flags.iter().filter_map(|flag| flag.strip_prefix("-ftls-model=")).collect();
            assert!(models.len() <= 1, "{triple} {features:?}: {models:?}");
            assert!(!plan.has_fast_path || models == ["initial-exec"], "{triple} {features:?}");
            (models.first().copied(), plan.defines.contains(&("SN_NOTLS", Some("1"))), plan.warnings.len())
        };
        assert_eq!(model(&[]), (has_initial_exec.then_some("initial-exec"), false, 0), "{triple}");
        let is_windows = triple.contains("windows");
        assert!(language == Gnu || is_windows);
        let local_dynamic = if is_windows { (None, false, 1) } else { (Some("local-dynamic"), false, 0) };
        assert_eq!(model(&["local_dynamic_tls"]), local_dynamic, "{triple}");
        assert_eq!(model(&["notls"]), (None, true, 0), "{triple}");
        let both = model(&["notls", "local_dynamic_tls"]);
        assert_eq!((both.0, both.1), (None, true), "{triple}");
    }
}

#[test]
fn override_is_honoured_or_warned_of() {
    for &(triple, ..) in TARGETS {
        let target = target_of(triple, &[]);
        let overrides = |plan: &Plan| plan.defines.contains(&("SN_OVERRIDE", Some("1")));
        let (plain, plan) = (plan_for(&target, &[]), plan_for(&target, &["override"]));
        let expected = triple.contains("-linux-");
        assert_eq!((overrides(&plan), plan.warnings.is_empty()), (expected, expected), "{triple}: {:?}", plan.warnings);
        assert_eq!((plan.has_fast_path, &plan.flags), (plain.has_fast_path, &plain.flags), "{triple}");
        assert!(!overrides(&plan.for_region()), "{triple}: a program has malloc once");
        // To set thread-specific data may call malloc.
        let both = plan_for(&target, &["override", "notls"]);
        assert_eq!(both.defines.contains(&("SN_NOTLS", Some("1"))), !expected, "{triple}");
        assert_eq!(both.warnings.len(), 1, "{triple}: {:?}", both.warnings);
        assert!(!expected || both.flags == plain.flags, "{triple}: {:?}", both.flags);
    }
}

/// The core is told, for the headers may be another library's. As a shared library, musl's fork comes to no malloc but
/// its own.
#[test]
fn override_is_for_static_musl() {
    let is_told = |triple, flags: &[_]| {
        let plan = plan_for(&target_of(triple, flags), &["override"]);
        let has = |define| plan.defines.contains(&(define, Some("1")));
        assert_eq!(has("SN_OVERRIDE"), plan.warnings.is_empty(), "{triple}: {:?}", plan.warnings);
        (has("SN_OVERRIDE"), has("SN_MUSL"))
    };
    assert_eq!(is_told("x86_64-unknown-linux-musl", &[]), (true, true));
    assert_eq!(is_told("x86_64-unknown-linux-musl", &["-C", "target-feature=-crt-static"]), (false, true));
    assert_eq!(is_told("x86_64-unknown-linux-gnu", &[]), (true, false));
    assert_eq!(is_told("aarch64-linux-android", &[]), (true, false));
}

#[test]
fn features_with_one_effect_have_that_on_every_target() {
    for &(triple, ..) in TARGETS {
        let target = target_of(triple, &[]);
        let plain = plan_for(&target, &[]);
        assert_eq!(plan_for(&target, &["usecxx17"]).standard, "c++17", "{triple}");
        assert!(plan_for(&target, &["qemu"]).defines.contains(&("SN_QEMU", Some("1"))), "{triple}");
        assert!(plan_for(&target, &["lto"]).has_lto && !plain.has_lto, "{triple}");
    }
}

/// What is "accepted" changes nothing, on no target, and tells the user only where its row says so.
#[test]
fn accepted_features_do_nothing() {
    let accepted: Vec<_> = FEATURES.iter().filter(|feature| feature.doc.starts_with("accepted")).collect();
    assert_eq!(accepted.len(), 12);
    for &(triple, ..) in TARGETS {
        let target = target_of(triple, &[]);
        let plain = format!("{:?}", plan_for(&target, &[]));
        for feature in &accepted {
            let mut plan = plan_for(&target, &[feature.name]);
            let warnings = std::mem::take(&mut plan.warnings);
            assert_eq!(format!("{plan:?}"), plain, "{triple} {}", feature.name);
            assert_eq!(
                warnings.len(),
                usize::from(feature.doc.starts_with("accepted, with a warning")),
                "{warnings:?}"
            );
            assert!(warnings.iter().all(|warning| warning.contains(feature.name)), "{warnings:?}");
        }
    }
}

#[test]
fn libc_api_is_asked_for() {
    let target = target_of("x86_64-unknown-linux-gnu", &[]);
    let asks = |features: &[&str]| plan_for(&target, features).defines.contains(&("SN_LIBC_API", Some("1")));
    assert!(asks(&["libc-api"]) && !asks(&[]));
}

#[test]
fn build_cc_wins_over_build_cmake() {
    let builder = |features: &[&str]| plan_for(&target_of("x86_64-unknown-linux-gnu", &[]), features).builder;
    assert_eq!(builder(&["build_cmake"]), Builder::Cmake);
    assert_eq!(builder(&["build_cc"]), Builder::Cc);
    assert_eq!(builder(&["build_cmake", "build_cc"]), Builder::Cc);
    assert_eq!(builder(&[]), Builder::Cc);
}

/// The region's core asks no system, is no other core's, and needs no library; the other one is as ever.
#[test]
fn a_region_needs_no_system() {
    let target = target_of("x86_64-unknown-none", &[]);
    assert!(!target.has_system() && target_of("x86_64-unknown-linux-gnu", &[]).has_system());
    let plan = plan_for(&target, &["region", "check"]);
    let region = plan.for_region();
    assert!(plan.has_region && !plan_for(&target, &["check"]).has_region);
    assert!(region.defines.contains(&("SN_NONE", Some("1"))) && !region.defines.contains(&("SN_CHECK", Some("1"))));
    assert!(region.flags.contains(&"-ffreestanding"));
    assert!(plan.defines.contains(&("SN_CHECK", Some("1"))) && !plan.defines.contains(&("SN_NONE", Some("1"))));
    let msvc = plan_for(&target_of("x86_64-pc-windows-msvc", &[]), &["region"]).for_region();
    assert!(!msvc.flags.iter().any(|flag| flag.starts_with("-f")));
}

/// Whatever machine builds, the plan is the target's.
#[test]
fn the_host_changes_nothing_but_the_tuning() {
    for &(triple, ..) in TARGETS {
        let here = target_of(triple, &[]);
        let there = Target { is_host: !here.is_host, ..here.clone() };
        for feature in FEATURES.iter().filter(|feature| feature.name != "native-cpu") {
            let [here, there] = [&here, &there].map(|target| {
                let mut plan = plan_for(target, &[feature.name]);
                plan.target.is_host = true;
                format!("{plan:?}")
            });
            assert_eq!(here, there, "{triple} {}", feature.name);
        }
    }
}

/// In a build script `cfg!(target_…)` is the machine that builds, so none of its files asks that.
#[test]
fn the_build_script_reads_the_target_from_cargo() {
    let files = fs::read_dir("build").unwrap().map(|file| file.unwrap().path()).chain(["build.rs".into()]);
    let mut count = 0;
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.trim_start().starts_with("//")) {
            for asks in ["cfg!(target_", "cfg!(windows", "cfg(target_", "cfg(windows", "env!(\"TARGET", "env!(\"HOST"] {
                assert!(!line.contains(asks), "{}: {line}", file.display());
            }
        }
        count += 1;
    }
    assert!(count >= 9);
}

/// The same variables as cargo's own, made from what `rustc --print cfg` says, as cargo asks: of procedural macros, too.
fn target_of(triple: &str, rustc_flags: &[&str]) -> Target {
    let ask = |more: &[&str]| {
        let mut rustc = Command::new("rustc");
        let output = rustc.args(["--print", "cfg", "--target", triple]).args(rustc_flags).args(more).output();
        let output = output.expect("rustc runs");
        assert!(output.status.success(), "{triple}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut variables: HashMap<String, Vec<String>> = HashMap::new();
    variables.insert("HOST".into(), vec!["x86_64-unknown-linux-gnu".into()]);
    variables.insert("TARGET".into(), vec![triple.into()]);
    for line in ask(&["--crate-type", "bin", "--crate-type", "proc-macro"]).lines() {
        if let Some((name, value)) = line.split_once('=') {
            let name = format!("CARGO_CFG_{}", name.to_uppercase());
            variables.entry(name).or_default().push(value.trim_matches('"').to_string());
        }
    }
    let target = Target::from_cargo(|name| variables.get(name).map_or(String::new(), |values| values.join(",")));
    target.asking(&|| ask(&[]))
}

fn plan_for(target: &Target, features: &[&str]) -> Plan {
    Plan::new(target, &|name| features.contains(&name))
}
