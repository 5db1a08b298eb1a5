//! The figures of `memory_stats` follow what the program holds.
//!
//! One test: the figures are of the whole process.

use snmalloc_rs::{AllocStats, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::mem::size_of;
use std::thread;
use std::time::Duration;

const MIB: usize = 1 << 20;

#[test]
fn figures_follow_the_program() {
    let mut last = AllocStats::default();
    let mut look = || {
        let stats = SnMalloc.memory_stats();
        assert!(stats.peak_memory_usage >= stats.current_memory_usage, "{stats:?}");
        assert!(stats.peak_memory_usage >= last.peak_memory_usage, "{stats:?} after {last:?}");
        last = stats;
        stats
    };

    let start = look();
    for (size, count) in [(64, MIB), (5000, 10_000), (64 * MIB, 1)] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        let before = look();
        let blocks: Vec<_> = (0..count).map(|_| SnMalloc.alloc_aligned(layout).expect("memory")).collect();
        let live = look();
        let asked = size * count;
        let room = before.current_memory_usage - start.current_memory_usage.min(before.current_memory_usage);
        let grown = live.current_memory_usage.saturating_sub(before.current_memory_usage);
        assert!(grown + room >= asked, "{asked} bytes in blocks of {size}: from {before:?} to {live:?}");
        // With checks an object is larger, and guards count, of which each slab of 64 KiB has 32 KiB.
        let more = if cfg!(feature = "check") { asked } else { asked / 4 };
        // In the place of malloc, the vector of blocks counts, too.
        let more = more + if cfg!(feature = "override") { blocks.capacity() * size_of::<usize>() } else { 0 };
        assert!(grown <= asked + more + 4 * MIB, "{asked} bytes in blocks of {size}: from {before:?} to {live:?}");
        // SAFETY: each block was allocated with `layout`, and is not used again.
        blocks.into_iter().for_each(|block| unsafe { SnMalloc.dealloc(block.as_ptr(), layout) });
        look();
    }

    // A hundred times over, not one after the other on top.
    let layout = Layout::from_size_align(64 * MIB, 8).unwrap();
    for _ in 0..100 {
        let block = SnMalloc.alloc_aligned(layout).expect("memory");
        // SAFETY: the block was allocated with `layout`, and is not used again.
        unsafe { SnMalloc.dealloc(block.as_ptr(), layout) };
    }
    let end = look();
    assert!(end.peak_memory_usage < start.peak_memory_usage + 300 * MIB, "{end:?}");

    // What is free goes back after a short time; the slow paths see to it.
    thread::sleep(Duration::from_millis(1500));
    let layout = Layout::from_size_align(MIB, 8).unwrap();
    for _ in 0..1000 {
        let block = SnMalloc.alloc_aligned(layout).expect("memory");
        // SAFETY: the block was allocated with `layout`, and is not used again.
        unsafe { SnMalloc.dealloc(block.as_ptr(), layout) };
    }
    let rest = look();
    assert!(rest.current_memory_usage < start.current_memory_usage + 16 * MIB, "from {start:?} to {rest:?}");
}
