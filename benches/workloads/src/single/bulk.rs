//! Phases: many objects allocated one after the other, then all of them freed.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::Sizes;

const OBJECTS: usize = 40_000_000;
const OBJECTS_BEYOND_CACHE: usize = 5_000_000;

/// Freed in the order of allocation.
pub fn in_order(plan: Plan, count: usize) -> Work {
    phases(plan, (0..count as u32).collect())
}

/// Freed last to first.
pub fn reversed(plan: Plan, count: usize) -> Work {
    phases(plan, (0..count as u32).rev().collect())
}

/// Freed in random order.
pub fn random(plan: Plan, count: usize) -> Work {
    phases(plan, Rng::new(2).permutation(count))
}

fn phases(plan: Plan, free_order: Vec<u32>) -> Work {
    let count = free_order.len();
    let objects = if count > 100_000 { OBJECTS_BEYOND_CACHE } else { OBJECTS };
    let rounds = plan.scaled(objects).div_ceil(count);
    let mut sizes = Sizes::objects(2);
    let mut slots: Vec<Option<Block>> = Vec::new();
    slots.resize_with(count, || None);
    Box::new(move || {
        for _ in 0..rounds {
            for slot in &mut slots {
                *slot = Some(block(sizes.next()));
            }
            for &index in &free_order {
                slots[index as usize] = None;
            }
        }
        (rounds * count) as u64
    })
}
