//! Runs one workload with Microsoft's snmalloc-rs 0.7.6, its checks on, as the global allocator.

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() {
    workloads::child::main(None);
}
