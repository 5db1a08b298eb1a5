//! Compiles a core of the shim's own, with the exports of `abi/shim.cc` in it, by the plan and the flags of the crates.
#![allow(dead_code)] // of the plan the shim needs a part

#[path = "../snmalloc-sys/build/android.rs"]
mod android;
#[path = "../snmalloc-sys/build/builder_cc.rs"]
mod builder_cc;
#[path = "../snmalloc-sys/build/compiler.rs"]
mod compiler;
#[path = "../snmalloc-sys/build/environment.rs"]
mod environment;
#[path = "../snmalloc-sys/build/features.rs"]
mod features;
#[path = "../snmalloc-sys/build/plan.rs"]
mod plan;
#[path = "../snmalloc-sys/build/target.rs"]
mod target;
#[path = "../snmalloc-sys/build/upstream.rs"]
mod upstream;

use plan::Plan;
use std::path::Path;

fn main() -> Result<(), String> {
    let target = target::Target::from_cargo(environment::cargo);
    if target.os != "linux" || target.pointer_width != "64" {
        return Err("the shim is for 64-bit Linux only".into());
    }
    let mut plan = Plan::new(&target, &environment::has_feature);
    plan.defines.push(("SN_SHIM", Some("sn_shim_"))); // src/lib.rs takes the prefix off
    let upstream = upstream::locate(Path::new("../snmalloc-sys"))?;
    for part in ["include", "src"] {
        println!("cargo:rerun-if-changed={}", upstream.join(part).display());
    }
    let compiler = compiler::configure(&plan)?;
    compiler::check(&compiler, &plan)?;
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    builder_cc::build(compiler, &upstream)
}
