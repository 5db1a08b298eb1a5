//! Threads that keep some objects, free some at random and hand others over
//! through shared places, round after round of new threads: what mimalloc's
//! authors describe as "mstress" (Leijen et al., "Mimalloc", 2019).

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::Sizes;
use std::mem::swap;
use std::sync::Mutex;
use std::thread;

const ROUNDS: usize = 10;
const PLACES: usize = 1_000;

/// Rounds of threads that hand objects over to each other.
pub fn prepare(plan: Plan) -> Work {
    let objects = plan.per_thread(6_000_000) / ROUNDS;
    Box::new(move || {
        let places: Vec<Mutex<Option<Block>>> = (0..PLACES).map(|_| Mutex::new(None)).collect();
        for round in 0..ROUNDS {
            thread::scope(|scope| {
                for thread in 0..plan.threads {
                    let seed = (round * plan.threads + thread) as u64;
                    let places = &places;
                    scope.spawn(move || mutate(seed, objects, places));
                }
            });
            // Half of what the round left lies on for the next.
            for place in places.iter().step_by(2) {
                *place.lock().expect("no thread panicked") = None;
            }
        }
        (objects * ROUNDS * plan.threads) as u64
    })
}

fn mutate(seed: u64, objects: usize, places: &[Mutex<Option<Block>>]) {
    let mut rng = Rng::new(seed);
    let mut sizes = Sizes::fleet(seed);
    let mut kept = Vec::new();
    let mut passing: Vec<Option<Block>> = Vec::new();
    for _ in 0..objects {
        let object = block(sizes.next());
        match rng.below(10) {
            0 => kept.push(object),
            _ => passing.push(Some(object)),
        }
        if rng.below(3) < 2 && !passing.is_empty() {
            let index = rng.below(passing.len());
            passing.swap_remove(index);
        }
        if rng.below(4) == 0 && !passing.is_empty() {
            let index = rng.below(passing.len());
            let mut place = places[rng.below(PLACES)].lock().expect("no thread panicked");
            swap(&mut *place, &mut passing[index]);
        }
    }
}
