//! What a thread allocated and freed is counted for it, exactly, whatever others do.
//!
//! The allocator is not the global one, so nobody else uses it.
#![cfg(feature = "stats")]

use snmalloc_rs::{Heap, SnMalloc, ThreadCounters};
use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Mutex, MutexGuard};
use std::thread;

const MIB: usize = 1 << 20;
const CHUNK: usize = 16 << 10;

/// One test at a time, for some look at figures of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn make(size: usize) -> usize {
    SnMalloc.alloc_aligned(layout(size)).expect("memory").as_ptr() as usize
}

fn free(block: usize, size: usize) {
    // SAFETY: the block was allocated with that layout, and is not used again.
    unsafe { SnMalloc.dealloc(block as *mut u8, layout(size)) };
}

fn resize(block: usize, size: usize, new_size: usize) -> usize {
    // SAFETY: the same; the new size is not 0.
    let moved = unsafe { SnMalloc.realloc(block as *mut u8, layout(size), new_size) };
    assert!(!moved.is_null());
    moved as usize
}

/// What objects of a size count as. With checks they have a byte behind them, and large ones a guard.
fn bytes_of(size: usize) -> usize {
    let classes = SnMalloc.stats().classes;
    let wanted = size + usize::from(cfg!(feature = "check"));
    match classes.iter().find(|class| class.object_bytes >= wanted) {
        Some(class) => class.object_bytes,
        None => (size + if cfg!(feature = "check") { 4096 } else { 0 } + CHUNK - 1) / CHUNK * CHUNK,
    }
}

/// Runs `work` and returns what it allocated and freed on this thread.
fn counted<T>(work: impl FnOnce() -> T) -> ((usize, usize), T) {
    let before = SnMalloc::thread_counters();
    let result = work();
    let after = SnMalloc::thread_counters();
    ((after.allocated_bytes - before.allocated_bytes, after.freed_bytes - before.freed_bytes), result)
}

fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

#[test]
fn objects_of_every_size() {
    let _turn = alone();
    for size in (1..2000).chain((2000..200_000).step_by(3_333)).chain([3 * MIB + 1, 70 * MIB]) {
        let bytes = bytes_of(size);
        for _ in 0..3 {
            let (change, block) = counted(|| make(size));
            assert_eq!(change, (bytes, 0), "{size} bytes");
            assert_eq!(counted(|| free(block, size)).0, (0, bytes), "{size} bytes");
        }
    }
    // SAFETY: a size of 0 is never allocated.
    let none = counted(|| unsafe { SnMalloc.dealloc(SnMalloc.alloc(layout(0)), layout(0)) }).0;
    assert_eq!(none, (0, 0));
    // SAFETY: the layout's size is not 0.
    let (change, block) = counted(|| unsafe { SnMalloc.alloc_zeroed(layout(100)) });
    assert_eq!(change, (bytes_of(100), 0));
    free(block as usize, 100);
}

#[test]
#[cfg_attr(feature = "check", ignore = "with checks, every object is copied")]
fn objects_that_are_resized() {
    let _turn = alone();
    let block = make(100);
    assert_eq!(counted(|| resize(block, 100, 112)).0, (0, 0), "the same class");
    let (change, block) = counted(|| resize(block, 112, 1000));
    assert_eq!(change, (1024, 112));
    let (change, block) = counted(|| resize(block, 1000, 100_000));
    assert!(change.0 >= 7 * CHUNK && change.1 == 1024, "{change:?}");
    free(block, 100_000);
    // Large ones grow and shrink where they are or not; what is left in the end is right in any case.
    let ((allocated, freed), ()) = counted(|| {
        let mut block = make(CHUNK * 10);
        let mut size = CHUNK * 10;
        for new_size in [11, 40, 39, 400, 4000, 100, 3, 7000, 2, 90].map(|chunks| chunks * CHUNK) {
            block = resize(block, size, new_size);
            size = new_size;
        }
        free(block, size);
    });
    assert_eq!(allocated, freed);
    assert!(allocated >= 7000 * CHUNK);
}

