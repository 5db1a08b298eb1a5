//! Sizes near `isize::MAX`, alignments of 1 GiB and more: null or a right pointer, never a fault.

use std::alloc::{GlobalAlloc, Layout};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::{isolated, Random};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const PAGE_BYTES: usize = 4096;

/// Allocates in all ways, and checks and frees what is granted; returns whether the first was.
fn try_layout(layout: Layout) -> bool {
    // SAFETY: the size is not 0; memory is written within its bounds and freed with its layout.
    unsafe {
        let block = ALLOC.alloc(layout);
        if !block.is_null() {
            use_ends(block, layout);
            ALLOC.dealloc(block, layout);
        }
        if let Some(block) = ALLOC.alloc_aligned(layout) {
            use_ends(block.as_ptr(), layout);
            ALLOC.dealloc(block.as_ptr(), layout);
        }
        let zeroed = ALLOC.alloc_zeroed(layout);
        if !zeroed.is_null() {
            for at in [0, layout.size() / 2, layout.size() - 1] {
                assert_eq!(*zeroed.add(at), 0, "{layout:?}");
            }
            use_ends(zeroed, layout);
            ALLOC.dealloc(zeroed, layout);
        }
        try_realloc(layout);
        !block.is_null()
    }
}

/// Writes the first and last page, which are all that anybody should have to pay for.
unsafe fn use_ends(block: *mut u8, layout: Layout) {
    assert_eq!(block as usize % layout.align(), 0, "{layout:?} at {block:p}");
    let end_bytes = layout.size().min(PAGE_BYTES);
    // SAFETY: the caller owns the memory.
    unsafe {
        block.write_bytes(0x5a, end_bytes);
        block.add(layout.size() - end_bytes).write_bytes(0xa5, end_bytes);
        assert!(ALLOC.usable_size(block).is_some_and(|usable| usable >= layout.size()), "{layout:?}");
    }
}

/// Grows small memory of the same alignment to `layout` and back: contents stay, whether it is granted or not.
unsafe fn try_realloc(layout: Layout) {
    const SMALL_BYTES: usize = 100;
    let small = Layout::from_size_align(SMALL_BYTES, layout.align()).expect("smaller than one that is valid");
    // SAFETY: as in `try_layout`.
    unsafe {
        let block = ALLOC.alloc(small);
        if block.is_null() {
            return;
        }
        block.write_bytes(0x77, SMALL_BYTES);
        let grown = ALLOC.realloc(block, small, layout.size());
        let (block, now) = if grown.is_null() { (block, small) } else { (grown, layout) };
        let kept_bytes = SMALL_BYTES.min(now.size());
        assert!((0..kept_bytes).all(|at| *block.add(at) == 0x77), "{layout:?}");
        use_ends(block, now);
        let first = *block;
        let shrunk = ALLOC.realloc(block, now, 1);
        assert!(!shrunk.is_null() && *shrunk == first, "{layout:?}");
        ALLOC.dealloc(shrunk, Layout::from_size_align(1, layout.align()).expect("as above"));
    }
}

/// Returns the largest size that a layout of this alignment may have.
fn size_limit(align: usize) -> usize {
    (isize::MAX as usize + 1) - align
}

#[test]
fn sizes_near_the_end_of_the_address_space() {
    isolated("sizes_near_the_end_of_the_address_space", || {
        for align_log2 in 0..usize::BITS - 1 {
            let align = 1 << align_log2;
            let limit = size_limit(align);
            for below in [0, 1, 7, 8, 4_095, 4_096, 16_383, 16_384, 1 << 21, 1 << 30, 1 << 40] {
                let Some(size) = limit.checked_sub(below).filter(|&size| size > 0) else { continue };
                let is_granted = try_layout(Layout::from_size_align(size, align).unwrap());
                assert!(!is_granted || size < 1 << 47, "{size} bytes do not exist");
            }
        }
    });
}

#[test]
fn every_power_of_two_and_its_neighbours() {
    isolated("every_power_of_two_and_its_neighbours", || {
        for size_log2 in 0..63 {
            for size in [(1usize << size_log2) - 1, 1 << size_log2, (1 << size_log2) + 1] {
                for align_log2 in [0, 3, 4, 12, 14, 16, 21, 30] {
                    let Ok(layout) = Layout::from_size_align(size, 1 << align_log2) else { continue };
                    if size > 0 {
                        try_layout(layout);
                    }
                }
            }
        }
    });
}

#[test]
fn alignments_of_gigabytes_are_granted() {
    isolated("alignments_of_gigabytes_are_granted", || {
        for align_log2 in 12..=36 {
            for size in [1, 100, 20_000, 3 << 20, 1 << 30] {
                let layout = Layout::from_size_align(size, 1 << align_log2).unwrap();
                assert!(try_layout(layout), "{layout:?} was refused");
            }
        }
        // More than one at a time, beside each other.
        let layout = Layout::from_size_align(5_000, 1 << 30).unwrap();
        let blocks = [(); 8].map(|()| ALLOC.alloc_aligned(layout).expect("1 GiB alignment was refused").as_ptr());
        // SAFETY: all are live, and then freed once with their layout.
        unsafe {
            blocks.iter().for_each(|&block| use_ends(block, layout));
            blocks.iter().for_each(|&block| ALLOC.dealloc(block, layout));
        }
    });
}

#[test]
fn random_layouts() {
    isolated("random_layouts", || {
        let mut random = Random::from_environment();
        for _ in 0..2_000 {
            let align = 1 << random.below(63);
            let size = random.size(size_limit(align));
            try_layout(Layout::from_size_align(size, align).unwrap());
        }
    });
}

#[test]
fn zero_sized_layouts_of_any_alignment() {
    isolated("zero_sized_layouts_of_any_alignment", || {
        for align_log2 in 0..63 {
            let layout = Layout::from_size_align(0, 1 << align_log2).unwrap();
            let Some(block) = ALLOC.alloc_aligned(layout) else { continue };
            assert_eq!(block.as_ptr() as usize % layout.align(), 0);
            // SAFETY: the memory is ours; a size of 0 is what it was allocated with.
            unsafe { ALLOC.dealloc(block.as_ptr(), layout) };
        }
    });
}
