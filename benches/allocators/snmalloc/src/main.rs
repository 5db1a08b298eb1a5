//! Runs one workload with this allocator as the global allocator.

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() {
    workloads::child::main(Some(|| {
        ALLOCATOR.trim();
    }));
}
