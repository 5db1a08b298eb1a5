//! `docs/migrating.md` names every feature and item of the crates that users come from; and what is the same, the program
//! `tests/migrating` uses, which `ci/run dependency` builds.

use crate::plan::features::FEATURES;
use crate::read;
use std::collections::BTreeSet;

const SNMALLOC_ITEMS: &str =
    "SnMalloc SnMalloc::new SnMalloc::alloc_aligned SnMalloc::usable_size SnMalloc::memory_stats
    AllocStats AllocStats::current_memory_usage AllocStats::peak_memory_usage
    sn_rust_alloc sn_rust_alloc_zeroed sn_rust_realloc sn_rust_dealloc sn_rust_usable_size sn_rust_statistics
    sn_malloc sn_calloc sn_realloc sn_free sn_malloc_usable_size";
const MIMALLOC: &str =
    "debug debug_in_debug extended local_dynamic_tls no_thp override secure v2 win_direct_tls arena cty";
const MIMALLOC_ITEMS: &str = "MiMalloc MiMalloc::usable_size MiMalloc::version MiMalloc::stats_json";
const JEMALLOC: &str = "alloc_trait background_threads background_threads_runtime_support debug disable_cache_oblivious
    disable_initial_exec_tls override_allocator_on_supported_platforms profiling profiling_libunwind stats
    unprefixed_malloc_on_supported_platforms";
const JEMALLOC_ITEMS: &str = "Jemalloc usable_size";
const GLOBAL_ALLOC: &str = "GlobalAlloc::alloc GlobalAlloc::alloc_zeroed GlobalAlloc::dealloc GlobalAlloc::realloc";

/// What is named, and what is here.
type Row = (String, String);

#[test]
fn every_feature_of_the_other_snmalloc_has_a_row_that_tells_the_truth() {
    let used: BTreeSet<_> = read("tests/migrating/Cargo.toml")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"snmalloc-")?.strip_suffix("\","))
        .map(|feature| feature.split('/').nth(1).unwrap().to_string())
        .collect();
    assert!(used.len() >= 28);
    let (rows, _) = rows_below("From `snmalloc-rs` 0.7.6");
    assert_eq!(named(&rows), used);
    for (name, here) in rows {
        let feature = FEATURES.iter().find(|feature| feature.name == name);
        match feature.filter(|feature| feature.doc.starts_with("accepted")) {
            Some(feature) => assert_eq!(here, feature.doc),
            None => assert!(here.starts_with("same"), "{name}: {here}"),
        }
    }
}

#[test]
fn every_item_of_the_other_snmalloc_is_used_by_the_program() {
    let program = read("tests/migrating/src/main.rs");
    let (_, rows) = rows_below("From `snmalloc-rs` 0.7.6");
    assert_eq!(named(&rows), words(&[SNMALLOC_ITEMS, GLOBAL_ALLOC]));
    for (name, here) in rows {
        assert!(here.starts_with("same") || here.starts_with("equivalent"), "{name}: {here}");
        assert!(program.contains(name.rsplit("::").next().unwrap()), "{name} is not used in tests/migrating");
    }
}

#[test]
fn everything_of_mimalloc_and_jemalloc_has_a_row() {
    for (section, features, items) in [
        ("From `mimalloc`", words(&[MIMALLOC]), words(&[MIMALLOC_ITEMS, GLOBAL_ALLOC])),
        ("From `tikv-jemallocator`", words(&[JEMALLOC]), words(&[JEMALLOC_ITEMS, GLOBAL_ALLOC])),
    ] {
        let rows = rows_below(section);
        assert_eq!((named(&rows.0), named(&rows.1)), (features, items), "{section}");
        for (name, here) in rows.0.iter().chain(&rows.1) {
            let kinds = ["same", "equivalent: ", "absent: "];
            assert!(kinds.iter().any(|kind| here.starts_with(kind)), "{name}: {here}");
            let is_ours = GLOBAL_ALLOC.contains(name) || FEATURES.iter().any(|feature| feature.name == name);
            assert!(is_ours || !here.starts_with("same"), "{name} is no name here");
        }
    }
}

fn words(lists: &[&str]) -> BTreeSet<String> {
    lists.join(" ").split_whitespace().map(String::from).collect()
}

fn named(rows: &[Row]) -> BTreeSet<String> {
    rows.iter().map(|(name, _)| name.clone()).collect()
}

/// The rows of the tables of features, and of those of items, below a heading.
fn rows_below(heading: &str) -> (Vec<Row>, Vec<Row>) {
    let document = read("docs/migrating.md");
    let section = document.split("\n## ").find(|section| section.starts_with(heading)).expect("the heading");
    let (mut features, mut items) = (Vec::new(), Vec::new());
    let mut is_of_items = false;
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let mut cells = line.trim_matches(|c| c == '|' || c == ' ').splitn(2, " | ");
        let (name, here) = (cells.next().unwrap(), cells.next().unwrap());
        match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
            Some(name) if is_of_items => items.push((name.to_string(), here.to_string())),
            Some(name) => features.push((name.to_string(), here.to_string())),
            None => is_of_items = name.starts_with("item"),
        }
    }
    (features, items)
}
