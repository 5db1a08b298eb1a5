//! The build script as cargo runs it: the compiler commands of both builders, and what it says when a tool is missing.
#![cfg(unix)]

#[allow(dead_code)]
#[path = "../build/android.rs"]
mod android;

use std::env;
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};

const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

#[test]
fn both_builders_compile_the_same_source_with_the_same_flags() {
    if !has_cmake() {
        return eprintln!("skipped: cmake is not installed");
    }
    let kept = format!("-O2 -fno-builtin -std=c++11 -fexceptions -frtti {}", unique_define());
    let left_out = "-O0 -flto=auto -fno-pic -fsanitize=undefined --coverage";
    let user_flags = format!("{kept} {left_out}");
    let cc = recorded_command("both_cc", "build_cc", &user_flags);
    let cmake = recorded_command("both_cmake", "build_cmake", &user_flags);
    assert_eq!(cc, cmake);

    let position =
        |flag: &str| cc.flags.iter().position(|given| given == flag).unwrap_or_else(|| panic!("no {flag} in {cc:?}"));
    for flag in kept.split(' ').chain(["-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-DOF_THE_COMPILER"]) {
        position(flag);
    }
    assert!(position("-O3") < position("-O2"), "optimised in a debug profile, and the user has the last word");
    for (users, ours) in [("-std=c++11", "-std=c++20"), ("-fexceptions", "-fno-exceptions"), ("-frtti", "-fno-rtti")] {
        assert!(position(users) < position(ours), "the core is C++20 and needs no C++ library, whatever the user's is");
    }
    for flag in left_out.split(' ') {
        assert!(!cc.flags.iter().any(|given| given == flag), "{flag} in {cc:?}");
    }
    for unwanted in ["-g", "-Werror", "-march=native", "-fno-omit-frame-pointer"] {
        assert!(!cc.flags.iter().any(|flag| flag == unwanted), "{unwanted} in {cc:?}");
    }
    assert_eq!(cc.source, fs::canonicalize("upstream/src/snmalloc.cc").unwrap());
    assert_eq!(cc.include_dirs, ["include", "src"].map(|dir| fs::canonicalize(format!("upstream/{dir}")).unwrap()));
}

#[test]
fn the_cmake_project_alone_uses_the_same_flags() {
    if !has_cmake() {
        return eprintln!("skipped: cmake is not installed");
    }
    let user_flags = unique_define();
    let (compiler, log) = recorder("alone");
    let build_dir = Path::new(SCRATCH).join("alone_build");
    let _ = fs::remove_dir_all(&build_dir);
    let cmake = |command: &mut Command| assert!(command.status().expect("cmake runs").success());
    cmake(
        Command::new("cmake")
            .args(["-S", "upstream", "-B"])
            .arg(&build_dir)
            .env("CXX", compiler)
            .env("CXXFLAGS", &user_flags),
    );
    cmake(Command::new("cmake").arg("--build").arg(&build_dir));
    let mut alone = core_command(&log);

    let mut crates = recorded_command("alone_crates", "build_cmake", &user_flags);
    // What the `cc` crate adds of its own: the target's baseline, silence, and one section per function.
    let added = ["-ffunction-sections", "-fdata-sections", "-m64", "-march=x86-64", "-w", "-DOF_THE_COMPILER"];
    crates.flags.retain(|flag| !added.contains(&flag.as_str()));
    crates.flags.sort();
    alone.flags.sort();
    assert_eq!(alone, crates);
}

