//! What documents name is there: tasks, tests, functions, macros and variables of the environment.

use crate::{documents, read, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of the C interface, of macros and of variables, as documents show code.
const PREFIXES: [&str; 3] = ["sn_", "SN_", "SNMALLOC_"];

#[test]
fn names_in_code_are_in_the_sources() {
    let mut sources = String::new();
    for directory in ["upstream", "snmalloc-sys", "snmalloc-rs/src", "snmalloc-shim", "ci", "tests/src"] {
        add_texts(&root().join(directory), &mut sources);
    }
    let known: BTreeSet<&str> = sources.split(is_no_part).collect();
    for (document, text) in documents() {
        for name in text.split(is_no_part).filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix))) {
            assert!(PREFIXES.contains(&name) || known.contains(name), "{document}: there is no {name}");
        }
    }
}

/// Also the README's command is one that CI runs.
#[test]
fn tasks_that_documents_name_are_there() {
    let mut count = 0;
    for (document, text) in documents() {
        for words in text.split("`ci/run ").skip(1).map(|rest| rest.split('`').next().unwrap()) {
            for task in words.split_whitespace().filter(|&word| !word.starts_with("--") && word != "TASK") {
                assert!(root().join("ci").join(task).is_file(), "{document}: there is no task {task}");
                count += 1;
            }
        }
    }
    assert!(count >= 20, "{count} tasks are named");
    assert!(read("README.md").contains("\ncargo test --workspace"));
    assert!(read("ci/test").contains("\ncargo test --workspace"));
    assert!(read(".ci/run").contains("ci/run deps all"));
    let all = read("ci/all");
    for task in all.split("/run\"").nth(1).expect("what runs").split_whitespace().filter(|&word| word != "\\") {
        assert!(root().join("ci").join(task).is_file(), "ci/all: there is no task {task}");
    }
}

/// The table of the core, which the environment is searched for; the macro's, the header's; and all mentions of the variable.
#[test]
fn options_are_those_that_the_core_reads() {
    let source = read("upstream/src/base/options.cc");
    let table = source.split("constexpr Option table[] = {").nth(1).expect("the table").split("\n};").next().unwrap();
    let known: BTreeSet<&str> = table.split("\n  {\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(known.len() >= 4);
    let configure = read("snmalloc-rs/src/configure.rs");
    let rows = configure.split("| name | value |").nth(1).expect("the table").lines().skip(2);
    let rows = rows.map_while(|line| line.strip_prefix("/// | `")?.split('`').next());
    assert_eq!(rows.collect::<BTreeSet<_>>(), known);
    let header = read("upstream/include/snmalloc.h");
    let fields = header.split("struct sn_options\n").nth(1).expect("the structure").split('}').next().unwrap();
    let fields = fields.split("size_t ").skip(1).map(|rest| rest.split(';').next().unwrap());
    assert_eq!(fields.collect::<BTreeSet<_>>(), known);
    for (document, text) in documents().into_iter().chain([("configure.rs".into(), configure.clone())]) {
        for choices in text.split("SNMALLOC_OPTIONS=").skip(1) {
            let choices = choices.split(['`', ' ', '\n']).next().unwrap().split(',');
            for name in choices.map(|choice| choice.split('=').next().unwrap()) {
                assert!(known.contains(name) || name == "help", "{document}: there is no option {name}");
            }
        }
    }
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 130, "README.md has {lines} lines, for who has five minutes");
}

/// The last cell of a row in a table of tests names files of tests, as `double_free_*`, or what else is there.
#[test]
fn tests_that_documents_name_are_there() {
    let mut tests = Vec::new();
    for directory in ["tests/tests", "upstream/tests"] {
        add_paths(&root().join(directory), &mut tests);
    }
    let is_there = |name: &str| match name.split_once('*') {
        Some((start, end)) => tests.iter().any(|test| test.contains(&format!("/{start}")) && test.ends_with(end)),
        None => root().join(name).exists() || tests.iter().any(|test| test.ends_with(&format!("/{name}"))),
    };
    let mut count = 0;
    for (document, text) in documents() {
        for table in text.split("\n\n").filter(|table| table.lines().next().unwrap_or("").ends_with("| test |")) {
            for row in table.lines().skip(2) {
                let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
                for name in cell.split('`').skip(1).step_by(2).filter(|name| !name.starts_with("ci/run")) {
                    assert!(is_there(name), "{document}: there is no test {name}");
                    count += 1;
                }
            }
        }
    }
    assert!(count >= 30, "{count} tests are named");
}

#[test]
fn source_files_that_documents_name_are_there() {
    let mut files = Vec::new();
    for directory in ["upstream", "snmalloc-sys", "snmalloc-rs", "snmalloc-profiler", "examples", "tests", "benches"] {
        add_paths(&root().join(directory), &mut files);
    }
    let mut count = 0;
    for (document, text) in documents() {
        for name in text.split('`').skip(1).step_by(2) {
            let Some(name) = [".h", ".cc", ".rs"].iter().find_map(|ending| name.strip_suffix(ending)) else { continue };
            assert!(files.iter().any(|file| file.ends_with(&format!("/{name}"))), "{document}: there is no {name}");
            count += 1;
        }
    }
    assert!(count >= 20, "{count} files are named");
}

fn is_no_part(c: char) -> bool {
    !c.is_alphanumeric() && c != '_'
}

fn add_texts(path: &Path, texts: &mut String) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| add_texts(&entry.unwrap().path(), texts));
    } else if path.extension().is_none_or(|extension| extension != "md") {
        texts.push_str(&fs::read_to_string(path).unwrap_or_default());
        texts.push('\n');
    }
}

/// The paths of files, without their endings.
fn add_paths(directory: &Path, paths: &mut Vec<String>) {
    for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            add_paths(&path, paths);
        }
        paths.push(path.with_extension("").display().to_string());
    }
}
