//! Directories → the files to read.

use std::fmt;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// A path that could not be read, and why.
#[derive(Debug)]
pub struct Unreadable {
    /// The path, as it was reached from the arguments.
    pub path: PathBuf,
    /// The system's reason.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.reason)
    }
}

/// A file to read.
#[derive(Debug)]
pub struct Found {
    /// The path, as it was reached from the arguments.
    pub path: PathBuf,
    /// The size when it was found; the file may have changed since.
    pub size_bytes: u64,
}

/// What stands under the given paths.
#[derive(Debug, Default)]
pub struct Scan {
    /// All regular files, in order of the arguments and then of names.
    pub files: Vec<Found>,
    /// What could not be opened.
    pub unreadable: Vec<Unreadable>,
}

/// Walks `roots` and lists all regular files.
///
/// Links are not followed, so that no file counts twice. Below a root, hidden entries and directories tagged as caches
/// (`CACHEDIR.TAG`, as cargo's `target` is) are passed over.
#[must_use]
pub fn scan(roots: &[PathBuf]) -> Scan {
    let mut scan = Scan::default();
    for root in roots {
        let walk = WalkDir::new(root).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(is_wanted) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => match entry.metadata() {
                    Ok(data) => scan.files.push(Found { size_bytes: data.len(), path: entry.into_path() }),
                    Err(error) => scan.unreadable.push(unreadable(root, &error)),
                },
                Ok(_) => {}
                Err(error) => scan.unreadable.push(unreadable(root, &error)),
            }
        }
    }
    scan
}

fn is_wanted(entry: &DirEntry) -> bool {
    let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
    let is_cache = || entry.file_type().is_dir() && entry.path().join("CACHEDIR.TAG").exists();
    entry.depth() == 0 || !(is_hidden || is_cache())
}

fn unreadable(root: &Path, error: &walkdir::Error) -> Unreadable {
    let path = error.path().unwrap_or(root).to_owned();
    let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    Unreadable { path, reason }
}

#[cfg(test)]
mod tests {
    use super::scan;
    use std::path::PathBuf;
    use std::{env, fs, process};

    #[test]
    fn lists_files_in_order_and_passes_over_hidden_entries_and_caches() {
        let root = env::temp_dir().join(format!("snmalloc-scan-{}", process::id()));
        for path in ["b/two.txt", "a/one.txt", ".git/no", "target/no", "target/CACHEDIR.TAG", "three", ".no"] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        let found = scan(&[root.clone(), root.join("missing")]);
        fs::remove_dir_all(&root).unwrap();

        let names: Vec<PathBuf> = found.files.iter().map(|f| f.path.strip_prefix(&root).unwrap().to_owned()).collect();
        assert_eq!(names, ["a/one.txt", "b/two.txt", "three"].map(PathBuf::from));
        assert!(found.files.iter().all(|f| f.size_bytes == 4));
        assert_eq!(found.unreadable.len(), 1);
        assert_eq!(found.unreadable[0].path, root.join("missing"));
        assert!(found.unreadable[0].to_string().starts_with("cannot read "));
    }
}
