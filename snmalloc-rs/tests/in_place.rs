//! `try_grow_in_place` and `try_shrink_in_place`: what they grant is there, and what they refuse has not changed.

#[path = "in_place/blocks.rs"]
mod blocks;

use blocks::{drop_block, layout, make, resize};
use snmalloc_rs::SnMalloc;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What lies behind a block is another test's, unless that waits.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
#[cfg_attr(feature = "check", ignore = "nothing changes in place")]
fn small_blocks_change_within_their_class() {
    let _alone = alone();
    let block = make(100);
    assert_eq!(resize(block, 100, 112), 112);
    assert_eq!(resize(block, 112, 113), 112);
    assert_eq!(resize(block, 112, 97), 97);
    assert_eq!(resize(block, 97, 96), 97);
    assert_eq!(resize(block, 97, 40_000), 97);
    drop_block(block, 97);
}

#[test]
fn every_size_to_every_other() {
    let _alone = alone();
    let sizes = (0..42).map(|step| (1 << (step / 2)) + step % 2 * 13);
    for from in sizes.clone() {
        for to in sizes.clone() {
            let block = make(from);
            let size = resize(block, from, to);
            drop_block(block, size);
        }
    }
}

#[test]
fn blocks_of_no_size_have_nothing_to_change() {
    let _alone = alone();
    let block = SnMalloc.alloc_aligned(layout(0)).unwrap();
    // SAFETY: the block was allocated with that layout.
    unsafe {
        assert_eq!(SnMalloc.try_grow_in_place(block, layout(0), 0), Some(0));
        assert_eq!(SnMalloc.try_grow_in_place(block, layout(0), 1), None);
    }
    let block = make(10);
    // SAFETY: as above.
    assert_eq!(unsafe { SnMalloc.try_shrink_in_place(block, layout(10), 0) }, None);
    drop_block(block, 10);
}
