//! Runs one workload with jemalloc as the global allocator.

use std::ptr::null_mut;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Empties the caller's cache, and purges all arenas: 4096 stands for all of them.
fn trim() {
    for name in [c"thread.tcache.flush", c"arena.4096.purge"] {
        // SAFETY: both are names of jemalloc's manual that neither take nor give a value.
        unsafe { tikv_jemalloc_sys::mallctl(name.as_ptr(), null_mut(), null_mut(), null_mut(), 0) };
    }
}

fn main() {
    workloads::child::main(Some(trim));
}
