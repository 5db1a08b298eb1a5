//! What documents, manifests and comments say is what the code does.

mod features;
mod migrating;
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