/// No C++ library, and no choice of the user's linker.
#[test]
fn the_core_is_all_that_is_linked() {
    for feature in ["build_cc", "build_cmake"] {
        let output = build(&[feature], |command| {
            command.arg("--message-format=json");
        });
        assert!(output.status.success(), "{}", stderr(&output));
        let messages = String::from_utf8_lossy(&output.stdout);
        let ran = |line: &&str| line.contains("build-script-executed") && line.contains("snmalloc-sys");
        let message = messages.lines().find(ran).expect("the build script ran");
        assert!(message.contains(r#""linked_libs":["static=snmalloc"]"#), "{message}");
        let (_, out_dir) = message.split_once(r#""out_dir":""#).unwrap();
        let said = Path::new(out_dir.split('"').next().unwrap()).with_file_name("output");
        let said = fs::read_to_string(said).unwrap();
        assert!(said.contains("cargo:include=") && !said.contains("rustc-link-arg"), "{said}");
        assert!(!said.contains("rustc-flags") && !said.contains("linker="), "{said}");
    }
}

#[test]
fn a_missing_cmake_costs_one_warning() {
    let output = build(&["build_cmake"], |command| {
        command.env("PATH", path_without("no_cmake", &|name| name == "cmake"));
    });
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    let warnings: Vec<_> = text.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(warnings.len(), 1, "{text}");
    assert!(warnings[0].contains("`cmake` was not found"), "{text}");
}

#[test]
fn a_missing_compiler_is_one_clear_error() {
    let output = build(&["build_cc", "build_cmake"], |command| {
        command.env("PATH", path_without("no_compiler", &is_cxx_compiler));
    });
    let text = stderr(&output);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("`c++` was not found."), "{text}");
    assert!(text.contains("snmalloc-sys needs a C++20 compiler"), "{text}");
    assert!(!text.contains("build script panicked"), "{text}");
    assert_eq!(text.matches("error[").count(), 1, "{text}");
}

#[test]
fn an_old_compiler_is_one_clear_error() {
    let compiler = Path::new(SCRATCH).join("old-c++");
    write_program(&compiler, "case \"$*\" in *c++20*) exit 1;; esac\nexec c++ \"$@\"");
    for feature in ["build_cc", "build_cmake"] {
        let output = build(&[feature], |command| {
            command.env("CXX", &compiler);
        });
        let text = stderr(&output);
        assert!(!output.status.success(), "{text}");
        assert!(text.contains("old-c++` does not know c++20."), "{text}");
        assert_eq!(text.matches("error[").count(), 1, "{text}");
    }
}

/// And the build after one that found none looks again, though nothing that cargo watches has changed.
#[test]
fn what_generates_no_code_needs_no_compiler() {
    let scratch = Path::new(SCRATCH).join("no_code");
    let _ = fs::remove_dir_all(&scratch);
    let run = |arguments: &[&str], path: Option<&Path>| {
        let mut command = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
        command.args(arguments).args(["--features", "libc-api,region,profile", "--target-dir"]).arg(&scratch);
        command.env_remove("CXX").env_remove("DOCS_RS");
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let output = command.output().expect("cargo runs");
        (output.status.success(), stderr(&output))
    };
    let path = path_without("no_code", &is_cxx_compiler);
    for arguments in [&["check"][..], &["doc", "--no-deps"], &["clippy"]] {
        let (success, text) = run(arguments, Some(&path));
        assert!(success, "{arguments:?}: {text}");
        assert!(text.contains("warning: snmalloc-sys@") && text.contains("`c++` was not found."), "{text}");
    }
    assert!(!run(&["build"], Some(&path)).0);
    let (success, text) = run(&["build"], None);
    assert!(success, "{text}");
}

#[test]
fn documentation_needs_no_compiler() {
    let output = build(&["build_cc"], |command| {
        command.env("PATH", path_without("docs_rs", &is_cxx_compiler)).env("DOCS_RS", "1");
    });
    assert!(output.status.success(), "{}", stderr(&output));
}

/// A folder with the layout of the NDK and a compiler that passes on to the machine's own shows what the build script
/// does; that there is no Rust library for Android here ends each build only after that.
#[test]
fn both_builders_take_the_compiler_of_the_ndk() {
    let bin = Path::new(SCRATCH).join("ndk/toolchains/llvm/prebuilt/linux-x86_64/bin");
    let bin = if cfg!(target_os = "macos") { bin.with_file_name("darwin-x86_64/bin") } else { bin };
    fs::create_dir_all(&bin).unwrap();
    let log = Path::new(SCRATCH).join("ndk.log");
    let compiler = bin.join("aarch64-linux-android26-clang++");
    write_program(&compiler, &format!("echo \"$*\" >> '{}'\nexec c++ \"$@\"", log.display()));
    write_program(&bin.join("llvm-ar"), "exec ar \"$@\"");
    let mut features = vec!["build_cc"];
    if has_cmake() {
        features.push("build_cmake");
    }
    for feature in features {
        let _ = fs::remove_file(&log);
        let output = build_for_android(&[feature, "android-lld", "android-shared-std"], |command| {
            command.env("ANDROID_NDK_ROOT", Path::new(SCRATCH).join("ndk")).env("ANDROID_PLATFORM", "android-26");
        });
        let text = stderr(&output);
        assert!(!text.contains("custom build command"), "{feature}: {text}");
        let call = core_command(&log);
        for unwanted in ["-march=native", "-mcpu=native", "-fuse-ld=lld"] {
            assert!(!call.flags.iter().any(|flag| flag == unwanted), "{unwanted} in {call:?}");
        }
        assert!(!call.flags.iter().any(|flag| flag.starts_with("-ftls-model")), "{call:?}");
    }
}

#[test]
fn a_missing_ndk_is_one_clear_error() {
    for feature in ["build_cc", "build_cmake"] {
        let text = stderr(&build_for_android(&[feature], |_| {}));
        assert!(
            text.contains("snmalloc-sys needs the Android NDK: set ANDROID_NDK to its directory"),
            "{feature}: {text}"
        );
        assert!(text.contains("ANDROID_PLATFORM") && !text.contains("panicked"), "{feature}: {text}");
    }
}

/// The names of the real tools make the `cc` crate speak their language; they do nothing but write files, empty ones.
#[test]
fn msvc_takes_the_run_time_library_that_rust_links() {
    let bin = Path::new(SCRATCH).join("msvc");
    fs::create_dir_all(&bin).unwrap();
    let log = bin.join("log");
    let touch = "for word; do case $word in -Fo*) : >\"${word#-Fo}\";; -out:*) : >\"${word#-out:}\";; esac; done";
    write_program(&bin.join("clang-cl"), &format!("echo \"$*\" >> '{}'\n{touch}", log.display()));
    write_program(&bin.join("llvm-lib"), touch);
    for (linked, expected, other) in [("-crt-static", "-MD", "-MT"), ("+crt-static", "-MT", "-MD")] {
        let _ = fs::remove_file(&log);
        let output = build(&["build_cc"], |command| {
            command
                .args(["--target", "x86_64-pc-windows-msvc"])
                .env("CXX", bin.join("clang-cl"))
                .env("AR", bin.join("llvm-lib"))
                .env("RUSTFLAGS", format!("-Ctarget-feature={linked}"));
        });
        let text = stderr(&output);
        assert!(!text.contains("custom build command"), "{text}");
        let log = fs::read_to_string(&log).unwrap();
        let call = log.lines().find(|line| line.contains("snmalloc.cc")).unwrap_or_else(|| panic!("{log}"));
        let has = |flag: &str| call.split(' ').any(|word| word == flag);
        assert!(has(expected) && !has(other) && has("-O2"), "{linked}: {call}");
    }
}

/// One call of the compiler, without the names of what it writes.
#[derive(Debug, PartialEq)]
struct CompilerCall {
    source: PathBuf,
    include_dirs: Vec<PathBuf>,
    flags: Vec<String>,
}

/// Builds and returns the call that compiled the core.
fn recorded_command(name: &str, feature: &str, user_flags: &str) -> CompilerCall {
    let (compiler, log) = recorder(name);
    let output = build(&[feature], |command| {
        // Where the library would be installed, if it were; and a flag that belongs to the compiler.
        let compiler = format!("{} -DOF_THE_COMPILER", compiler.display());
        command.env("CXX", compiler).env("CXXFLAGS", user_flags).env("DESTDIR", "/nowhere");
    });
    assert!(output.status.success(), "{}", stderr(&output));
    core_command(&log)
}

/// A compiler that writes its arguments to a file, one call in a line, and passes them on.
fn recorder(name: &str) -> (PathBuf, PathBuf) {
    let (compiler, log) =
        (Path::new(SCRATCH).join(format!("{name}-c++")), Path::new(SCRATCH).join(format!("{name}.log")));
    let _ = fs::remove_file(&log);
    write_program(&compiler, &format!("echo \"$*\" >> '{}'\nexec c++ \"$@\"", log.display()));
    (compiler, log)
}

fn write_program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn core_command(log: &Path) -> CompilerCall {
    let log = fs::read_to_string(log).expect("the compiler was called");
    let calls: Vec<_> = log.lines().filter(|line| line.contains("snmalloc.cc")).collect();
    assert_eq!(calls.len(), 1, "one source, compiled once: {log}");
    let mut call = CompilerCall { source: PathBuf::new(), include_dirs: Vec::new(), flags: Vec::new() };
    let mut words = calls[0].split(' ').filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word {
            "-c" | "-MD" => {}
            "-o" | "-MT" | "-MF" => drop(words.next()),
            "-I" => call.include_dirs.push(fs::canonicalize(words.next().unwrap()).unwrap()),
            _ if word.starts_with("-I") => call.include_dirs.push(fs::canonicalize(&word[2..]).unwrap()),
            _ if word.ends_with("snmalloc.cc") => call.source = fs::canonicalize(word).unwrap(),
            _ => call.flags.push(word.to_string()),
        }
    }
    call
}

/// `cargo build` of this package in the debug profile. A define that no build had before makes the build script run.
fn build(features: &[&str], set_up: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(env::var_os("CARGO").expect("cargo runs the tests"));
    command
        .args(["build", "--no-default-features", "--features", &features.join(","), "--target-dir"])
        .arg(Path::new(SCRATCH).join("target"))
        .env_remove("CXX")
        .env("CXXFLAGS", unique_define());
    set_up(&mut command);
    command.output().expect("cargo runs")
}

fn build_for_android(features: &[&str], set_up: impl FnOnce(&mut Command)) -> Output {
    build(features, |command| {
        command.args(["--target", "aarch64-linux-android"]);
        for name in android::NDK_VARIABLES.iter().chain([&android::PLATFORM_VARIABLE]) {
            command.env_remove(name);
        }
        set_up(command);
    })
}

/// A directory with all that PATH offers but some programs.
fn path_without(name: &str, is_missing: &dyn Fn(&str) -> bool) -> PathBuf {
    let dir = Path::new(SCRATCH).join("path").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for path in env::split_paths(&env::var_os("PATH").unwrap()) {
        for program in fs::read_dir(path).into_iter().flatten().flatten() {
            let file_name = program.file_name();
            if !is_missing(&file_name.to_string_lossy()) {
                let _ = symlink(program.path(), dir.join(file_name)); // the first of a name counts
            }
        }
    }
    dir
}

/// The tests run on a machine that has nothing but rustc and a C++ compiler, too.
fn has_cmake() -> bool {
    Command::new("cmake").arg("--version").output().is_ok()
}

fn is_cxx_compiler(name: &str) -> bool {
    name.contains("++")
}

fn unique_define() -> String {
    format!("-DTEST_RUN={}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos())
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
