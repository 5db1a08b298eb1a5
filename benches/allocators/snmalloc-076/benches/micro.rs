//! Micro benchmarks of Microsoft's snmalloc-rs 0.7.6.

fn main() {
    micro::run("snmalloc-076", &snmalloc_rs::SnMalloc);
}
