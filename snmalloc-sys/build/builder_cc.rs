//! Builds with the compiler alone.

use super::upstream::{INCLUDE_DIRS, SOURCE};
use std::path::Path;

pub fn build(mut compiler: cc::Build, upstream: &Path, library: &str) -> Result<(), String> {
    for dir in INCLUDE_DIRS {
        compiler.include(upstream.join(dir));
    }
    compiler
        .file(upstream.join(SOURCE))
        .try_compile(library)
        .map_err(|error| format!("the C++ core did not compile: {error}"))
}
