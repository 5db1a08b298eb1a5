//! Compiles the C side of the example `share`.

fn main() {
    let include = std::env::var("DEP_SNMALLOC_INCLUDE").expect("snmalloc-sys is a direct dependency");
    println!("cargo:rerun-if-changed=share.c");
    cc::Build::new().file("share.c").include(include).compile("share");
}
