//! Thousands of short threads: each allocates a little, frees half of it and
//! returns the other half to the thread that started it.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::sizes::Sizes;
use std::thread;

const OBJECTS: usize = 200;

/// Threads started in waves of the plan's number.
pub fn prepare(plan: Plan) -> Work {
    waves(plan, plan.per_thread(12_000))
}

/// So many waves.
pub fn waves(plan: Plan, waves: usize) -> Work {
    let sizes = Sizes::objects(7);
    Box::new(move || {
        for _ in 0..waves {
            let wave: Vec<_> = (0..plan.threads)
                .map(|_| {
                    let mut sizes = sizes.clone();
                    thread::spawn(move || -> Vec<Block> {
                        let mut own: Vec<_> = (0..OBJECTS).map(|_| block(sizes.next())).collect();
                        own.split_off(OBJECTS / 2)
                    })
                })
                .collect();
            for short in wave {
                drop(short.join().expect("the thread does not panic"));
            }
        }
        (waves * plan.threads) as u64
    })
}
