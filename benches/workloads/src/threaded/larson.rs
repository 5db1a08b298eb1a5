//! Larson and Krishnan, "Memory Allocation for Long-Running Server
//! Applications" (ISMM 1998): each thread replaces random objects of its own
//! set, then leaves the set to a new thread, which frees what it did not
//! allocate. Sizes of 8–1,000 bytes, as there.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::Sizes;
use std::thread;

const SET: usize = 1_000;
const GENERATIONS: usize = 20;

/// A chain of short-lived threads on each of the plan's threads.
pub fn prepare(plan: Plan) -> Work {
    let replacements = plan.per_thread(50_000_000) / GENERATIONS;
    Box::new(move || {
        thread::scope(|scope| {
            for seed in 0..plan.threads {
                scope.spawn(move || chain(seed as u64, replacements));
            }
        });
        (replacements * GENERATIONS * plan.threads) as u64
    })
}

fn chain(seed: u64, replacements: usize) {
    let mut sizes = Sizes::uniform(seed, 8, 1_000);
    let mut set: Vec<Block> = (0..SET).map(|_| block(sizes.next())).collect();
    for generation in 0..GENERATIONS {
        let mut sizes = sizes.clone();
        let mut rng = Rng::new(seed << 32 | generation as u64);
        let successor = thread::spawn(move || {
            for _ in 0..replacements {
                set[rng.below(SET)] = block(sizes.next());
            }
            set
        });
        set = successor.join().expect("the successor does not panic");
    }
}
