//! A gigabyte at once: grown in one vector, or as a burst of small objects.

use crate::block::{Block, filled};
use crate::catalog::{Plan, Work};
use crate::sizes::Sizes;
use std::hint::black_box;

const GIB: usize = 1 << 30;

/// One `Vec` pushed to 1 GiB, at every scale.
pub fn vec(_: Plan) -> Work {
    Box::new(|| {
        let mut words: Vec<u64> = Vec::new();
        for word in 0..GIB / 8 {
            words.push(word as u64);
        }
        black_box(&words);
        words.len() as u64
    })
}

/// 1 GiB of small objects, written and freed, at every scale: what is resident
/// a second later is the allocator's keeping.
pub fn burst(_: Plan) -> Work {
    let mut sizes = Sizes::objects(6);
    Box::new(move || {
        let mut held: Vec<Block> = Vec::new();
        let mut bytes = 0;
        while bytes < GIB {
            let next = filled(sizes.next());
            bytes += size_of_val(&*next);
            held.push(next);
        }
        held.len() as u64
    })
}
