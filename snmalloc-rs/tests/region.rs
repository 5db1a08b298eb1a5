//! An allocator over a static array: it stays inside, says when there is no more, and gets all of it back.
#![cfg(feature = "region")]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

use snmalloc_rs::{Region, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::addr_of_mut;
use std::thread;

const BYTES: usize = 4 << 20;
static mut MEMORY: [u8; BYTES] = [0; BYTES];

static REGION: Region = Region;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn is_inside(block: *mut u8, size: usize) -> bool {
    let start = addr_of_mut!(MEMORY) as usize;
    block as usize >= start && block as usize + size <= start + BYTES
}

/// The size of the largest block there is now, to within a unit.
fn largest() -> usize {
    // SAFETY: the sizes are not zero; each block is freed with its layout.
    (1..BYTES >> 14)
        .rev()
        .map(|units| units << 14)
        .find(|&size| unsafe {
            let block = REGION.alloc(layout(size));
            if !block.is_null() {
                REGION.dealloc(block, layout(size));
            }
            !block.is_null()
        })
        .unwrap_or(0)
}

/// There is one region, and so one test.
#[test]
fn memory_of_the_program_is_all_there_is() {
    // SAFETY: nobody else uses the array. The sizes are not zero; each block is freed once, with its layout.
    unsafe {
        assert!(REGION.alloc(layout(1)).is_null(), "there is no memory yet");
        assert!(!REGION.add_raw(addr_of_mut!(MEMORY).cast(), 10_000), "too little");
        assert!(REGION.add_raw(addr_of_mut!(MEMORY).cast(), BYTES));
        assert!(!REGION.add(Box::leak(Box::new([0; 100_000]))), "there is memory already");
    }
    let whole = largest();
    assert!(whole > BYTES / 100 * 95, "{whole}");
    for size in [1, 100, 3000, 40_000] {
        exhaust(size);
        assert_eq!(largest(), whole, "{size}");
    }
    threads_take_turns();
    assert_eq!(largest(), whole);
    #[cfg(any(feature = "allocator-api2", feature = "nightly"))]
    {
        collections_live_in_it();
        assert_eq!(largest(), whole);
    }
}

fn exhaust(size: usize) {
    let mut blocks = Vec::new(); // elsewhere
                                 // SAFETY: as above.
    unsafe {
        loop {
            let block = REGION.alloc(layout(size));
            if block.is_null() {
                break;
            }
            assert!(is_inside(block, size) && SnMalloc.usable_size(block).is_none());
            block.write_bytes(7, size);
            blocks.push(block);
        }
        assert!(blocks.len() * size.max(16) > BYTES / 100 * 75, "{size}");
        assert!(REGION.realloc(blocks[0], layout(size), BYTES).is_null());
        for block in blocks {
            assert_eq!(block.read(), 7);
            REGION.dealloc(block, layout(size));
        }
    }
}

fn threads_take_turns() {
    let threads: Vec<_> = (0..4_u8)
        .map(|mark| {
            thread::spawn(move || {
                for round in 0..2000 {
                    let (size, larger) = (1 + round * 7 % 3000, 1 + round * 13 % 50_000);
                    // SAFETY: as above.
                    unsafe {
                        let block = REGION.alloc_zeroed(layout(size));
                        assert!(is_inside(block, size) && (0..size).all(|at| block.add(at).read() == 0));
                        block.write_bytes(mark, size);
                        let block = REGION.realloc(block, layout(size), larger);
                        assert!(is_inside(block, larger));
                        assert!((0..size.min(larger)).all(|at| block.add(at).read() == mark));
                        REGION.dealloc(block, layout(larger));
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
fn collections_live_in_it() {
    #[cfg(not(feature = "nightly"))]
    use allocator_api2::{boxed::Box, vec::Vec};
    #[cfg(feature = "nightly")]
    use std::{boxed::Box, vec::Vec};
    let mut numbers = Vec::new_in(Region);
    (0..10_000_u64).for_each(|number| numbers.push(Box::new_in(number, Region)));
    assert_eq!(numbers.iter().map(|number| **number).sum::<u64>(), 49_995_000);
    assert!(is_inside(numbers.as_mut_ptr().cast(), 80_000));
    assert!(numbers.try_reserve(BYTES).is_err());
}
