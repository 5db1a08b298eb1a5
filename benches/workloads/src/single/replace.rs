//! A live set of constant count in which random objects are replaced by others.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::Sizes;

/// Replacements in a set of `live` objects.
pub fn prepare(plan: Plan, live: usize) -> Work {
    let replacements = plan.scaled(if live > 10_000 { 10_000_000 } else { 40_000_000 });
    let mut sizes = Sizes::fleet(3);
    let mut rng = Rng::new(3);
    let mut set: Vec<Block> = (0..live).map(|_| block(sizes.next())).collect();
    Box::new(move || {
        for _ in 0..replacements {
            let index = rng.below(live);
            set[index] = block(sizes.next());
        }
        std::mem::forget(set);
        replacements as u64
    })
}

/// Replacements of objects whose sizes are drawn in the loop, so that no two rounds ask for the same sequence.
pub fn fresh(plan: Plan, live: usize) -> Work {
    const LEAST: usize = 16;
    const MOST: usize = 1_024;
    let replacements = plan.scaled(40_000_000);
    let mut rng = Rng::new(11);
    let mut set: Vec<Block> = (0..live).map(|_| block(MOST)).collect();
    Box::new(move || {
        for _ in 0..replacements {
            let bytes = LEAST + rng.below(MOST - LEAST + 1);
            set[rng.below(live)] = block(bytes);
        }
        std::mem::forget(set);
        replacements as u64
    })
}
