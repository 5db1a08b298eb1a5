//! Micro benchmarks of mimalloc 2.

fn main() {
    micro::run("mimalloc2", &mimalloc::MiMalloc);
}