#[test]
fn frees_on_other_threads() {
    let _turn = alone();
    const SIZES: [usize; 4] = [1, 100, 5_000, 100_000];
    let all: usize = SIZES.iter().map(|&size| bytes_of(size)).sum();
    for count in [1, 1000] {
        let make_all = || (0..count).map(|_| SIZES.map(make)).collect::<Vec<_>>();
        let (change, blocks) = counted(make_all);
        assert_eq!(change, (count * all, 0));
        let free_all =
            || blocks.iter().for_each(|of| of.iter().zip(SIZES).for_each(|(&block, size)| free(block, size)));
        assert_eq!(on_a_thread(|| counted(free_all).0), (0, count * all));
        // Whatever comes home, it was not this thread that freed it.
        let ((allocated, freed), ()) = counted(|| (0..500).for_each(|_| free(make(100), 100)));
        assert_eq!((allocated, freed), (500 * bytes_of(100), 500 * bytes_of(100)));
    }
}

#[test]
fn threads_at_once_and_one_after_the_other() {
    let _turn = alone();
    for _ in 0..5 {
        thread::scope(|scope| {
            for number in 1..5 {
                scope.spawn(move || {
                    assert_eq!(SnMalloc::thread_counters(), ThreadCounters::default(), "a heap of an ended thread");
                    let bytes = bytes_of(number * 50);
                    for round in 1..3_000 {
                        free(make(number * 50), number * 50);
                        let counters = SnMalloc::thread_counters();
                        assert_eq!((counters.allocated_bytes, counters.freed_bytes), (round * bytes, round * bytes));
                    }
                });
            }
        });
    }
}

/// What all threads have allocated and not freed is what is live.
#[test]
fn all_threads_together() {
    let _turn = alone();
    let live = SnMalloc.stats().live_bytes;
    let kept = Mutex::new(Vec::new());
    let work = |seed: usize| {
        for number in 0..4_000 {
            let size = 1 + (number * 7919 + seed * 104_729) % 40_000;
            let block = make(size);
            let mut kept = kept.lock().unwrap();
            kept.push((block, size));
            if number % 3 != 0 {
                let at = number * 31 % kept.len();
                let (other, size) = kept.swap_remove(at);
                drop(kept);
                free(other, size);
            }
        }
        let counters = SnMalloc::thread_counters();
        counters.allocated_bytes as isize - counters.freed_bytes as isize
    };
    let left: isize = thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..4).map(|seed| scope.spawn(move || work(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(SnMalloc.stats().live_bytes as isize - live as isize, left);
    let bytes: usize = kept.lock().unwrap().iter().map(|&(_, size)| bytes_of(size)).sum();
    assert_eq!(bytes as isize, left);
    kept.into_inner().unwrap().into_iter().for_each(|(block, size)| free(block, size));
}

/// The thread counts what it does in a heap; also one that has had no other memory yet.
#[test]
fn private_heaps() {
    let _turn = alone();
    let (small, large) = (bytes_of(100), bytes_of(100_000));
    for _ in 0..5 {
        let heap = Heap::new().expect("memory");
        let change = on_a_thread(move || {
            let make = |size: usize| heap.alloc_aligned(layout(size)).expect("memory").as_ptr() as usize;
            let blocks: Vec<usize> = (0..200).map(|_| make(100)).collect();
            let _ = make(100_000);
            let counters = SnMalloc::thread_counters();
            assert_eq!((counters.allocated_bytes, counters.freed_bytes), (200 * small + large, 0));
            // SAFETY: each block is of this heap, and is not used again.
            let free_by_handle = |block: usize| unsafe { heap.dealloc(block as *mut u8, layout(100)) };
            assert_eq!(counted(|| blocks[..50].iter().for_each(|&block| free_by_handle(block))).0, (0, 50 * small));
            // By message, some of which arrive only when there is no heap any more.
            let by_message = || blocks[50..80].iter().for_each(|&block| free(block, 100));
            assert_eq!(on_a_thread(|| counted(by_message).0), (0, 30 * small));
            assert_eq!(counted(|| blocks[80..90].iter().for_each(|&block| free(block, 100))).0, (0, 10 * small));
            counted(|| drop(heap)).0
        });
        assert_eq!(change, (0, 110 * small + large));
    }
}
