//! The C++ sources are found behind a directory and behind a link that the checkout turned into a plain file.

#[allow(dead_code)]
#[path = "../build/upstream.rs"]
mod upstream;

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_package_holds_a_directory() {
    let crate_dir = fresh_dir("directory/snmalloc-sys");
    put_source(&crate_dir.join("upstream"));
    assert_eq!(upstream::locate(&crate_dir).unwrap(), crate_dir.join("upstream"));
}

#[test]
fn a_link_may_have_become_a_plain_file() {
    let crate_dir = fresh_dir("plain_file/snmalloc-sys");
    put_source(&crate_dir.join("../upstream"));
    fs::write(crate_dir.join("upstream"), "../upstream").unwrap();
    assert_eq!(upstream::locate(&crate_dir).unwrap(), crate_dir.join("../upstream"));
}

#[test]
fn missing_sources_are_named() {
    let crate_dir = fresh_dir("missing/snmalloc-sys");
    let message = upstream::locate(&crate_dir).unwrap_err();
    assert!(message.contains("src/snmalloc.cc"), "{message}");
}

fn fresh_dir(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("upstream").join(name);
    let _ = fs::remove_dir_all(root.parent().unwrap());
    fs::create_dir_all(&root).unwrap();
    root
}

fn put_source(upstream: &Path) {
    fs::create_dir_all(upstream.join("src")).unwrap();
    fs::write(upstream.join("src/snmalloc.cc"), "").unwrap();
}
