//! Where the C++ core lies, and what of it is compiled.

use std::fs;
use std::path::{Path, PathBuf};

/// The one source that compiles the whole core, relative to `upstream`.
pub const SOURCE: &str = "src/snmalloc.cc";
pub const INCLUDE_DIRS: &[&str] = &["include", "src"];

/// `upstream` is a directory in the package and a symbolic link in the repository. A checkout without symbolic links
/// (Windows, by default) holds a plain file with the link's text instead.
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
