//! Whatever safe code does with the safe functions, all at once, nothing breaks: all of this program is safe code.
#![forbid(unsafe_code)]

use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::Layout;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc::{channel, sync_channel};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{mem, thread};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const TIME: Duration = Duration::from_secs(1);

fn fill(heap: &Heap, count: usize) {
    for number in 0..count {
        let size = [1, 40, 1000, 30_000, 100_000][number % 5];
        assert!(heap.alloc_aligned(Layout::from_size_align(size, 8).unwrap()).is_some());
    }
}

/// Heaps go from thread to thread, are dropped and forgotten, by panics, too, while others trim and look at the figures.
#[test]
fn all_at_once() {
    let start = Instant::now();
    let (give, take) = sync_channel(4);
    let take = Mutex::new(take);
    thread::scope(|scope| {
        for _ in 0..2 {
            let give = give.clone();
            scope.spawn(move || {
                while start.elapsed() < TIME {
                    let heap = Heap::new().unwrap();
                    fill(&heap, 200);
                    give.send(heap).unwrap();
                }
            });
            scope.spawn(|| loop {
                let taken = take.lock().unwrap().recv();
                let Ok(heap) = taken else { break };
                let panics = catch_unwind(AssertUnwindSafe(move || {
                    fill(&heap, 200);
                    assert!(Vec::<u8>::with_capacity(100).try_reserve(usize::MAX).is_ok());
                }));
                panics.unwrap_err();
            });
        }
        drop(give);
        scope.spawn(|| {
            while start.elapsed() < TIME {
                SnMalloc.trim();
                let stats = SnMalloc.stats();
                assert!(stats.held_bytes <= stats.peak_bytes && stats.to_string().contains("held"));
                assert!(SnMalloc.memory_stats().peak_memory_usage > 0);
                thread::spawn(|| drop(vec![1_u8; 1000])).join().unwrap();
            }
        });
    });
    let forgotten = Heap::new().unwrap();
    fill(&forgotten, 100);
    mem::forget(forgotten);
}

/// What the destructors of thread-locals do, before and after the thread's own heap is gone, in any order.
#[test]
fn in_destructors_of_thread_locals() {
    struct AtEnd(Heap);
    impl Drop for AtEnd {
        fn drop(&mut self) {
            fill(&self.0, 100);
            let other = Heap::new().unwrap();
            fill(&other, 100);
            SnMalloc.trim();
            assert!(SnMalloc.stats().live_bytes > 0);
            drop(mem::replace(&mut self.0, other));
            let (sent, received) = channel();
            sent.send(Heap::new().unwrap()).unwrap();
            fill(&received.recv().unwrap(), 10);
        }
    }
    thread_local!(static FIRST: RefCell<Option<AtEnd>> = const { RefCell::new(None) });
    thread_local!(static SECOND: RefCell<Option<AtEnd>> = const { RefCell::new(None) });
    for _ in 0..20 {
        thread::spawn(|| {
            FIRST.with(|first| *first.borrow_mut() = Heap::new().map(AtEnd));
            drop(vec![1_u8; 100]);
            SECOND.with(|second| *second.borrow_mut() = Heap::new().map(AtEnd));
        })
        .join()
        .unwrap();
    }
}
