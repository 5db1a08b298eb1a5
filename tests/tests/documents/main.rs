//! What documents, manifests and comments say is what the code does.

mod features;
mod migrating;
mod names;
#[allow(dead_code)]
#[path = "../../../snmalloc-sys/build/plan.rs"]
mod plan;
mod sizes;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All documents of the repository, by their paths in it.
fn documents() -> Vec<(String, String)> {
    let directories =
        ["", "benches", "docs", "docs/design", "snmalloc-profiler", "snmalloc-rs", "snmalloc-sys", "upstream"];
    let mut all = Vec::new();
    for directory in directories {
        for entry in fs::read_dir(root().join(directory)).expect(directory) {
            let path = entry.expect(directory).path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(root()).expect("it is in there").display().to_string();
                all.push((name, fs::read_to_string(&path).expect("documents are text")));
            }
        }
    }
    all
}
