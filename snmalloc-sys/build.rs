//! Compiles the C++ core: reads the target and the features, makes the plan, and hands it to one of two builders.

#[path = "build/android.rs"]
mod android;
#[path = "build/builder_cc.rs"]
mod builder_cc;
#[cfg(feature = "build_cmake")]
#[path = "build/builder_cmake.rs"]
mod builder_cmake;
#[path = "build/compiler.rs"]
mod compiler;
#[path = "build/environment.rs"]
mod environment;
#[path = "build/features.rs"]
mod features;
#[path = "build/plan.rs"]
mod plan;
#[path = "build/target.rs"]
mod target;
#[path = "build/upstream.rs"]
mod upstream;

use plan::Plan;
use std::path::Path;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(fast_path)");
    if environment::read("DOCS_RS").is_some() {
        return; // documentation needs no core, and docs.rs no C++ compiler
    }
    if let Err(message) = build() {
        eprintln!("\nerror: {message}\n");
        std::process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let plan = Plan::new(&target::Target::from_cargo(environment::cargo), &environment::has_feature);
    let upstream = upstream::locate(Path::new(&environment::cargo("CARGO_MANIFEST_DIR")))?;
    for part in ["CMakeLists.txt", "include", "src"] {
        println!("cargo:rerun-if-changed={}", upstream.join(part).display());
    }
    println!("cargo:include={}", upstream.join("include").display());
    if plan.has_fast_path {
        println!("cargo:rustc-cfg=fast_path");
    }

    for warning in &plan.warnings {
        println!("cargo:warning=snmalloc-sys: {warning}");
    }

    for library in &plan.libraries {
        println!("cargo:rustc-link-lib={library}");
    }

    let compiler = compiler::configure(&plan)?;
    compiler::check(&compiler, &plan)?;
    #[cfg(feature = "build_cmake")]
    if plan.builder == plan::Builder::Cmake {
        match builder_cmake::find_missing_tool() {
            None => {
                builder_cmake::build(&compiler, &plan, &upstream);
                return Ok(());
            }
            Some(tool) => {
                println!("cargo:warning=snmalloc-sys: `{tool}` was not found, so the C++ core is built without cmake; the feature build_cc asks for that");
            }
        }
    }
    builder_cc::build(compiler, &upstream)
}
