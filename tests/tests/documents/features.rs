//! The table of features of the build script, both manifests and all documents list the same features in the same words.

use crate::plan::features::FEATURES;
use crate::read;
use std::collections::BTreeSet;

/// Features of `snmalloc-rs` of which the core knows nothing, and their meaning.
const OWN: [(&str, &str); 2] = [
    (
        "allocator-api2",
        "`SnMalloc` is an `Allocator` of the crate `allocator-api2`, which collections on stable Rust take",
    ),
    ("nightly", "`SnMalloc` is a `core::alloc::Allocator`; needs a nightly compiler"),
];

/// Features of `snmalloc-sys` alone: other names of those of the table.
const ALIASES: [(&str, &str); 2] = [("cc", "build_cc"), ("cmake", "build_cmake")];

const CRATES: [&str; 2] = ["snmalloc-rs", "snmalloc-sys"];

#[test]
fn manifests_declare_the_features_of_the_table() {
    let table: BTreeSet<&str> = FEATURES.iter().map(|feature| feature.name).collect();
    for name in CRATES {
        let manifest = read(&format!("{name}/Cargo.toml"));
        let section = manifest.split("[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
        let is_shared = |key| key != "default" && !OWN.iter().chain(&ALIASES).any(|&(own, _)| own == key);
        let declared = section.lines().filter_map(|line| line.split_once(" = ")).filter(|&(key, _)| is_shared(key));
        assert_eq!(declared.clone().map(|(key, _)| key).collect::<BTreeSet<_>>(), table, "{name}");
        if name == "snmalloc-sys" {
            ALIASES.iter().for_each(|(alias, of)| assert!(section.contains(&format!("\n{alias} = [\"{of}\"]"))));
        } else {
            declared.for_each(|(key, value)| assert_eq!(value, format!("[\"snmalloc-sys/{key}\"]")));
        }
    }
}

#[test]
fn the_document_has_one_row_for_each_feature() {
    let document = read("docs/features.md");
    let mut rows: Vec<_> = rows(&document).collect();
    rows.sort_unstable();
    let mut known: Vec<_> = meanings().map(|(name, doc)| (name, doc.to_string())).collect();
    known.extend(ALIASES.map(|(alias, of)| (alias, format!("the same as `{of}`"))));
    known.sort_unstable();
    assert_eq!(rows, known.iter().map(|(name, doc)| (*name, doc.as_str())).collect::<Vec<_>>());
    for default in
        read("snmalloc-rs/Cargo.toml").split("default = [").nth(1).unwrap().split(']').next().unwrap().split(", ")
    {
        let by_default = document.split("| feature |").next().unwrap();
        assert!(by_default.contains(&default.replace('"', "`")), "docs/features.md: {default} is on by default");
    }
}

#[test]
fn other_documents_use_the_same_words() {
    let readme = read("README.md");
    let section =
        readme.split("\n## Features\n").nth(1).expect("README.md has the section").split("\n## ").next().unwrap();
    assert!(rows(section).count() >= 5);
    for (name, doc) in rows(section) {
        assert!(meanings().any(|known| known == (name, doc)), "README.md: {name}: {doc}");
    }
    let documentation = read("snmalloc-rs/src/lib.rs").replace("//!", "");
    let documentation = documentation.split_whitespace().collect::<Vec<_>>().join(" ");
    for (name, doc) in meanings().filter(|(_, doc)| !doc.starts_with("accepted")) {
        assert!(documentation.contains(&format!("- `{name}`: {doc}.")), "snmalloc-rs/src/lib.rs: {name}: {doc}");
    }
    let list = documentation.split("# Features ").nth(1).expect("the list").split("Some more names").next().unwrap();
    for name in list.split("- `").skip(1).map(|row| row.split('`').next().unwrap()) {
        assert!(meanings().any(|(known, _)| known == name), "snmalloc-rs/src/lib.rs: there is no feature {name}");
    }
}

fn meanings() -> impl Iterator<Item = (&'static str, &'static str)> {
    FEATURES.iter().map(|feature| (feature.name, feature.doc)).chain(OWN)
}

/// The rows whose first cell is a name, of all tables.
fn rows(document: &str) -> impl Iterator<Item = (&str, &str)> {
    document.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
}
