//! A plugin with an allocator of its own, whatever its host has. What it allocates it also frees: no memory passes to the host.
//! `plugin_host` loads it.

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// Returns the sum of the squares below `count`, by way of a vector.
#[no_mangle]
pub extern "C" fn plugin_run(count: u64) -> u64 {
    (0..count).map(|n| n * n).collect::<Vec<_>>().iter().sum()
}

/// Returns how many bytes the plugin's allocator holds.
#[no_mangle]
pub extern "C" fn plugin_held_bytes() -> usize {
    SnMalloc::memory_stats().current_memory_usage
}
