//! Zero-sized layouts get aligned dangling pointers, and never reach the core.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};

#[test]
fn zero_sized_layouts_allocate_nothing() {
    for align_log2 in 0..usize::BITS - 1 {
        let layout = Layout::from_size_align(0, 1 << align_log2).unwrap();
        // SAFETY: this allocator allows zero-sized layouts; all pointers came from it with `layout`.
        unsafe {
            for ptr in [
                SnMalloc.alloc(layout),
                SnMalloc.alloc_zeroed(layout),
                SnMalloc.alloc_aligned(layout).unwrap().as_ptr(),
                SnMalloc.realloc(layout.align() as *mut u8, layout, 0),
            ] {
                assert_eq!(ptr as usize, layout.align(), "{layout:?}");
                assert_eq!(SnMalloc.usable_size(ptr), None);
                SnMalloc.dealloc(ptr, layout);
                SnMalloc.dealloc(ptr, layout);
            }
        }
    }
}

#[test]
fn realloc_leaves_and_reaches_zero() {
    for align in [1, 8, 64, 4096, 1 << 20] {
        let layout = |size| Layout::from_size_align(size, align).unwrap();
        // SAFETY: this allocator allows zero-sized layouts; each pointer is used with the layout it was last given.
        unsafe {
            let empty = SnMalloc.alloc(layout(0));
            let block = SnMalloc.realloc(empty, layout(0), 200);
            assert_eq!(block as usize % align, 0);
            assert!(SnMalloc.usable_size(block).unwrap() >= 200);
            block.write_bytes(1, 200);
            let empty = SnMalloc.realloc(block, layout(200), 0);
            assert_eq!(empty as usize, align);
            SnMalloc.dealloc(empty, layout(0));
        }
    }
}

#[test]
fn realloc_to_zero_frees() {
    let layout = Layout::from_size_align(1 << 20, 8).unwrap();
    let repeat = |times: usize| {
        for _ in 0..times {
            // SAFETY: the block is reallocated with the layout that it was allocated with, and not used again.
            unsafe { SnMalloc.realloc(SnMalloc.alloc(layout), layout, 0) };
        }
    };
    repeat(10);
    let peak = SnMalloc.memory_stats().peak_memory_usage;
    repeat(1000);
    assert!(SnMalloc.memory_stats().peak_memory_usage < peak + (64 << 20), "the old blocks leak");
}
