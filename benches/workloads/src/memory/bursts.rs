//! Two bursts of large buffers, and then nothing, or little.

use crate::block::{Block, block, filled};
use crate::catalog::{Plan, Work};
use crate::pool::run_and_sleep;
use crate::sizes::Sizes;
use std::hint::black_box;
use std::thread::sleep;
use std::time::{Duration, Instant};

const BURSTS: usize = 2;
const OBJECT_BYTES: usize = 100_000;
const TRAFFIC: Duration = Duration::from_secs(12);
const TRAFFIC_A_SECOND: u64 = 16_000;

/// Two bursts of `bytes`, split between the threads.
pub fn sleeping(plan: Plan, bytes: usize) -> Work {
    Box::new(move || run_and_sleep(plan.threads, move |_| bursts(bytes / plan.threads)))
}

/// The same, and then ordinary traffic, which the caches of threads serve.
pub fn busy(plan: Plan, bytes: usize) -> Work {
    Box::new(move || {
        run_and_sleep(plan.threads, move |thread| {
            let objects = bursts(bytes / plan.threads);
            objects + traffic(thread as u64, TRAFFIC_A_SECOND / plan.threads as u64)
        })
    })
}

fn bursts(bytes: usize) -> u64 {
    let objects = bytes / OBJECT_BYTES;
    for _ in 0..BURSTS {
        let held: Vec<Block> = (0..objects).map(|_| filled(OBJECT_BYTES)).collect();
        black_box(&held);
    }
    (BURSTS * objects) as u64
}

/// Pairs of allocation and free, each millisecond those that are due.
fn traffic(seed: u64, pairs_a_second: u64) -> u64 {
    let mut sizes = Sizes::objects(seed);
    let start = Instant::now();
    let mut pairs = 0;
    while start.elapsed() < TRAFFIC {
        let due = pairs_a_second * start.elapsed().as_millis() as u64 / 1_000;
        for _ in pairs..due {
            drop(black_box(block(sizes.next())));
        }
        pairs = due;
        sleep(Duration::from_millis(1));
    }
    pairs
}
