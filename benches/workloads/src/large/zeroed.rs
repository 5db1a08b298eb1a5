//! Buffers that must be zero: wholly used, or hardly.

use crate::catalog::{Plan, Work};
use std::hint::black_box;

const TABLES: usize = 10_000;
const TABLE_BYTES: usize = 24 << 10;

/// Buffers of `bytes` one after the other, all of them written.
pub fn used(bytes: usize, count: usize) -> Work {
    Box::new(move || {
        for _ in 0..count {
            let mut words = vec![0u64; bytes / 8];
            black_box(&mut words).fill(1);
            black_box(&words);
        }
        count as u64
    })
}

/// 10,000 buffers of 24 KiB at once, each with one word written.
pub fn hardly_used(_: Plan) -> Work {
    Box::new(move || {
        let mut tables = vec![Vec::new(); TABLES];
        for table in &mut tables {
            *table = vec![0u64; TABLE_BYTES / 8];
            table[TABLE_BYTES / 16] = 1;
        }
        black_box(&tables);
        TABLES as u64
    })
}
