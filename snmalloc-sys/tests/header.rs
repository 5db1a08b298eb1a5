//! The Rust declarations and the C header say the same: the same functions, parameters and types, in the same order.

use std::fs;
use std::path::Path;

/// Each header, and the source that declares the same.
const PAIRS: [(&str, &str); 4] = [
    ("upstream/include/snmalloc.h", "src/lib.rs"),
    ("upstream/include/snmalloc_libc.h", "src/libc_api.rs"),
    ("upstream/include/snmalloc_region.h", "src/region.rs"),
    ("upstream/include/snmalloc_profile.h", "src/profile.rs"),
];

/// A function in Rust's types.
#[derive(Debug, PartialEq)]
struct Function {
    name: String,
    parameters: Vec<(String, &'static str)>,
    result: &'static str,
}

#[test]
fn bindings_match_the_headers() {
    for (header, bindings) in PAIRS {
        let functions = functions_of_header(&read(header));
        assert!(!functions.is_empty(), "no function found in {header}");
        assert_eq!(functions_of_bindings(&read(bindings)), functions, "{header}");
    }
}

/// Both declare the same fields, in the same order. All are `size_t`, or an array of classes.
#[test]
fn structures_match_the_header() {
    let header = without_block_comments(&read("upstream/include/snmalloc.h"));
    for (in_c, file, in_rust) in [
        ("struct sn_options\n", "src/options.rs", "pub struct Options"),
        ("struct sn_class_stats\n", "src/stats.rs", "pub struct ClassStats"),
        ("struct sn_stats\n", "src/stats.rs", "pub struct Stats"),
    ] {
        let source = read(file);
        let fields: Vec<_> = block_after(&source, in_rust)
            .lines()
            .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "))
            .map(|(name, kind)| match kind {
                "usize," | "HugePages," | "IdlePurge," | "StatsLine," => format!("size_t {name}"),
                "[ClassStats; CLASS_COUNT]," => format!("struct sn_class_stats {name}[SN_CLASS_COUNT]"),
                _ => panic!("no C type is known for `{kind}`"),
            })
            .collect();
        assert_eq!(declarations(block_after(&header, in_c)).collect::<Vec<_>>(), fields, "{in_c}");
    }
    assert!(read("upstream/include/snmalloc.h")
        .contains(&format!("#define SN_CLASS_COUNT {} ", snmalloc_sys::stats::CLASS_COUNT)));
}

fn functions_of_header(text: &str) -> Vec<Function> {
    let text = without_preprocessor(&without_block_comments(text));
    declarations(block_after(&text, "extern \"C\"")).map(|declaration| function_of_c(&declaration)).collect()
}

fn function_of_c(declaration: &str) -> Function {
    let (head, parameters) = split_call(declaration);
    let (result, name) = split_c_name(head);
    let parameters = parameters.into_iter().map(|parameter| {
        let (kind, name) = split_c_name(parameter);
        (name.to_string(), rust_type_of_c(kind))
    });
    Function { name: name.to_string(), parameters: parameters.collect(), result: rust_type_of_c(result) }
}

/// `const void* ptr` is (`const void*`, `ptr`).
fn split_c_name(text: &str) -> (&str, &str) {
    let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    (text[..start].trim(), &text[start..])
}

fn rust_type_of_c(name: &str) -> &'static str {
    match name {
        "void" => "()",
        "int" => "c_int",
        "size_t" => "usize",
        "size_t*" => "*mut usize",
        "void*" => "*mut c_void",
        "void**" => "*mut *mut c_void",
        "struct sn_stats*" => "*mut Stats",
        "struct sn_heap*" => "*mut Heap",
        "sn_profile_on_sample" => "OnSample",
        "sn_profile_on_free" => "OnFree",
        "const void*" => "*const c_void",
        _ => panic!("no Rust type is known for the C type `{name}`"),
    }
}

fn functions_of_bindings(text: &str) -> Vec<Function> {
    let text: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    declarations(block_after(&text, "extern \"C\"")).map(|declaration| function_of_rust(&declaration)).collect()
}

fn function_of_rust(declaration: &str) -> Function {
    let (head, parameters) = split_call(declaration);
    let name = head.strip_prefix("pub fn ").unwrap_or_else(|| panic!("not a public function: {declaration}"));
    let parameters = parameters.into_iter().map(|parameter| {
        let (name, kind) = parameter.split_once(": ").expect("a parameter has a type");
        (name.to_string(), known_rust_type(kind))
    });
    let result = declaration.rsplit_once("-> ").map_or("()", |(_, result)| result);
    Function { name: name.to_string(), parameters: parameters.collect(), result: known_rust_type(result) }
}

fn known_rust_type(name: &str) -> &'static str {
    const KNOWN: [&str; 11] = [
        "()",
        "c_int",
        "usize",
        "*mut usize",
        "*mut c_void",
        "*mut *mut c_void",
        "*const c_void",
        "*mut Stats",
        "*mut Heap",
        "OnSample",
        "OnFree",
    ];
    KNOWN.into_iter().find(|&known| known == name).unwrap_or_else(|| panic!("a type no C header says: `{name}`"))
}

/// `head(a, b) tail` is (`head`, [`a`, `b`]).
fn split_call(declaration: &str) -> (&str, Vec<&str>) {
    let (head, rest) = declaration.split_once('(').expect("a function has parameters");
    let (parameters, _) = rest.split_once(')').expect("parameters end");
    (head.trim(), parameters.split(',').map(str::trim).filter(|text| !matches!(*text, "" | "void")).collect())
}

/// The declarations of a block, each on one line with single spaces.
fn declarations(block: &str) -> impl Iterator<Item = String> + '_ {
    block.split(';').map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
}

fn block_after<'a>(text: &'a str, opening: &str) -> &'a str {
    let start = text.find(opening).unwrap_or_else(|| panic!("no {opening}"));
    let block = text[start..].split_once('{').expect("the block opens").1;
    block.split_once('}').expect("the block closes").0
}

fn without_block_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let before = parts.next().unwrap_or_default().to_string();
    parts.fold(before, |kept, part| kept + part.split_once("*/").expect("a comment ends").1)
}

/// `}` between `#ifdef __cplusplus` lines stays, so a block ends where C++ ends it.
fn without_preprocessor(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}
