//! Objects freed by threads that do not own them, and in no order: those of many owners mixed, those of two producers,
//! and those of the threads before.

use crate::block::{Block, block};
use crate::catalog::{Plan, Work};
use crate::pool::sleep_for_ever;
use crate::rng::Rng;
use crate::sizes::Sizes;
use crossbeam_channel::bounded;
use std::sync::mpsc::channel;
use std::thread;

const OBJECTS: usize = 4_000_000;
const BATCH: usize = 512;
const BATCHES_WAITING: usize = 16;
const BATCHES_MIXED: usize = 8;
const WAVE_OBJECTS: usize = 1_000;

/// The plan's threads allocate, untimed, and sleep; the first thread frees.
pub fn asleep(plan: Plan) -> Work {
    free_all(plan, true)
}

/// The plan's threads allocate, untimed, and end; the first thread frees.
pub fn ended(plan: Plan) -> Work {
    free_all(plan, false)
}

fn free_all(plan: Plan, sleep: bool) -> Work {
    let each = plan.per_thread(OBJECTS);
    let (sender, receiver) = channel();
    let owners: Vec<_> = (0..plan.threads)
        .map(|seed| {
            let sender = sender.clone();
            let mut sizes = Sizes::objects(seed as u64);
            thread::spawn(move || {
                let own: Vec<Block> = (0..each).map(|_| block(sizes.next())).collect();
                sender.send(own).expect("the receiver waits for all");
                if sleep {
                    sleep_for_ever();
                }
            })
        })
        .collect();
    let mut objects: Vec<Block> = receiver.iter().take(plan.threads).flatten().collect();
    if !sleep {
        owners.into_iter().for_each(|owner| owner.join().expect("the owner does not panic"));
    }
    shuffle(&mut Rng::new(10), &mut objects);
    Box::new(move || {
        let count = objects.len();
        drop(objects);
        count as u64
    })
}

/// Half the threads produce, the other half free: each some batches at once, of all producers, in no order.
pub fn mixed_producers(plan: Plan) -> Work {
    let pairs = plan.threads / 2;
    let batches = plan.scaled(10_000_000) / BATCH / pairs;
    Box::new(move || {
        let (sender, receiver) = bounded::<Vec<Block>>(BATCHES_WAITING);
        thread::scope(|scope| {
            for seed in 0..pairs as u64 {
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut sizes = Sizes::objects(seed);
                    for _ in 0..batches {
                        let batch = (0..BATCH).map(|_| block(sizes.next())).collect();
                        sender.send(batch).expect("the consumers outlive the producers");
                    }
                });
                let receiver = receiver.clone();
                scope.spawn(move || {
                    let mut rng = Rng::new(seed);
                    loop {
                        let mut objects: Vec<Block> = receiver.iter().take(BATCHES_MIXED).flatten().collect();
                        if objects.is_empty() {
                            break;
                        }
                        shuffle(&mut rng, &mut objects);
                    }
                });
            }
            drop(sender);
        });
        (pairs * batches * BATCH) as u64
    })
}

/// Waves of the plan's threads: each thread frees, in no order, what one of the wave before left, and leaves as much.
pub fn waves(plan: Plan) -> Work {
    let waves = plan.per_thread(8_000);
    Box::new(move || {
        let mut left: Vec<Vec<Block>> = vec![Vec::new(); plan.threads];
        for wave in 0..waves as u64 {
            let threads: Vec<_> = left
                .into_iter()
                .zip(wave..)
                .map(|(mut inherited, seed)| {
                    thread::spawn(move || -> Vec<Block> {
                        let mut sizes = Sizes::objects(seed);
                        shuffle(&mut Rng::new(seed), &mut inherited);
                        let own = (0..WAVE_OBJECTS).map(|_| block(sizes.next())).collect();
                        drop(inherited);
                        own
                    })
                })
                .collect();
            left = threads.into_iter().map(|thread| thread.join().expect("the thread does not panic")).collect();
            left.rotate_left(1);
        }
        (waves * plan.threads * WAVE_OBJECTS) as u64
    })
}

fn shuffle(rng: &mut Rng, objects: &mut [Block]) {
    for last in (1..objects.len()).rev() {
        objects.swap(last, rng.below(last + 1));
    }
}
