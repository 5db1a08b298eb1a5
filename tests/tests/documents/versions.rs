//! One version: of all crates, of what they ask of each other, of the C++ project, and of what documents say.

use crate::{documents, read};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn all_crates_have_one_version_and_ask_for_it() {
    assert_eq!(snmalloc_rs::SnMalloc::version(), VERSION);
    let root = read("Cargo.toml");
    let members = root.split("members = [").nth(1).unwrap().split(']').next().unwrap().split(',');
    let mut count = 0;
    for member in members.map(|member| member.trim().trim_matches('"')) {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(manifest.contains(&format!("\nversion = \"{VERSION}\"\n")), "{member}");
        for line in manifest.lines().filter(|line| line.starts_with("snmalloc-") && line.contains("version =")) {
            assert!(line.contains(&format!("version = \"{VERSION}\", path")), "{member}: {line}");
        }
        count += 1;
    }
    assert!(count >= 7, "{count} members");
    assert!(read("upstream/CMakeLists.txt").contains(&format!("project(snmalloc VERSION {VERSION} ")));
    let minor = VERSION.rsplitn(2, '.').last().unwrap();
    assert!(read("upstream/tests/consumer/CMakeLists.txt").contains(&format!("find_package(snmalloc {minor} ")));
    assert!(read("CHANGELOG.md").contains(VERSION));
}

/// Versions below 0.8 are those of another project's crates of the same name.
#[test]
fn no_document_names_a_version_that_is_not_ours() {
    let minor: u32 = VERSION.split('.').nth(1).unwrap().parse().unwrap();
    assert!(minor >= 8 || !VERSION.starts_with("0."));
    let mut lines = 0;
    for (document, text) in documents() {
        for line in text.lines() {
            if line.starts_with("snmalloc-") && line.contains(" = ") {
                assert!(line.contains("path = "), "{document}: no registry has this: {line}");
                lines += 1;
            }
        }
    }
    assert!(lines >= 4, "{lines} lines of dependencies");
}
