//! Micro benchmarks of this allocator, and of a private heap of it.

fn main() {
    micro::run("snmalloc", &snmalloc_rs::SnMalloc);
    micro::run("snmalloc-heap", &snmalloc_rs::Heap::new().expect("memory"));
}
