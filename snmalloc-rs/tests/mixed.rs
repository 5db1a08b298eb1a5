//! Memory goes between Rust and C, small blocks side by side: each is full, and no change of size reaches another.
//! SN_SEED and SN_ACTIONS: other actions, or more.
#![cfg(feature = "libc-api")]

use snmalloc_rs::libc_api::{sn_aligned_alloc, sn_free, sn_malloc, sn_realloc};
use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

const MOST_BLOCKS: usize = 300;

/// What Rust may say of a block's alignment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// What it was allocated with.
    One(usize),
    /// C made it: up to 16.
    Any,
    /// C resized what Rust made. With `check` nobody may say anything.
    Forgotten,
}

struct Block {
    start: *mut u8,
    size: usize,
    said: Said,
    mark: u8,
}

impl Block {
    fn fill(&mut self, mark: u8) {
        self.mark = mark;
        // SAFETY: it has so many bytes.
        unsafe { self.start.write_bytes(mark, self.size) };
    }

    fn check(&self, kept: usize) {
        // SAFETY: as above, all initialised.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.size.min(kept)) };
        assert!(bytes.iter().all(|&byte| byte == self.mark), "{:p}, {} bytes: changed", self.start, self.size);
    }

    fn layout(&self, random: &mut Random) -> Option<Layout> {
        let align = match self.said {
            Said::One(align) => align,
            Said::Any => 1 << random.below(5),
            Said::Forgotten => return None,
        };
        Some(Layout::from_size_align(self.size, align).unwrap())
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn size(&mut self) -> usize {
        let most = if self.below(16) == 0 { 40_000 } else { 80 };
        1 + self.below(most)
    }
}

fn make(random: &mut Random, heap: &Heap) -> Block {
    let layout = Layout::from_size_align(random.size(), 1 << random.below(7)).unwrap();
    let (size, align) = (layout.size(), layout.align());
    let of_c = if align <= 16 { Said::Any } else { Said::One(align) };
    // SAFETY: the size is not 0.
    let (start, said) = unsafe {
        match random.below(4) {
            0 => (sn_malloc(size).cast(), Said::Any),
            1 => (sn_aligned_alloc(align, size).cast(), of_c),
            2 => (heap.alloc(layout), Said::One(align)),
            _ => (SnMalloc.alloc(layout), Said::One(align)),
        }
    };
    let needed = if let Said::One(align) = said { align } else { 16 };
    assert!(!start.is_null() && start as usize % needed == 0);
    Block { start, size, said, mark: 0 }
}

fn resize(random: &mut Random, block: &mut Block, heap: &Heap) {
    let size = random.size();
    let layout = block.layout(random);
    // SAFETY: the layout is the block's, and the new size is not 0.
    unsafe {
        match (random.below(4), layout) {
            (1, Some(layout)) => {
                let start = NonNull::new(block.start).unwrap();
                let usable = if size >= block.size {
                    SnMalloc.try_grow_in_place(start, layout, size)
                } else {
                    SnMalloc.try_shrink_in_place(start, layout, size)
                };
                if let Some(usable) = usable {
                    assert!(usable >= size);
                    block.size = size;
                }
                return;
            }
            (2, Some(layout)) => {
                block.start = heap.realloc(block.start, layout, size);
                block.said = Said::One(layout.align());
            }
            (3, Some(layout)) => {
                block.start = SnMalloc.realloc(block.start, layout, size);
                block.said = Said::One(layout.align());
            }
            _ => {
                block.start = sn_realloc(block.start.cast(), size).cast();
                let is_known = block.said == Said::Any || !cfg!(feature = "check");
                block.said = if is_known { Said::Any } else { Said::Forgotten };
            }
        }
    }
    block.size = size;
    let needed = if let Said::One(align) = block.said { align } else { 16 };
    assert!(!block.start.is_null() && block.start as usize % needed == 0);
}

fn free(random: &mut Random, block: &Block, heap: &Heap) {
    let layout = block.layout(random);
    // SAFETY: the layout is the block's, which is not used again.
    unsafe {
        match (random.below(3), layout) {
            (0, Some(layout)) => heap.dealloc(block.start, layout),
            (1, Some(layout)) => SnMalloc.dealloc(block.start, layout),
            _ => sn_free(block.start.cast()),
        }
    }
}

#[test]
fn rust_and_c_share_blocks() {
    let setting = |name, otherwise| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let mut random = Random(setting("SN_SEED", 1));
    let heap = Heap::new().unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    for action in 0..setting("SN_ACTIONS", 15_000) {
        let mark = random.below(256) as u8;
        if blocks.is_empty() || (random.below(2) == 0 && blocks.len() < MOST_BLOCKS) {
            blocks.push(make(&mut random, &heap));
            blocks.last_mut().unwrap().fill(mark);
            continue;
        }
        let at = random.below(blocks.len());
        let mut block = blocks.swap_remove(at);
        block.check(block.size);
        if random.below(2) == 0 {
            let old_size = block.size;
            resize(&mut random, &mut block, &heap);
            block.check(old_size);
            block.fill(mark);
            blocks.push(block);
        } else {
            free(&mut random, &block, &heap);
        }
        if action % 32 == 0 {
            blocks.iter().for_each(|block| block.check(block.size));
        }
    }
    for block in &blocks {
        block.check(block.size);
        free(&mut random, block, &heap);
    }
}
