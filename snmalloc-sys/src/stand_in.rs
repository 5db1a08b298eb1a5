//! What the core does, by the system's allocator: for tools that cannot look into the core, or cannot run it, such as Miri and
//! the sanitizers. `build/stand_in.rs` says when.
//!
//! 1. Every object is one of the system's, of the layout that was asked for, so that a tool sees each byte too far.
//! 2. No lock is taken, and no two threads are ordered by it: else a tool would not see that the program orders too little.
//!
//! The functions have the names and contracts of the core's. What the system does not tell is left out: nothing is resized in
//! place, options are not heeded, and of the figures only what is live is told.

#![allow(missing_docs, clippy::missing_safety_doc)] // both stand where the core's functions are declared

mod heaps;
mod ledger;
#[cfg(feature = "libc-api")]
pub mod libc_api;

pub use heaps::*;

use crate::stats::Stats;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};
use ledger::{Entry, Ledger};
use std::alloc::System;

static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK_BYTES: AtomicUsize = AtomicUsize::new(0);

static OBJECTS: Ledger = Ledger::new();

/// Allocates an object of `heap`, or of none, by `function`.
fn allocate(alignment: usize, size: usize, heap: *mut Ledger, function: impl FnOnce(Layout) -> *mut u8) -> *mut c_void {
    // A size of 0 has an address of its own, too.
    let layout = match Layout::from_size_align(size.max(1), alignment) {
        Ok(layout) => layout,
        Err(_) => return ptr::null_mut(),
    };
    let object: *mut c_void = function(layout).cast();
    if object.is_null() {
        return object;
    }
    let entry = Entry { alignment, size: layout.size(), link: heap.cast() };
    // SAFETY: the caller vouches for the heap.
    let is_in_heap = heap.is_null() || unsafe { &*heap }.insert(object, Entry { link: object, ..entry });
    let is_noted = is_in_heap && OBJECTS.insert(object, entry);
    if !is_noted {
        // SAFETY: it was allocated just now; a heap that knows it forgets it.
        unsafe {
            if !heap.is_null() {
                (*heap).remove(object);
            }
            System.dealloc(object.cast(), layout);
        }
        return ptr::null_mut();
    }
    let before = LIVE_BYTES.fetch_add(entry.size, Ordering::Relaxed);
    PEAK_BYTES.fetch_max(before.wrapping_add(entry.size), Ordering::Relaxed);
    object
}

/// Frees an object, whoever has allocated it.
///
/// SAFETY: it is a live object, and not used again.
unsafe fn free(object: *mut c_void) {
    let entry = match OBJECTS.remove(object) {
        Some(entry) => entry,
        // Not an object, which the system says in its own way.
        // SAFETY: none: the caller has broken its word.
        None => return unsafe { System.dealloc(object.cast(), Layout::new::<u8>()) },
    };
    LIVE_BYTES.fetch_sub(entry.size, Ordering::Relaxed);
    // SAFETY: the caller vouches for the object, so its heap lives; the layout is that of its allocation.
    unsafe {
        if !entry.link.is_null() {
            (*entry.link.cast::<Ledger>()).remove(object);
        }
        System.dealloc(object.cast(), Layout::from_size_align_unchecked(entry.size, entry.alignment));
    }
}

/// The usable size of an object; 0: it is none.
fn find(object: *const c_void) -> usize {
    OBJECTS.find(object).map_or(0, |entry| entry.size)
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_alloc(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: the layout's size is not 0.
    allocate(alignment, size, ptr::null_mut(), |layout| unsafe { System.alloc(layout) })
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_alloc_zeroed(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: as above.
    allocate(alignment, size, ptr::null_mut(), |layout| unsafe { System.alloc_zeroed(layout) })
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_dealloc(ptr: *mut c_void, alignment: usize, size: usize) {
    match OBJECTS.find(ptr) {
        Some(entry) if entry.size != size.max(1) || entry.alignment < alignment => {
            std::eprintln!(
                "snmalloc: {:?} of size {} and alignment {} is freed with size {} and alignment {}",
                ptr,
                entry.size,
                entry.alignment,
                size,
                alignment
            );
            std::process::abort();
        }
        _ => {}
    }
    // SAFETY: the caller vouches for the object.
    unsafe { free(ptr) }
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_realloc(
    ptr: *mut c_void,
    alignment: usize,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: the caller vouches for all of it.
    unsafe {
        let new = sn_rust_alloc(alignment, new_size);
        if !new.is_null() && !ptr.is_null() {
            ptr::copy_nonoverlapping(ptr.cast::<u8>(), new.cast(), old_size.min(new_size));
            sn_rust_dealloc(ptr, alignment, old_size);
        }
        new
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_resize_in_place(_: *mut c_void, _: usize, old_size: usize, new_size: usize) -> usize {
    if old_size == new_size {
        new_size
    } else {
        0
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_usable_size(ptr: *const c_void) -> usize {
    find(ptr)
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_live_size(ptr: *const c_void) -> usize {
    find(ptr)
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_good_size(alignment: usize, size: usize) -> usize {
    Layout::from_size_align(size.max(1), alignment).map_or(0, |layout| layout.size())
}

#[no_mangle]
pub unsafe extern "C" fn sn_rust_statistics(current: *mut usize, peak: *mut usize) {
    for (figure, to) in [(&LIVE_BYTES, current), (&PEAK_BYTES, peak)] {
        if !to.is_null() {
            // SAFETY: the caller vouches for each pointer that is not null.
            unsafe { to.write(figure.load(Ordering::Relaxed)) };
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_read_stats(stats: *mut Stats) {
    let mut figures = Stats::default();
    // SAFETY: the caller vouches for the pointer.
    unsafe {
        sn_rust_statistics(&mut figures.held_bytes, &mut figures.peak_bytes);
        figures.live_bytes = figures.held_bytes;
        stats.write(figures);
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_thread_counters(allocated: *mut usize, freed: *mut usize) {
    for to in [allocated, freed] {
        if !to.is_null() {
            // SAFETY: the caller vouches for each pointer that is not null.
            unsafe { to.write(0) };
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_trim() -> usize {
    0
}
