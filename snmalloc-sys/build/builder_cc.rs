//! Builds with the compiler alone.

use super::compiler::{describe, Compiler};
use super::environment;
use super::upstream::{INCLUDE_DIRS, SOURCE};
use std::ffi::OsString;
use std::path::Path;

pub fn build(mut compiler: Compiler, upstream: &Path, library: &str) -> Result<(), String> {
    for dir in INCLUDE_DIRS {
        compiler.arguments.extend([OsString::from("-I"), upstream.join(dir).into()]);
    }
    let object = Path::new(&environment::cargo("OUT_DIR")).join(library).with_extension("o");
    let mut command = compiler.command(&upstream.join(SOURCE), &object);
    let result = match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    };
    result.map_err(|why| format!("the C++ core did not compile: {why}\n{}", describe(&command)))?;
    let archived = compiler.build.object(object).try_compile(library);
    archived.map_err(|error| format!("the C++ core was compiled, but not archived: {error}"))
}
