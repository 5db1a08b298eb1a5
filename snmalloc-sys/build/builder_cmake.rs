//! Builds with cmake, which is handed the compiler and its complete flags and adds none of its own.

use super::environment;
use super::plan::Plan;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the `cmake` crate reads without telling cargo.
const READ_BY_CMAKE_CRATE: &[&str] = &["CMAKE_GENERATOR", "CMAKE_PREFIX_PATH", "CMAKE_TOOLCHAIN_FILE", "CC", "CFLAGS"];

/// The program that cmake builds lack on this machine, if any.
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

pub fn build(compiler: &cc::Build, plan: &Plan, upstream: &Path) {
    for name in READ_BY_CMAKE_CRATE {
        environment::read_for_target(name);
    }
    let out_dir = environment::cargo("OUT_DIR");
    // cmake forgets settings when the compiler changes under an old cache.
    let _ = fs::remove_dir_all(Path::new(&out_dir).join("build"));
    let flags = compiler.get_compiler().args().join(OsStr::new(" "));
    let mut config = cmake::Config::new(upstream);
    if plan.target.os == "android" {
        // cmake would look for an NDK of its own; here the compiler is settled already.
        config.define("CMAKE_SYSTEM_NAME", "Linux").define("CMAKE_TRY_COMPILE_TARGET_TYPE", "STATIC_LIBRARY");
    }
    config
        .init_cxx_cfg(compiler.clone())
        .profile("Release")
        .configure_arg("--no-warn-unused-cli")
        .define("CMAKE_CXX_FLAGS", flags)
        .define("CMAKE_CXX_FLAGS_RELEASE", "")
        .define("CMAKE_MSVC_RUNTIME_LIBRARY", "") // already among the flags
        .define("SNMALLOC_OPTIONS", "") // likewise
        .build();
    println!("cargo:rustc-link-search=native={out_dir}/lib");
    println!("cargo:rustc-link-lib=static=snmalloc");
}
