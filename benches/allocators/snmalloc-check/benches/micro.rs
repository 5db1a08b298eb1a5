//! Micro benchmarks of this allocator with its checks.

fn main() {
    micro::run("snmalloc-check", &snmalloc_rs::SnMalloc);
}
