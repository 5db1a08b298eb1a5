//! One object at a time: allocated, then freed.

use crate::block::block;
use crate::catalog::{Plan, Work};
use crate::sizes::Sizes;
use std::hint::black_box;

/// Pairs of one allocation and one free.
pub fn prepare(plan: Plan) -> Work {
    let pairs = plan.scaled(40_000_000);
    let mut sizes = Sizes::fleet(1);
    Box::new(move || {
        for _ in 0..pairs {
            drop(black_box(block(sizes.next())));
        }
        pairs as u64
    })
}
