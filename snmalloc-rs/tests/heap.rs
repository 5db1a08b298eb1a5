//! Private heaps: what lives in them, where it is freed, and what is left when they end.
#![cfg_attr(feature = "nightly", feature(allocator_api))]

use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::sync::mpsc::{sync_channel, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::thread;

const SIZES: [usize; 8] = [1, 16, 100, 1000, 20_000, 32_768, 100_000, 3 << 20];

/// The figures are of the whole process: a test waits for the others, and its thread has ended when the next one starts.
fn alone(test: fn()) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    thread::spawn(test).join().unwrap();
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn make(heap: &Heap, size: usize) -> usize {
    let block = heap.alloc_aligned(layout(size)).expect("memory");
    // SAFETY: the block has so many bytes.
    unsafe { block.as_ptr().write_bytes(7, size) };
    block.as_ptr() as usize
}

fn live_bytes() -> usize {
    SnMalloc.stats().live_bytes
}

#[test]
fn dropping_it_frees_all() {
    alone(|| {
        let before = live_bytes();
        for _ in 0..3 {
            let heap = Heap::new().unwrap();
            for size in SIZES {
                (0..100).for_each(|_| assert_ne!(make(&heap, size), 0));
            }
            assert!(live_bytes() >= before + SIZES.iter().sum::<usize>() * 100);
            drop(heap);
            assert_eq!(live_bytes(), before);
        }
        assert!(SnMalloc.stats().heaps_active <= 2, "its slot is used again");
    });
}

#[test]
fn it_goes_from_thread_to_thread() {
    alone(|| {
        let before = live_bytes();
        let mut heap = Heap::new().unwrap();
        let mut blocks = Vec::new();
        for turn in 0..10 {
            (heap, blocks) = thread::spawn(move || {
                for size in SIZES {
                    blocks.push((make(&heap, size), size));
                }
                if turn % 2 == 1 {
                    // SAFETY: each block was made so, and is not used again.
                    blocks.drain(..).for_each(|(block, size)| unsafe { heap.dealloc(block as *mut u8, layout(size)) });
                }
                (heap, blocks)
            })
            .join()
            .unwrap();
        }
        thread::spawn(move || drop(heap)).join().unwrap();
        assert_eq!(live_bytes(), before);
    });
}

/// Another thread frees; the same memory is used again here.
#[test]
fn memory_comes_home() {
    alone(|| {
        let heap = Heap::new().unwrap();
        let mut most = 0;
        for _ in 0..50 {
            let blocks: Vec<_> = (0..1000).map(|_| make(&heap, 1000)).collect();
            // SAFETY: each block was made so, and is not used again.
            thread::spawn(move || {
                blocks.into_iter().for_each(|at| unsafe { SnMalloc.dealloc(at as *mut u8, layout(1000)) })
            })
            .join()
            .unwrap();
            most = most.max(live_bytes());
        }
        assert!(most < 5_000_000, "{most}");
    });
}

/// The owner allocates and frees all the while: others claim the heap to free what was sent to it, and count as well.
#[test]
fn others_claim_it_while_its_owner_is_busy() {
    alone(|| {
        let before = live_bytes();
        let heap = Heap::new().unwrap();
        let layout = layout(100);
        thread::scope(|scope| {
            let (to_free, sent) = sync_channel::<Vec<usize>>(1);
            let (ask, asked) = sync_channel(1);
            let claims = scope.spawn(move || {
                for _ in 0..100 {
                    ask.send(()).unwrap();
                    for block in sent.recv().unwrap() {
                        // SAFETY: each block was made so, and is not used again.
                        unsafe { SnMalloc.dealloc(block as *mut u8, layout) };
                    }
                    SnMalloc.trim();
                }
            });
            loop {
                match asked.try_recv() {
                    Ok(()) => to_free.send((0..50_000).map(|_| make(&heap, 100)).collect()).unwrap(),
                    // Stays on its fast paths, so that it does not free itself what was sent to it.
                    // SAFETY: each block is freed with its layout, and not used.
                    Err(TryRecvError::Empty) => (0..10_000).for_each(|_| unsafe {
                        heap.dealloc(heap.alloc(layout), layout);
                    }),
                    Err(TryRecvError::Disconnected) => break,
                }
            }
            claims.join().unwrap(); // and not only its closure
        });
        SnMalloc.trim();
        assert_eq!(live_bytes(), before);
        drop(heap);
        assert_eq!(live_bytes(), before);
    });
}

#[test]
fn blocks_change_their_size() {
    alone(|| {
        let before = live_bytes();
        let heap = Heap::new().unwrap();
        // SAFETY: every call passes the layout of the call before, and the block has that many bytes.
        unsafe {
            let mut block = heap.alloc_zeroed(layout(1));
            let (mut size, mut mark) = (1, 0);
            for next in SIZES.into_iter().chain([0, 5, 0, 40_000, 10]) {
                block = heap.realloc(block, layout(size), next);
                assert!(!block.is_null());
                assert!((0..size.min(next)).all(|at| block.add(at).read() == mark));
                mark += 1;
                block.write_bytes(mark, next);
                size = next;
            }
        }
        drop(heap);
        assert_eq!(live_bytes(), before);
    });
}

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
mod collections {
    use super::*;
    #[cfg(not(feature = "nightly"))]
    use allocator_api2::{boxed::Box, vec::Vec};
    #[cfg(feature = "nightly")]
    use std::{boxed::Box, vec::Vec};

    #[test]
    fn live_in_it() {
        alone(|| {
            let before = live_bytes();
            let heap = Heap::new().unwrap();
            let mut numbers = Vec::new_in(&heap);
            (0..100_000_u64).for_each(|number| numbers.push(Box::new_in(number, &heap)));
            assert_eq!(numbers.iter().map(|number| **number).sum::<u64>(), 4_999_950_000);
            numbers.truncate(1000);
            numbers.shrink_to_fit();
            let leaked = Box::leak(Box::new_in([5_u8; 40_000], &heap));
            assert_eq!(leaked[39_999], 5);
            drop(numbers);
            assert!(live_bytes() >= before + 40_000, "{} {}", live_bytes(), before);
            drop(heap);
            assert_eq!(live_bytes(), before);
        });
    }

    /// A collection may own its heap.
    #[test]
    fn own_it() {
        alone(|| {
            let before = live_bytes();
            let mut numbers = Vec::new_in(Heap::new().unwrap());
            numbers.extend(0..100_000);
            let numbers = thread::spawn(move || numbers).join().unwrap();
            assert_eq!(numbers[99_999], 99_999);
            drop(numbers);
            assert_eq!(live_bytes(), before);
        });
    }

    #[test]
    fn are_freed_by_other_threads() {
        alone(|| {
            let before = live_bytes();
            let heap = Heap::new().unwrap();
            thread::scope(|scope| {
                for _ in 0..200 {
                    let mut numbers = Vec::new_in(&heap);
                    (0..1000).for_each(|number| numbers.push(number));
                    let (raw, length, capacity, _) = numbers.into_raw_parts_with_alloc();
                    // SAFETY: the parts are those of a vector in `heap`.
                    let mut numbers = unsafe { Vec::from_raw_parts_in(raw, length, capacity, heap.by_message()) };
                    let thread = scope.spawn(move || {
                        numbers.extend(0..10_000);
                        assert_eq!(numbers.len(), 11_000);
                    });
                    drop(Box::new_in([0; 1000], &heap));
                    thread.join().unwrap(); // and not only its closure
                }
            });
            drop(heap);
            assert_eq!(live_bytes(), before);
        });
    }

    #[cfg(feature = "allocator-api2")]
    #[test]
    fn maps_live_in_it() {
        use hashbrown::{DefaultHashBuilder, HashMap};
        alone(|| {
            let heap = Heap::new().unwrap();
            let mut map = HashMap::with_hasher_in(DefaultHashBuilder::default(), &heap);
            (0..10_000).for_each(|key| drop(map.insert(key, Box::new_in(key * 2, &heap))));
            assert!((0..10_000).all(|key| *map[&key] == key * 2));
        });
    }
}
