//! Micro benchmarks of jemalloc.

fn main() {
    micro::run("jemalloc", &tikv_jemallocator::Jemalloc);
}
