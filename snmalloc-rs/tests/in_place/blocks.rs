//! Blocks that tests make larger and smaller where they are.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;

pub fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

pub fn make(size: usize) -> NonNull<u8> {
    let block = SnMalloc.alloc_aligned(layout(size)).expect("memory");
    // SAFETY: the block has so many bytes.
    unsafe { block.as_ptr().write_bytes(7, size) };
    block
}

/// Tries to give `block` another size, checks all that can be seen, and returns the size that it has then.
pub fn resize(block: NonNull<u8>, old: usize, new: usize) -> usize {
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

pub fn drop_block(block: NonNull<u8>, size: usize) {
    // SAFETY: the block has that layout, and is not used again.
    unsafe { SnMalloc.dealloc(block.as_ptr(), layout(size)) };
}
