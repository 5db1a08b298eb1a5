//! Every alignment from 1 byte to 1 GiB, or to what 32-bit addresses have room for, by every way to allocate.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};

const LARGEST_LOG2: u32 = if usize::BITS == 64 { 30 } else { 28 };

#[test]
fn every_alignment_is_kept() {
    for align_log2 in 0..=LARGEST_LOG2 {
        let align = 1_usize << align_log2;
        for size in [1, 7, 16, 100, 4096, 5000, 70_000] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // Several at once, so that an accidental alignment does not pass; of the largest only two.
            let count = if align_log2 < 24 { 5 } else { 2 };
            let blocks: Vec<_> = (0..count)
                .map(|n| {
                    let block = SnMalloc.alloc_aligned(layout).unwrap_or_else(|| panic!("no memory for {layout:?}"));
                    assert_eq!(block.as_ptr() as usize % align, 0, "{layout:?}");
                    // SAFETY: the block holds `size` bytes.
                    unsafe { block.as_ptr().write_bytes(n, size) };
                    block
                })
                .collect();
            for (n, block) in (0..count).zip(blocks) {
                // SAFETY: the block holds `size` initialised bytes; it was allocated with `layout` and is not used again.
                unsafe {
                    let bytes = std::slice::from_raw_parts(block.as_ptr(), size);
                    assert!(bytes.iter().all(|&byte| byte == n), "blocks of {layout:?} overlap");
                    SnMalloc.dealloc(block.as_ptr(), layout);
                }
            }
        }
    }
}

#[test]
fn zeroed_and_reallocated_memory_keep_the_alignment() {
    for align_log2 in 0..=LARGEST_LOG2 {
        let align = 1_usize << align_log2;
        let layout = Layout::from_size_align(48, align).unwrap();
        // SAFETY: the layout has a size; the block is freed with the layout that it was last given.
        unsafe {
            let block = SnMalloc.alloc_zeroed(layout);
            assert!(!block.is_null() && block as usize % align == 0, "{layout:?}");
            let block = SnMalloc.realloc(block, layout, 100_000);
            assert!(!block.is_null() && block as usize % align == 0, "{layout:?} grown");
            let grown = Layout::from_size_align(100_000, align).unwrap();
            let block = SnMalloc.realloc(block, grown, 10);
            assert!(!block.is_null() && block as usize % align == 0, "{layout:?} shrunk");
            SnMalloc.dealloc(block, Layout::from_size_align(10, align).unwrap());
        }
    }
}
