//! Compiles what of the program is in C and C++, and a plugin in each language, which are loaded when it runs.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=native");
    let is_static =
        env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default().split(',').any(|name| name == "crt-static");
    cc::Build::new().file("native/work.c").compile("work_in_c");
    let mut cxx = cc::Build::new();
    cxx.cpp(true).std("c++17").file("native/work.cc");
    let is_musl = env::var("CARGO_CFG_TARGET_ENV").unwrap() == "musl";
    if is_musl {
        cxx.cpp_link_stdlib(None);
        println!("cargo:rustc-link-arg=-lc++"); // by the linker, which knows where it is
    } else if is_static {
        let library = cxx.get_compiler().to_command().arg("-print-file-name=libstdc++.a").output().unwrap().stdout;
        let library = String::from_utf8(library).unwrap();
        println!("cargo:rustc-link-search=native={}", Path::new(library.trim()).parent().unwrap().display());
        cxx.cpp_link_stdlib_static(true);
    }
    cxx.compile("work_in_cxx");
    if is_static {
        return; // such a program loads nothing
    }
    for (variable, source, is_cxx) in [("PLUGIN_IN_C", "plugin.c", false), ("PLUGIN_IN_CXX", "plugin.cc", true)] {
        let library =
            Path::new(&env::var("OUT_DIR").unwrap()).join(source).with_extension(if is_cxx { "cc.so" } else { "c.so" });
        let compiler = cc::Build::new().cpp(is_cxx).pic(true).get_compiler();
        let status =
            compiler.to_command().args(["-shared", "-o"]).arg(&library).arg(Path::new("native").join(source)).status();
        assert!(status.unwrap().success(), "{source}");
        println!("cargo:rustc-env={variable}={}", library.display());
    }
}
