//! Builds with the compiler alone.

use super::upstream::{INCLUDE_DIRS, SOURCE};
use std::path::Path;

pub fn build(mut compiler: cc::Build, upstream: &Path) -> Result<(), String> {
    for dir in INCLUDE_DIRS {
        compiler.include(upstream.join(dir));
    }
    compiler
        .file(upstream.join(SOURCE))
        .try_compile("snmalloc")
        .map_err(|error| format!("the C++ core did not compile: {error}"))
}
