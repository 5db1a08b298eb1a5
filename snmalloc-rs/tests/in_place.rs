//! `try_grow_in_place` and `try_shrink_in_place`: what they grant is there, and what they refuse has not changed.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

const MIB: usize = 1 << 20;

/// What lies behind a block is another test's, unless that waits.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

fn make(size: usize) -> NonNull<u8> {
    let block = SnMalloc.alloc_aligned(layout(size)).expect("memory");
    // SAFETY: the block has so many bytes.
    unsafe { block.as_ptr().write_bytes(7, size) };
    block
}

/// Tries to give `block` another size, checks all that can be seen, and returns the size that it has then.
fn resize(block: NonNull<u8>, old: usize, new: usize) -> usize {
    let usable = SnMalloc.usable_size(block.as_ptr()).unwrap();
    // SAFETY: the block was allocated with that layout, or has got it.
    let granted = unsafe {
        if new >= old {
            SnMalloc.try_grow_in_place(block, layout(old), new)
        } else {
            SnMalloc.try_shrink_in_place(block, layout(old), new)
        }
    };
    assert_eq!(SnMalloc.usable_size(block.as_ptr()), Some(granted.unwrap_or(usable)));
    assert!(granted.map_or(true, |bytes| bytes >= new));
    // SAFETY: so many bytes are there.
    let bytes = unsafe { std::slice::from_raw_parts_mut(block.as_ptr(), if granted.is_some() { new } else { old }) };
    let is_kept = |bytes: &[u8]| bytes == &[7; 4096][..bytes.len()];
    assert!(bytes[..old.min(bytes.len())].chunks(4096).all(is_kept), "from {old} to {new}");
    bytes.fill(7);
    bytes.len()
}

fn drop_block(block: NonNull<u8>, size: usize) {
    // SAFETY: the block has that layout, and is not used again.
    unsafe { SnMalloc.dealloc(block.as_ptr(), layout(size)) };
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
#[cfg_attr(feature = "check", ignore = "nothing changes in place")]
fn large_blocks_change_by_what_is_behind_them() {
    let _alone = alone();
    SnMalloc.trim(); // what is freed would join older memory, and might go back with that
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
