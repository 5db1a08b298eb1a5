//! Micro benchmarks of Microsoft's snmalloc-rs 0.7.6 with its checks.

fn main() {
    micro::run("snmalloc-076-check", &snmalloc_rs::SnMalloc);
}
