//! Runs one workload with mimalloc 2 as the global allocator.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    workloads::child::main();
}
