//! Runs one workload with rpmalloc as the global allocator.

#[global_allocator]
static ALLOCATOR: rpmalloc::RpMalloc = rpmalloc::RpMalloc;

fn main() {
    workloads::child::main(None);
}
