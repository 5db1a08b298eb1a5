//! Large buffers of which the program touches little, or that come in bursts.

use crate::block::{Block, block, filled};
use crate::catalog::{Plan, Work};
use crate::pool;
use crate::rng::Rng;
use std::hint::black_box;

const KIB: usize = 1 << 10;
const LIVE: usize = 50;
const BURST_BYTES: usize = 2 << 30;

/// `at_once` objects of `bytes` allocated and then freed, `objects` in all, on each thread its share.
pub fn at_once(plan: Plan, bytes: usize, at_once: usize, objects: usize) -> Work {
    let rounds = plan.per_thread(objects) / at_once;
    Box::new(move || {
        pool::run(plan.threads, |_| {
            let mut held: Vec<Block> = Vec::with_capacity(at_once);
            for _ in 0..rounds {
                held.extend((0..at_once).map(|_| block(bytes)));
                black_box(&mut held).clear();
            }
            (rounds * at_once) as u64
        })
    })
}

/// A set of 50 objects of 128 KiB to 1 MiB in which random ones are replaced.
pub fn replace(plan: Plan) -> Work {
    let replacements = plan.scaled(1_000_000);
    let mut rng = Rng::new(8);
    let mut set = [const { None }; LIVE];
    Box::new(move || {
        for _ in 0..replacements {
            set[rng.below(LIVE)] = Some(block(128 * KIB + rng.below(896 * KIB)));
        }
        black_box(&set);
        replacements as u64
    })
}

/// 2 GiB in objects of 64 KiB, written and freed, again and again.
pub fn bursts(plan: Plan) -> Work {
    let rounds = plan.scaled(8);
    let objects = BURST_BYTES / (64 * KIB);
    Box::new(move || {
        for _ in 0..rounds {
            let held: Vec<Block> = (0..objects).map(|_| filled(64 * KIB)).collect();
            black_box(&held);
        }
        (rounds * objects) as u64
    })
}
