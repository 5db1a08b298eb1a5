//! Half the threads allocate objects of one size, in arrays that are large objects themselves, and the other half free
//! array after array: C's form of the "xmalloc" test (see `producers`). The queue is long, so that thousands of objects
//! are on their way, and its lock is all that the threads share.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};
use std::thread;

const OBJECT_BYTES: usize = 64;
const ARRAY: usize = 4_100; // of pointers: just beyond 32 KiB
const ARRAYS_WAITING: usize = 64;

/// Producers and consumers in equal number round one queue.
pub fn prepare(plan: Plan) -> Work {
    let producers = plan.threads / 2;
    let arrays = (plan.scaled(20_000_000) / ARRAY / producers).max(1);
    Box::new(move || {
        let queue = Queue::default();
        thread::scope(|scope| {
            for _ in 0..producers {
                scope.spawn(|| (0..arrays).for_each(|_| queue.put((0..ARRAY).map(|_| block(OBJECT_BYTES)).collect())));
                scope.spawn(|| (0..arrays).for_each(|_| drop(queue.take())));
            }
        });
        (producers * arrays * ARRAY) as u64
    })
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<Vec<Block>>>,
    has_some: Condvar,
    has_room: Condvar,
}

impl Queue {
    fn put(&self, array: Vec<Block>) {
        let waiting = self.waiting.lock().expect("no thread panicked");
        let mut waiting =
            self.has_room.wait_while(waiting, |waiting| waiting.len() == ARRAYS_WAITING).expect("no thread panicked");
        waiting.push_back(array);
        self.has_some.notify_one();
    }

    fn take(&self) -> Vec<Block> {
        let waiting = self.waiting.lock().expect("no thread panicked");
        let mut waiting = self.has_some.wait_while(waiting, |waiting| waiting.is_empty()).expect("no thread panicked");
        self.has_room.notify_one();
        waiting.pop_front().expect("there is one")
    }
}
