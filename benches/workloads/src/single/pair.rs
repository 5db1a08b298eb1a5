//! One object at a time, allocated and freed beside a live set that stays.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::sizes::Sizes;
use std::hint::black_box;

const LIVE: usize = 1_000;

/// Pairs of one allocation and one free.
pub fn prepare(plan: Plan) -> Work {
    let pairs = plan.scaled(40_000_000);
    let mut sizes = Sizes::fleet(1);
    let live: Vec<Block> = (0..LIVE).map(|_| block(sizes.next())).collect();
    Box::new(move || {
        for _ in 0..pairs {
            drop(black_box(block(sizes.next())));
        }
        std::mem::forget(live);
        pairs as u64
    })
}
