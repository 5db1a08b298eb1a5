//! A work-stealing merge sort of strings: built, sorted and dropped in parallel,
//! with a fresh vector at every merge.

use super::words::word;
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use rayon::prelude::*;
use std::hint::black_box;

const LEAF: usize = 1_000;

/// Sorts on a pool of the plan's threads.
pub fn prepare(plan: Plan) -> Work {
    let strings = plan.scaled(1_000_000);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(plan.threads).build().expect("threads can be started");
    Box::new(move || {
        pool.install(|| {
            let unsorted: Vec<String> =
                (0..strings as u64).into_par_iter().map(|seed| word(&mut Rng::new(seed))).collect();
            let sorted = black_box(merge_sort(unsorted));
            sorted.into_par_iter().for_each(drop);
        });
        strings as u64
    })
}

fn merge_sort(mut items: Vec<String>) -> Vec<String> {
    if items.len() <= LEAF {
        items.sort();
        return items;
    }
    let upper = items.split_off(items.len() / 2);
    let (lower, upper) = rayon::join(|| merge_sort(items), || merge_sort(upper));
    merge(lower, upper)
}

fn merge(lower: Vec<String>, upper: Vec<String>) -> Vec<String> {
    let mut merged = Vec::with_capacity(lower.len() + upper.len());
    let mut lower = lower.into_iter().peekable();
    let mut upper = upper.into_iter().peekable();
    while let (Some(low), Some(high)) = (lower.peek(), upper.peek()) {
        merged.extend(if low <= high { lower.next() } else { upper.next() });
    }
    merged.extend(lower);
    merged.extend(upper);
    merged
}
