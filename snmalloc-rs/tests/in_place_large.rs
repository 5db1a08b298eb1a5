//! `try_grow_in_place` and `try_shrink_in_place` of large blocks, in a process whose free memory nobody else changes.

#[path = "in_place/blocks.rs"]
mod blocks;

use blocks::{drop_block, make, resize};
use snmalloc_rs::SnMalloc;

const MIB: usize = 1 << 20;

#[test]
#[cfg_attr(feature = "check", ignore = "nothing changes in place")]
fn large_blocks_change_by_what_is_behind_them() {
    let block = make(6 * MIB); // well below the budget of free memory that stays
    let live = SnMalloc.stats().large_live_bytes;
    assert_eq!(resize(block, 6 * MIB, MIB), MIB);
    assert!(SnMalloc.stats().large_live_bytes <= live - 5 * MIB);
    assert_eq!(resize(block, MIB, 3 * MIB + 5), 3 * MIB + 5);
    assert_eq!(resize(block, 3 * MIB + 5, 33_000), 33_000);
    assert_eq!(resize(block, 33_000, 32_000), 33_000); // there small blocks live
    let behind = make(MIB);
    let end = block.as_ptr() as usize + SnMalloc.usable_size(block.as_ptr()).unwrap();
    assert_eq!(behind.as_ptr() as usize, end, "memory that was just freed is taken first");
    assert_eq!(resize(block, 33_000, 2 * MIB), 33_000);
    assert_eq!(resize(block, 33_000, isize::MAX as usize - 7), 33_000);
    drop_block(behind, MIB);
    assert_eq!(resize(block, 33_000, 2 * MIB), 2 * MIB);
    assert_eq!(resize(block, 2 * MIB, 33_000), 33_000);
    drop_block(block, 33_000);
}
