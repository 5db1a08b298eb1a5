//! Cache-scratch and cache-thrash (Berger et al., "Hoard", ASPLOS 2000): whether
//! the allocator puts objects of different threads on one cache line.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use std::hint::black_box;
use std::thread;

const OBJECT_BYTES: usize = 8;
const OBJECTS: usize = 40_000;
const WRITES: usize = 15_000;

/// Passive sharing: each thread first frees an object that the main thread
/// allocated next to the others', and may get its line again.
pub fn scratch(plan: Plan) -> Work {
    Box::new(move || {
        let inherited: Vec<Block> = (0..plan.threads).map(|_| block(OBJECT_BYTES)).collect();
        write_in_threads(plan, inherited.into_iter().map(Some))
    })
}

/// Active sharing: threads that allocate at the same time.
pub fn thrash(plan: Plan) -> Work {
    Box::new(move || write_in_threads(plan, (0..plan.threads).map(|_| None)))
}

fn write_in_threads(plan: Plan, inherited: impl Iterator<Item = Option<Block>>) -> u64 {
    let objects = plan.per_thread(OBJECTS);
    thread::scope(|scope| {
        for inherited in inherited {
            scope.spawn(move || {
                drop(inherited);
                for _ in 0..objects {
                    let mut object = block(OBJECT_BYTES);
                    for write in 0..WRITES {
                        black_box(&mut object)[0].write(write as u64);
                    }
                }
            });
        }
    });
    (objects * plan.threads) as u64
}
