//! Many small objects of which few stay, spread over all the memory that the others had.

use crate::block::{Block, filled};
use crate::catalog::{Plan, Work};
use crate::pool::run_and_sleep;
use crate::rng::Rng;
use crate::sizes::Sizes;
use std::mem::forget;

const MIXED_BYTES: usize = 256 << 20;
/// What stays of mixed sizes, freed at random: 5 %.
const SHARE: usize = 20;
const EQUAL_OBJECTS: usize = 2_000_000;
const EQUAL_BYTES: usize = 128;
const EQUAL_STEP: usize = 256;

/// What [`random`] leaves alive.
pub const RANDOM_LIVE_BYTES: usize = MIXED_BYTES / SHARE;
/// What [`sparse`] leaves alive.
pub const SPARSE_LIVE_BYTES: usize = EQUAL_OBJECTS / EQUAL_STEP * EQUAL_BYTES;

/// 256 MiB of mixed sizes, of which 95 % are freed at random.
pub fn random(plan: Plan) -> Work {
    Box::new(move || {
        run_and_sleep(plan.threads, move |thread| {
            let held = mixed(Sizes::objects(thread as u64), MIXED_BYTES / plan.threads);
            let objects = held.len() as u64;
            thin_out(thread as u64, held);
            objects
        })
    })
}

/// 2,000,000 objects of 128 bytes, of which all but each 256th are freed.
pub fn sparse(plan: Plan) -> Work {
    Box::new(move || {
        run_and_sleep(plan.threads, move |_| {
            let objects = EQUAL_OBJECTS / plan.threads;
            let held: Vec<Block> = (0..objects).map(|_| filled(EQUAL_BYTES)).collect();
            for (number, object) in held.into_iter().enumerate() {
                if number % EQUAL_STEP == 0 {
                    forget(object);
                }
            }
            objects as u64
        })
    })
}

/// So many bytes of these sizes.
pub fn mixed(mut sizes: Sizes, bytes: usize) -> Vec<Block> {
    let mut held = Vec::new();
    let mut held_bytes = 0;
    while held_bytes < bytes {
        held.push(filled(sizes.next()));
        held_bytes += held.last().map_or(0, |object| size_of_val(&**object));
    }
    held
}

/// Frees 95 % of the bytes in random order; the rest stays for ever.
pub fn thin_out(seed: u64, held: Vec<Block>) {
    let mut live_bytes: usize = held.iter().map(|object| size_of_val(&**object)).sum();
    let kept_bytes = live_bytes / SHARE;
    let mut held: Vec<_> = held.into_iter().map(Some).collect();
    for index in Rng::new(seed).permutation(held.len()) {
        let Some(object) = held[index as usize].take() else { continue };
        if live_bytes > kept_bytes {
            live_bytes -= size_of_val(&*object);
        } else {
            forget(object);
        }
    }
}
