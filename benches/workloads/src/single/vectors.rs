//! Many vectors that grow side by side, so that each finds the others where it would grow.

use crate::catalog::{Plan, Work};
use std::hint::black_box;

const LENGTH: u32 = 10_000;

/// `count` vectors pushed in turn to 10,000 numbers each, and dropped.
pub fn pushed_in_turn(plan: Plan, count: usize) -> Work {
    let rounds = plan.scaled(8);
    Box::new(move || {
        for _ in 0..rounds {
            let mut vectors: Vec<Vec<u32>> = vec![Vec::new(); count];
            for number in 0..LENGTH {
                for vector in &mut vectors {
                    vector.push(number);
                }
            }
            black_box(&vectors);
        }
        (rounds * count) as u64 * u64::from(LENGTH)
    })
}
