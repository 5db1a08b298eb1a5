//! Half the threads allocate, the other half free (as in "xmalloc", Lever and
//! Boreham, "malloc() Performance in a Multithreaded Linux Environment", 2000):
//! every object is freed by another thread.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::sizes::Sizes;
use crossbeam_channel::bounded;
use std::thread;

const BATCH: usize = 512;
const BATCHES_WAITING: usize = 32;

/// Producers and consumers in equal number round one queue.
pub fn prepare(plan: Plan) -> Work {
    let producers = plan.threads / 2;
    let batches = plan.scaled(20_000_000) / BATCH / producers;
    Box::new(move || {
        let (sender, receiver) = bounded::<Vec<Block>>(BATCHES_WAITING);
        thread::scope(|scope| {
            for seed in 0..producers {
                let sender = sender.clone();
                let mut sizes = Sizes::objects(seed as u64);
                scope.spawn(move || {
                    for _ in 0..batches {
                        let batch = (0..BATCH).map(|_| block(sizes.next())).collect();
                        sender.send(batch).expect("the consumers outlive the producers");
                    }
                });
                let receiver = receiver.clone();
                scope.spawn(move || receiver.iter().for_each(drop));
            }
            drop(sender);
        });
        (producers * batches * BATCH) as u64
    })
}
