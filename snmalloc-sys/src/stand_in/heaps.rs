//! Private heaps: ledgers of their own, which say what to free when a heap ends.

use super::ledger::{Entry, Ledger};
use super::{allocate, free, sn_rust_dealloc};
use crate::Heap;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;
use std::alloc::System;

#[no_mangle]
pub unsafe extern "C" fn sn_heap_new() -> *mut Heap {
    // SAFETY: the size is not 0.
    let heap = unsafe { System.alloc(Layout::new::<Ledger>()) }.cast::<Ledger>();
    if !heap.is_null() {
        // SAFETY: it is valid for a write.
        unsafe { heap.write(Ledger::new()) };
    }
    heap.cast()
}

#[no_mangle]
pub unsafe extern "C" fn sn_heap_delete(heap: *mut Heap) {
    let heap = heap.cast::<Ledger>();
    // SAFETY: the caller vouches that it is a heap, which nobody uses any more, nor its objects.
    unsafe {
        (*heap).for_each(|Entry { link: object, .. }| free(object));
        (*heap).free_tables();
        System.dealloc(heap.cast(), Layout::new::<Ledger>());
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_heap_alloc(heap: *mut Heap, alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: the caller vouches for the heap.
    unsafe { allocate(alignment, size, heap.cast(), |layout| System.alloc(layout)) }
}

#[no_mangle]
pub unsafe extern "C" fn sn_heap_alloc_zeroed(heap: *mut Heap, alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: as above.
    unsafe { allocate(alignment, size, heap.cast(), |layout| System.alloc_zeroed(layout)) }
}

#[no_mangle]
pub unsafe extern "C" fn sn_heap_dealloc(_: *mut Heap, ptr: *mut c_void, alignment: usize, size: usize) {
    // SAFETY: the caller vouches for the object and its layout.
    unsafe { sn_rust_dealloc(ptr, alignment, size) }
}

#[no_mangle]
pub unsafe extern "C" fn sn_heap_realloc(
    heap: *mut Heap,
    ptr: *mut c_void,
    alignment: usize,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: as above.
    unsafe {
        let new = sn_heap_alloc(heap, alignment, new_size);
        if !new.is_null() {
            ptr::copy_nonoverlapping(ptr.cast::<u8>(), new.cast(), old_size.min(new_size));
            sn_rust_dealloc(ptr, alignment, old_size);
        }
        new
    }
}
