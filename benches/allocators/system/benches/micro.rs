//! Micro benchmarks of the system's allocator.

fn main() {
    micro::run("system", &std::alloc::System);
}
