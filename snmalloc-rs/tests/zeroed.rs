//! `alloc_zeroed` gives zeros, also where the memory was dirty before.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};

fn assert_zero(block: *const u8, layout: Layout) {
    // SAFETY: the block holds as many initialised bytes.
    let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
    assert!(bytes.iter().all(|&byte| byte == 0), "{layout:?} is not zero");
}

fn dirty_then_zeroed(layout: Layout, count: usize) {
    // SAFETY: the layout has a size; each block is freed once, with it, and holds as many bytes.
    unsafe {
        for _ in 0..3 {
            let blocks: Vec<_> = (0..count).map(|_| SnMalloc.alloc_zeroed(layout)).collect();
            for &block in &blocks {
                assert!(!block.is_null(), "no memory for {layout:?}");
                assert_zero(block, layout);
                block.write_bytes(0xff, SnMalloc.usable_size(block).unwrap());
            }
            blocks.into_iter().for_each(|block| SnMalloc.dealloc(block, layout));
        }
    }
}

#[test]
fn small_blocks() {
    for log2 in 0..16 {
        for size in [1 << log2, (1 << log2) + 1, 3 << log2] {
            dirty_then_zeroed(Layout::from_size_align(size, 8).unwrap(), 300);
        }
    }
}

#[test]
fn large_blocks() {
    for log2 in 16..26 {
        dirty_then_zeroed(Layout::from_size_align((1 << log2) + 5, 8).unwrap(), 2);
    }
}

#[test]
fn aligned_blocks() {
    for align_log2 in 0..24 {
        dirty_then_zeroed(Layout::from_size_align(5000, 1 << align_log2).unwrap(), 4);
    }
}

#[test]
fn small_blocks_in_the_place_of_large_ones() {
    for size in [100_000, 1 << 20, 10 << 20] {
        let large = Layout::from_size_align(size, 8).unwrap();
        // SAFETY: the layout has a size; the block is freed once, with it.
        unsafe {
            let block = SnMalloc.alloc(large);
            assert!(!block.is_null());
            block.write_bytes(0xff, size);
            SnMalloc.dealloc(block, large);
        }
        dirty_then_zeroed(Layout::from_size_align(1000, 8).unwrap(), size / 1000);
        dirty_then_zeroed(Layout::from_size_align(size / 3, 8).unwrap(), 2);
    }
}
