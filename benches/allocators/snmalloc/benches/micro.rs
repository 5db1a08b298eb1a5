//! Micro benchmarks of this allocator.

fn main() {
    micro::run("snmalloc", &snmalloc_rs::SnMalloc);
}
