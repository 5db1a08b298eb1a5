//! `SnMalloc` as an `Allocator`, by itself and under collections.
#![cfg(any(feature = "allocator-api2", feature = "nightly"))]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

use snmalloc_rs::SnMalloc;
use std::alloc::Layout;
use std::ptr::{self, NonNull};

#[cfg(not(feature = "nightly"))]
use allocator_api2::{alloc::Allocator, boxed::Box, vec::Vec};
#[cfg(feature = "nightly")]
use std::{alloc::Allocator, boxed::Box, vec::Vec};

const SIZES: [usize; 18] = [
    0,
    1,
    16,
    17,
    100,
    112,
    113,
    1000,
    5000,
    20_000,
    32_768,
    32_769,
    50_000,
    65_536,
    65_537,
    300_000,
    2 << 20,
    9_000_000,
];

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

const MARK: u8 = 0x5a;

fn is_all(bytes: &[u8], mark: u8) -> bool {
    bytes.chunks(4096).all(|bytes| bytes == &[mark; 4096][..bytes.len()])
}

/// Fills all of a block, which is all its owner's.
fn fill(block: NonNull<[u8]>) {
    // SAFETY: the block is live, and nobody else uses it.
    unsafe { (*block.as_ptr()).fill(MARK) };
}

fn check(block: NonNull<[u8]>, size: usize) {
    // SAFETY: as above; so many bytes were filled.
    assert!(is_all(unsafe { &block.as_ref()[..size] }, MARK));
}

fn start(block: NonNull<[u8]>) -> NonNull<u8> {
    block.cast()
}

#[test]
fn blocks_are_as_long_as_they_really_are() {
    for size in SIZES {
        for align in [1, 16, 64, 4096, 1 << 20] {
            let block = SnMalloc.allocate(layout(size, align)).unwrap();
            assert_eq!(start(block).as_ptr() as usize % align, 0);
            if size == 0 {
                assert_eq!(block.len(), 0);
            } else {
                assert_eq!(Some(block.len()), SnMalloc.usable_size(start(block).as_ptr()));
                assert!(block.len() >= size);
            }
            fill(block);
            // Either size may be given back.
            let given = if size % 2 == 0 { block.len() } else { size };
            // SAFETY: the block was allocated just so.
            unsafe { SnMalloc.deallocate(start(block), layout(given, align)) };
        }
    }
    if !cfg!(feature = "check") {
        let block = SnMalloc.allocate(layout(100, 1)).unwrap();
        assert_eq!(block.len(), 112);
        // SAFETY: the block was allocated just so.
        unsafe { SnMalloc.deallocate(start(block), layout(100, 1)) };
    }
}

/// From every size to every other, and from every alignment, with the length that was asked for and the real one.
#[test]
fn blocks_grow_and_shrink() {
    for from in SIZES {
        for to in SIZES {
            for (old_align, new_align) in [(8, 8), (1, 4096), (4096, 1)] {
                for excess in [false, true] {
                    let block = SnMalloc.allocate(layout(from, old_align)).unwrap();
                    fill(block);
                    let old = if excess { block.len() } else { from };
                    let (old_layout, new_layout) = (layout(old, old_align), layout(to, new_align));
                    // SAFETY: the block was allocated just so, and is used no more unless this fails.
                    let resized = unsafe {
                        if to >= old {
                            SnMalloc.grow(start(block), old_layout, new_layout)
                        } else {
                            SnMalloc.shrink(start(block), old_layout, new_layout)
                        }
                    };
                    let resized = resized.unwrap();
                    assert!(resized.len() >= to && start(resized).as_ptr() as usize % new_align == 0);
                    check(resized, old.min(to));
                    fill(resized);
                    // SAFETY: as above.
                    unsafe { SnMalloc.deallocate(start(resized), new_layout) };
                }
            }
        }
    }
}

#[test]
fn zeroed_blocks_are_zero() {
    for from in SIZES {
        // What was filled before must not show through.
        let dirty = SnMalloc.allocate(layout(from, 8)).unwrap();
        fill(dirty);
        // SAFETY: the block was allocated just so.
        unsafe { SnMalloc.deallocate(start(dirty), layout(from, 8)) };
        let block = SnMalloc.allocate_zeroed(layout(from, 8)).unwrap();
        // SAFETY: the block is live.
        assert!(is_all(unsafe { block.as_ref() }, 0));
        fill(block);
        let mut block = block;
        let mut size = block.len();
        for to in SIZES.into_iter().filter(|&to| to >= from) {
            let filled = size;
            // SAFETY: the block was allocated just so, and is used no more.
            block = unsafe { SnMalloc.grow_zeroed(start(block), layout(size, 8), layout(to, 8)) }.unwrap();
            size = block.len();
            check(block, filled);
            // SAFETY: the block is live.
            assert!(is_all(unsafe { &block.as_ref()[filled..] }, 0), "from {filled} to {size}");
            fill(block);
        }
        // SAFETY: as above.
        unsafe { SnMalloc.deallocate(start(block), layout(size, 8)) };
    }
}

#[test]
fn impossible_sizes_are_refused() {
    let huge = layout(isize::MAX as usize - 4096, 1);
    assert!(SnMalloc.allocate(huge).is_err() && SnMalloc.allocate_zeroed(huge).is_err());
    let block = SnMalloc.allocate(layout(100, 1)).unwrap();
    fill(block);
    // SAFETY: the block was allocated just so; refused, it is as it was.
    unsafe {
        assert!(SnMalloc.grow(start(block), layout(100, 1), huge).is_err());
        assert!(SnMalloc.grow_zeroed(start(block), layout(100, 1), huge).is_err());
        check(block, 100);
        SnMalloc.deallocate(start(block), layout(100, 1));
    }
}

#[test]
fn collections_live_in_it() {
    let mut numbers = Vec::new_in(SnMalloc);
    (0..100_000_u64).for_each(|number| numbers.push(number));
    assert!(SnMalloc.usable_size(numbers.as_ptr().cast()).is_some_and(|bytes| bytes >= 800_000));
    assert_eq!(numbers.iter().sum::<u64>(), 4_999_950_000);
    numbers.truncate(10);
    numbers.shrink_to_fit();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let boxed = Box::new_in([7_u8; 1000], SnMalloc);
    let empty = Box::new_in((), SnMalloc);
    assert_eq!((boxed[999], *empty), (7, ()));
}

#[cfg(feature = "allocator-api2")]
#[test]
fn maps_live_in_it() {
    use hashbrown::{DefaultHashBuilder, HashMap};
    let mut map = HashMap::with_hasher_in(DefaultHashBuilder::default(), SnMalloc);
    (0..10_000).for_each(|key| drop(map.insert(key, Box::new_in(key * 2, SnMalloc))));
    let usable = if cfg!(feature = "check") { 4 } else { 8 }; // with checks, what was asked for and no more
    assert!(map.values().all(|value| SnMalloc.usable_size(ptr::from_ref::<i32>(value).cast()) == Some(usable)));
    assert!((0..10_000).all(|key| *map[&key] == key * 2));
    map.retain(|key, _| key % 100 == 0);
    map.shrink_to_fit();
    assert_eq!(map.len(), 100);
}
