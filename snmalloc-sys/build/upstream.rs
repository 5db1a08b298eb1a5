//! Where the C++ core is, and which source of it is compiled.

use std::fs;
use std::path::{Path, PathBuf};

/// The one source that compiles the whole core, relative to `upstream`.
pub const SOURCE: &str = "src/snmalloc.cc";
pub const INCLUDE_DIRS: &[&str] = &["include", "src"];

/// `upstream` is a directory in the package and a symbolic link in the repository. In a checkout without symbolic links
/// (the default on Windows) it is a plain file with the link's text.
pub fn locate(manifest_dir: &Path) -> Result<PathBuf, String> {
    let mut upstream = manifest_dir.join("upstream");
    if let Ok(link) = fs::read_to_string(&upstream) {
        upstream = manifest_dir.join(link.trim());
    }
    if upstream.join(SOURCE).is_file() {
        Ok(upstream)
    } else {
        Err(format!("the C++ sources are missing: no {} in {}", SOURCE, upstream.display()))
    }
}
