//! A program that never calls the allocator by name, has no `#[global_allocator]`, and nothing of C that calls malloc.

use snmalloc_rs as _;

fn main() {
    let words: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    snmalloc_override_test::expect_idle_c_library();
    println!("{} words, and malloc is the program's own", words.len());
}
