//! The object that the synthetic workloads allocate.

use std::mem::MaybeUninit;

/// An object of some words, word-aligned like most Rust values.
pub type Block = Box<[MaybeUninit<u64>]>;

/// Allocates `bytes` (at least 8) and writes the first and the last word, the
/// least that a constructor does.
#[inline]
pub fn block(bytes: usize) -> Block {
    let mut block = Box::new_uninit_slice(bytes / 8);
    let last = block.len() - 1;
    block[0].write(bytes as u64);
    block[last].write(!0);
    block
}

/// Allocates `bytes` and writes them all.
pub fn filled(bytes: usize) -> Block {
    let mut block = Box::new_uninit_slice(bytes / 8);
    block.fill(MaybeUninit::new(bytes as u64));
    block
}
