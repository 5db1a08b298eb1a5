//! Buffers that are large objects to every allocator.

use crate::block::filled;
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crate::sizes::log_uniform;
use std::hint::black_box;

const MIB: usize = 1 << 20;
const LIVE: usize = 8;

/// Buffers of `bytes` allocated, filled and freed one after the other.
pub fn fixed(plan: Plan, bytes: usize) -> Work {
    let count = plan.scaled(16 << 30) / bytes;
    Box::new(move || {
        for _ in 0..count {
            drop(black_box(filled(bytes)));
        }
        count as u64
    })
}

/// Buffers of 1–5 MiB, some of them alive at a time.
pub fn mixed(plan: Plan) -> Work {
    let count = plan.scaled(2_000);
    let mut rng = Rng::new(4);
    let mut live = [const { None }; LIVE];
    Box::new(move || {
        for _ in 0..count {
            let bytes = MIB + rng.below(4 * MIB);
            live[rng.below(LIVE)] = Some(filled(bytes));
        }
        count as u64
    })
}

/// Zeroed buffers of 64 KiB–1 MiB of which a quarter is then written, as hash
/// tables and read buffers are.
pub fn zeroed(plan: Plan) -> Work {
    let count = plan.scaled(16_000);
    let mut rng = Rng::new(5);
    let mut live: [Vec<u8>; LIVE] = Default::default();
    Box::new(move || {
        for _ in 0..count {
            let mut buffer = vec![0; log_uniform(&mut rng, MIB / 16, MIB)];
            let used = buffer.len() / 4;
            buffer[..used].fill(1);
            live[rng.below(LIVE)] = buffer;
        }
        black_box(&live);
        count as u64
    })
}
