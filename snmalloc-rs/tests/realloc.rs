//! `realloc` keeps the contents, whatever sizes and alignments it moves between.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};

/// A block with a pattern that differs from address to address and from block to block.
struct Block {
    ptr: *mut u8,
    layout: Layout,
    seed: usize,
}

impl Block {
    fn new(size: usize, align: usize, seed: usize) -> Self {
        let layout = Layout::from_size_align(size, align).unwrap();
        let ptr = SnMalloc.alloc_aligned(layout).unwrap_or_else(|| panic!("no memory for {layout:?}")).as_ptr();
        let block = Self { ptr, layout, seed };
        block.fill_from(0);
        block
    }

    fn resize(&mut self, new_size: usize) {
        let kept = self.layout.size().min(new_size);
        // SAFETY: the block was allocated with `layout`; the new size is not zero.
        let ptr = unsafe { SnMalloc.realloc(self.ptr, self.layout, new_size) };
        assert!(!ptr.is_null(), "{:?} to {new_size}", self.layout);
        assert_eq!(ptr as usize % self.layout.align(), 0, "{:?} to {new_size}", self.layout);
        let old = self.layout;
        self.layout = Layout::from_size_align(new_size, old.align()).unwrap();
        self.ptr = ptr;
        assert!(self.holds_pattern(kept), "{old:?} to {new_size} lost its contents");
        self.fill_from(kept);
    }

    fn pattern(&self, at: usize) -> u8 {
        (at.wrapping_mul(31).wrapping_add(at >> 8).wrapping_add(self.seed)) as u8
    }

    fn fill_from(&self, start: usize) {
        // SAFETY: every offset lies in the block.
        (start..self.layout.size()).for_each(|at| unsafe { self.ptr.add(at).write(self.pattern(at)) });
    }

    fn holds_pattern(&self, size: usize) -> bool {
        // SAFETY: every offset lies in the block, and was written.
        (0..size).all(|at| unsafe { self.ptr.add(at).read() } == self.pattern(at))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block was last given `layout`, and is not used again.
        unsafe { SnMalloc.dealloc(self.ptr, self.layout) }
    }
}

/// The last byte of a power of two, the power, and the next byte; and three between: every size class has some.
fn sizes_to(max_log2: u32) -> Vec<usize> {
    let sizes = (0..=max_log2).flat_map(|log2| {
        let power = 1_usize << log2;
        [power - 1, power, power + 1, power + power / 4, power + power / 2, power + power / 4 * 3]
    });
    sizes.filter(|&size| size > 0).collect()
}

#[test]
fn growing_and_shrinking_step_by_step_keeps_the_contents() {
    for align in [1, 16, 64, 4096, 1 << 16, 1 << 21] {
        let mut block = Block::new(1, align, align);
        let sizes = sizes_to(17);
        sizes.iter().chain(sizes.iter().rev()).for_each(|&size| block.resize(size));
    }
}

#[test]
fn from_every_size_to_every_other() {
    let sizes = sizes_to(13);
    // A neighbour on each side notices a write past its end.
    for &from in &sizes {
        for &to in sizes.iter().step_by(5) {
            let before = Block::new(from, 8, 1);
            let mut block = Block::new(from, 8, 2);
            let after = Block::new(from, 8, 3);
            block.resize(to);
            assert!(before.holds_pattern(from) && after.holds_pattern(from), "{from} to {to} wrote past its end");
        }
    }
}

#[test]
fn large_blocks_keep_their_contents() {
    let mut block = Block::new(1 << 20, 8, 5);
    let other = Block::new(1 << 20, 8, 6);
    for size in [3 << 20, (9 << 20) + 1, 20 << 20, 5 << 20, 100_000, 2 << 20, 17] {
        block.resize(size);
    }
    assert!(other.holds_pattern(1 << 20));
}
