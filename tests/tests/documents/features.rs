//! The table of features, both manifests, both READMEs and the documentation list the same features in the same words.

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
fn documents_describe_the_features_in_the_words_of_the_table() {
    let documentation = read("snmalloc-rs/src/lib.rs").replace("//!", "").replace("\\n", " ");
    let documentation = documentation.split_whitespace().collect::<Vec<_>>().join(" ");
    let shared = FEATURES.iter().map(|feature| (feature.name, feature.doc, &CRATES[..]));
    let own = OWN.iter().map(|&(feature, doc)| (feature, doc, &CRATES[..1]));
    for (feature, doc, crates) in shared.chain(own) {
        for name in crates {
            let readme = read(&format!("{name}/README.md"));
            let has_row = |line: &str| line.starts_with(&format!("| `{feature}`")) && line.contains(doc);
            assert!(readme.lines().any(has_row), "{name}/README.md: {feature}");
        }
        assert!(documentation.contains(doc), "snmalloc-rs/src/lib.rs: {feature}");
    }
    for (alias, of) in ALIASES {
        let row = format!("| `{alias}` | the same as `{of}` |");
        assert!(read("snmalloc-sys/README.md").contains(&row), "snmalloc-sys/README.md: {alias}");
    }
}
