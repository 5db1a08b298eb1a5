//! Micro benchmarks of this allocator while a heap profile is taken.

use snmalloc_profiler::{Profiler, ProfilerOptions};

fn main() {
    let _profiler = Profiler::start(ProfilerOptions::default()).expect("nobody else takes a profile");
    micro::run("snmalloc-profile", &snmalloc_rs::SnMalloc);
}
