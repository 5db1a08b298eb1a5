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
#[path = "build/flags.rs"]
mod flags;
#[path = "build/plan.rs"]
mod plan;
#[path = "build/stand_in.rs"]
mod stand_in;
#[path = "build/upstream.rs"]
mod upstream;

use plan::target::Target;
use plan::Plan;
use stand_in::Core;
use std::fs;
use std::path::Path;

fn main() {
    for name in ["fast_path", "has_core", "stand_in", "no_region", "no_core"] {
        println!("cargo:rustc-check-cfg=cfg({name})");
    }
    if environment::read("DOCS_RS").is_some() {
        return; // documentation needs no core, and docs.rs no C++ compiler
    }
    if let Err(message) = build() {
        eprintln!("\nerror: {message}\n");
        std::process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let target = Target::from_cargo(environment::cargo).asking(&environment::rustc_cfg);
    let plan = Plan::new(&target, &environment::has_feature);
    let upstream = upstream::locate(Path::new(&environment::cargo("CARGO_MANIFEST_DIR")))?;
    for part in ["CMakeLists.txt", "install.cmake", "include", "src"] {
        println!("cargo:rerun-if-changed={}", upstream.join(part).display());
    }
    println!("cargo:include={}", upstream.join("include").display());

    for warning in &plan.warnings {
        println!("cargo:warning=snmalloc-sys: {warning}");
    }

    let core = stand_in::core(environment::read)?;
    if core != Core::Linked {
        println!("cargo:rustc-cfg=stand_in");
        if let Core::LeftOut(reason) = &core {
            println!("cargo:warning=snmalloc-sys: the system's allocator is used: {reason}");
        }
        if core == Core::Miri {
            println!("cargo:rustc-cfg=no_region");
        }
        if core == Core::Miri || !plan.has_region {
            return Ok(());
        }
    }
    let compiler = match compiler::configure(&plan).and_then(|compiler| compiler.check().map(|()| compiler)) {
        Ok(compiler) => compiler,
        Err(message) => return leave_out_core(&message),
    };
    for warning in &compiler.warnings {
        println!("cargo:warning=snmalloc-sys: {warning}");
    }
    if plan.has_fast_path && core == Core::Linked {
        println!("cargo:rustc-cfg=fast_path");
    }
    for library in &plan.libraries {
        println!("cargo:rustc-link-lib={library}");
    }
    if plan.has_region {
        builder_cc::build(compiler::configure(&plan.for_region())?, &upstream, "snmalloc_region")?;
    }
    if !plan.target.has_system() || core != Core::Linked {
        return Ok(());
    }
    println!("cargo:rustc-cfg=has_core");
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
    builder_cc::build(compiler, &upstream, "snmalloc")
}

/// `cargo check`, clippy, documentation and editors need no core, and nobody tells a build script what it runs for. So the
/// message waits until code is generated. The next build looks for a compiler again.
fn leave_out_core(message: &str) -> Result<(), String> {
    let out_dir = environment::cargo("OUT_DIR");
    let file = Path::new(&out_dir).join("no_core.txt");
    fs::write(&file, message).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("cargo:rustc-cfg=no_core");
    println!("cargo:rerun-if-changed={out_dir}/no file has this name, so that cargo always runs the script again");
    for line in message.lines() {
        println!("cargo:warning=snmalloc-sys: {line}");
    }
    println!("cargo:warning=snmalloc-sys: what generates no code, such as `cargo check`, works without");
    Ok(())
}
