//! Micro benchmarks of this allocator, ready for a heap profile that nobody takes.

fn main() {
    micro::run("snmalloc-profile-off", &snmalloc_rs::SnMalloc);
}
