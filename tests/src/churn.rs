//! Ordinary work of a program: memory comes and goes in all sizes.

use std::alloc::Layout;
use std::thread;

use crate::{Block, Random, MIB};

/// Blocks that come and go at random, within a budget of bytes.
#[derive(Debug)]
pub struct Churn {
    random: Random,
    slots: Vec<Option<Block>>,
    size_limit_bytes: usize,
    live_limit_bytes: usize,
    live_bytes: usize,
}

impl Churn {
    /// Makes room for `slots` blocks of up to `size_limit_bytes` each and `live_limit_bytes` together.
    #[must_use]
    pub fn new(random: Random, slots: usize, size_limit_bytes: usize, live_limit_bytes: usize) -> Self {
        let slots = (0..slots).map(|_| None).collect();
        Self { random, slots, size_limit_bytes, live_limit_bytes, live_bytes: 0 }
    }

    /// Does `operations` operations, none of which may be refused.
    pub fn run(&mut self, operations: usize) {
        for _ in 0..operations {
            assert!(self.step(), "memory was refused with {} bytes live", self.live_bytes);
        }
    }

    /// Allocates, resizes or frees one block, and returns whether memory was granted. Allocates nothing else.
    pub fn step(&mut self) -> bool {
        let slot = self.random.below(self.slots.len());
        let size_bytes = self.random.size(self.size_limit_bytes);
        let is_over = self.live_bytes + size_bytes > self.live_limit_bytes;
        match self.slots[slot].take() {
            Some(mut block) if self.random.below(3) == 0 && !is_over => {
                self.live_bytes -= block.size_bytes();
                let is_granted = block.resize(size_bytes);
                self.keep(slot, block);
                is_granted
            }
            Some(block) => {
                self.live_bytes -= block.size_bytes();
                true
            }
            None if is_over => true,
            None => {
                let layout = layout(&mut self.random, size_bytes);
                let mark = self.random.number() as u8;
                let is_zeroed = self.random.below(4) == 0;
                let block = if is_zeroed { Block::new_zeroed(layout, mark) } else { Block::new(layout, mark) };
                block.map(|block| self.keep(slot, block)).is_some()
            }
        }
    }

    /// Returns the bytes in live blocks.
    #[must_use]
    pub fn live_bytes(&self) -> usize {
        self.live_bytes
    }

    /// Gives all blocks away, say to another thread.
    pub fn take_all(&mut self) -> Vec<Block> {
        self.live_bytes = 0;
        self.slots.iter_mut().filter_map(Option::take).collect()
    }

    fn keep(&mut self, slot: usize, block: Block) {
        self.live_bytes += block.size_bytes();
        self.slots[slot] = Some(block);
    }
}

/// Four threads at work in up to 50 MiB each.
pub fn four_threads_work(random: &mut Random) {
    thread::scope(|scope| {
        for _ in 0..4 {
            let random = random.fork();
            scope.spawn(|| Churn::new(random, 10_000, 4 * MIB, 50 * MIB).run(60_000));
        }
    });
}

/// Returns a layout of this size whose alignment is mostly small.
fn layout(random: &mut Random, size_bytes: usize) -> Layout {
    let align_log2 = if random.below(16) == 0 { random.below(14) } else { random.below(5) };
    Layout::from_size_align(size_bytes, 1 << align_log2).expect("a small alignment")
}
