//! Builds with cmake, which gets the compiler and all its arguments, and adds none of its own.

use super::compiler::Compiler;
use super::environment;
use super::plan::Plan;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The variables that the `cmake` crate reads without telling cargo.
const READ_BY_CMAKE_CRATE: &[&str] = &["CMAKE_GENERATOR", "CMAKE_PREFIX_PATH", "CMAKE_TOOLCHAIN_FILE", "CC", "CFLAGS"];

/// The program that is missing on this machine for builds by cmake, if any.
pub fn find_missing_tool() -> Option<&'static str> {
    let cmake = environment::read_for_target("CMAKE").unwrap_or_else(|| "cmake".into());
    let runs = |program: &str| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    if !runs(&cmake) {
        return Some("cmake");
    }
    // Without a generator of the user's choice cmake writes makefiles on a Unix host.
    let needs_make = cfg!(unix) && environment::read_for_target("CMAKE_GENERATOR").is_none();
    (needs_make && !runs("make") && !runs("gmake")).then_some("make")
}

pub fn build(compiler: &Compiler, plan: &Plan, upstream: &Path) {
    for name in READ_BY_CMAKE_CRATE {
        environment::read_for_target(name);
    }
    let out_dir = environment::cargo("OUT_DIR");
    let library_dir = Path::new(&out_dir).join("lib");
    // cmake forgets settings when the compiler changes under an old cache.
    let _ = fs::remove_dir_all(Path::new(&out_dir).join("build"));
    let _ = fs::remove_dir_all(&library_dir);
    let mut config = cmake::Config::new(upstream);
    if plan.target.os == "android" {
        // cmake would look for an NDK of its own; here the compiler is settled already.
        config.define("CMAKE_SYSTEM_NAME", "Linux");
    }
    if let Some(wrapper) = &compiler.wrapper {
        config.define("CMAKE_CXX_COMPILER_LAUNCHER", wrapper);
    }
    config
        .init_cxx_cfg(compiler.build.clone())
        .profile("Release")
        .configure_arg("--no-warn-unused-cli")
        .define("SNMALLOC_OPTIONS", one_option_group(&compiler.arguments))
        .define("CMAKE_CXX_FLAGS", "") // nor what cmake reads in CXXFLAGS
        .define("CMAKE_CXX_FLAGS_RELEASE", "")
        .define("CMAKE_MSVC_RUNTIME_LIBRARY", "") // already among the options
        .define("CMAKE_CONFIGURATION_TYPES", "Release")
        // The compiler was tried before. Without its options it may be unable to link a program.
        .define("CMAKE_CXX_COMPILER_WORKS", "1")
        .define("CMAKE_TRY_COMPILE_TARGET_TYPE", "STATIC_LIBRARY")
        // Nothing is installed, because DESTDIR would lead elsewhere.
        .build_target("snmalloc")
        .define("CMAKE_ARCHIVE_OUTPUT_DIRECTORY", &library_dir)
        .define("CMAKE_ARCHIVE_OUTPUT_DIRECTORY_RELEASE", &library_dir)
        .build();
    println!("cargo:rustc-link-search=native={}", library_dir.display());
    println!("cargo:rustc-link-lib=static=snmalloc");
}

/// The arguments as one word of cmake, which then neither drops repeated arguments nor splits at spaces.
fn one_option_group(arguments: &[OsString]) -> OsString {
    let mut group = OsString::from("SHELL:");
    for argument in arguments {
        let quoted = argument.to_string_lossy().replace('\\', r"\\").replace('"', r#"\""#).replace(';', r"\\;");
        group.push(format!("\"{quoted}\" "));
    }
    group
}
