//! Micro benchmarks of mimalloc 3.

fn main() {
    micro::run("mimalloc3", &mimalloc::MiMalloc);
}
