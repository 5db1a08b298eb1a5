//! Runs one workload with the system's allocator as the global allocator.

#[global_allocator]
static ALLOCATOR: std::alloc::System = std::alloc::System;

fn main() {
    workloads::child::main();
}
