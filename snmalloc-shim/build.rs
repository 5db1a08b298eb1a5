//! Compiles a core of the shim's own, with the exports of `abi/shim.cc` in it, by the plan and the flags of the crates.
#![allow(dead_code)] // of the plan the shim needs a part
#![allow(clippy::unnecessary_map_or)] // those modules keep to Rust 1.63, and these programs do not

#[path = "../snmalloc-sys/build/android.rs"]
mod android;
#[path = "../snmalloc-sys/build/builder_cc.rs"]
mod builder_cc;
#[path = "../snmalloc-sys/build/compiler.rs"]
mod compiler;
#[path = "../snmalloc-sys/build/environment.rs"]
mod environment;
#[path = "../snmalloc-sys/build/flags.rs"]
mod flags;
#[path = "../snmalloc-sys/build/plan.rs"]
mod plan;
#[path = "../snmalloc-sys/build/upstream.rs"]
mod upstream;

use plan::target::Target;
use plan::Plan;
use std::path::{Path, PathBuf};

/// What cargo has no target for: it gives a library's name no hyphen, and a package one library.
const CHECKS_SHIM: &str = "libsnmallocshim-checks.so";

fn main() -> Result<(), String> {
    let target = Target::from_cargo(environment::cargo);
    if target.os != "linux" || target.pointer_width != "64" {
        return Err("the shim is for 64-bit Linux only".into());
    }
    let upstream = upstream::locate(Path::new("../snmalloc-sys"))?;
    for part in ["include", "src"] {
        println!("cargo:rerun-if-changed={}", upstream.join(part).display());
    }
    build_checks_shim(&target, &upstream)?;

    let mut plan = Plan::new(&target, &environment::has_feature);
    plan.defines.push(("SN_SHIM", Some("sn_shim_"))); // src/lib.rs takes the prefix off
    let compiler = compiler::configure(&plan)?;
    compiler.check()?;
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    builder_cc::build(compiler, &upstream, "snmalloc")
}

/// Compiles and links the shim with checks, beside the one that cargo makes. Nothing of it is Rust, so its exports have
/// their own names from the start. As the cmake project does it.
fn build_checks_shim(target: &Target, upstream: &Path) -> Result<(), String> {
    let mut plan = Plan::new(target, &|feature| feature == "check" || environment::has_feature(feature));
    plan.defines.push(("SN_SHIM", Some("")));
    let compiler = compiler::configure(&plan)?;
    compiler.check()?;
    let library = profile_dir()?.join(CHECKS_SHIM);
    let mut command = compiler.program();
    command.args(&compiler.arguments);
    for dir in upstream::INCLUDE_DIRS {
        command.arg("-I").arg(upstream.join(dir));
    }
    command.args(["-shared", "-nodefaultlibs", "-Wl,-z,nodelete,-z,defs", "-o"]).arg(&library);
    command.arg(upstream.join(upstream::SOURCE)).arg(upstream.join("src/abi/copies.ld")).args(["-lc", "-ldl"]);
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => {
            return Err(format!("{CHECKS_SHIM} could not be built: {status}\n{}", compiler::describe(&command)))
        }
        Err(error) => {
            return Err(format!("{CHECKS_SHIM} could not be built: {error}\n{}", compiler::describe(&command)))
        }
    }
    // Somebody may delete it, so cargo watches it; and takes for new what is newer than the start of this program.
    println!("cargo:rerun-if-changed={}", library.display());
    let age = std::env::current_exe().and_then(|program| program.metadata()?.modified());
    let file = std::fs::File::options().write(true).open(&library);
    let result = age.and_then(|age| file?.set_modified(age));
    result.map_err(|error| format!("{}: {error}", library.display()))
}

/// `target/release` or the like, three levels above what cargo gives a build script to write to.
fn profile_dir() -> Result<PathBuf, String> {
    let out_dir = environment::cargo("OUT_DIR");
    let dir = Path::new(&out_dir).ancestors().nth(3);
    dir.map(Path::to_path_buf).ok_or_else(|| format!("{out_dir} is no directory of cargo's"))
}
