//! Runs one workload with this allocator as the global allocator, while a heap profile is taken.

use snmalloc_profiler::{Profiler, ProfilerOptions};

#[global_allocator]
static ALLOCATOR: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() {
    let _profiler = Profiler::start(ProfilerOptions::default()).expect("nobody else takes a profile");
    workloads::child::main(Some(|| {
        ALLOCATOR.trim();
    }));
}
