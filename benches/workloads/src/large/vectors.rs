//! Vectors that grow: pushed, or by small steps of exactly so many bytes.

use crate::block::block;
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::log_uniform;
use std::hint::black_box;

const KIB: usize = 1 << 10;
const PUSHED_BYTES: usize = 2 << 30;
const STEP_BYTES: usize = 256 * KIB;
const OTHERS: usize = 8;

/// A vector pushed to `bytes` and dropped, again and again.
pub fn pushed(plan: Plan, bytes: usize) -> Work {
    push(plan, bytes, || ())
}

/// The same while other buffers come and go.
pub fn pushed_among_others(plan: Plan, bytes: usize) -> Work {
    let mut rng = Rng::new(9);
    let mut others = [const { None }; OTHERS];
    push(plan, bytes, move || {
        let other = block(log_uniform(&mut rng, 16 * KIB, 512 * KIB));
        others[rng.below(OTHERS)] = Some(other);
    })
}

fn push(plan: Plan, bytes: usize, mut between: impl FnMut() + 'static) -> Work {
    let rounds = plan.scaled(PUSHED_BYTES) / bytes;
    Box::new(move || {
        for _ in 0..rounds {
            let mut words: Vec<u64> = Vec::new();
            for _ in 0..bytes / STEP_BYTES {
                for word in 0..STEP_BYTES / 8 {
                    words.push(word as u64);
                }
                between();
            }
            black_box(&words);
        }
        (rounds * bytes / 8) as u64
    })
}

/// `count` vectors that grow in turn to `bytes` each, by exactly `step` at a time.
pub fn grown(plan: Plan, count: usize, step: usize, bytes: usize) -> Work {
    let steps = plan.scaled(bytes) / step;
    Box::new(move || {
        let mut vectors = vec![Vec::new(); count];
        for _ in 0..steps {
            for vector in &mut vectors {
                vector.reserve_exact(step);
                vector.resize(vector.len() + step, 1u8);
            }
        }
        black_box(&vectors);
        (steps * count) as u64
    })
}
