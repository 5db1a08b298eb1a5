//! The `Allocator` trait: that of the standard library, and its twin for stable compilers.

use crate::{allocate, SnMalloc};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{self, NonNull};

/// Memory of `length` bytes at `start`, unless that is null.
#[inline]
fn memory(start: *mut u8, length: usize) -> Option<NonNull<[u8]>> {
    NonNull::new(ptr::slice_from_raw_parts_mut(start, length))
}

/// As much memory as there is at `start`, which is null or has at least `size` bytes; of none, for a size of 0.
#[inline]
fn whole_memory(start: *mut u8, size: usize) -> Option<NonNull<[u8]>> {
    memory(start, if size == 0 { 0 } else { SnMalloc.usable_size(start)? })
}

/// Moves what fits to memory of another alignment.
///
/// SAFETY: `old` was allocated with `old_layout`.
unsafe fn move_to(new_layout: Layout, old: NonNull<u8>, old_layout: Layout) -> *mut u8 {
    let new = allocate(new_layout);
    if !new.is_null() {
        // SAFETY: both have so many bytes and do not overlap; the caller vouches for `old` and does not use it again.
        unsafe {
            ptr::copy_nonoverlapping(old.as_ptr(), new, old_layout.size().min(new_layout.size()));
            SnMalloc.dealloc(old.as_ptr(), old_layout);
        }
    }
    new
}

/// Returns null if memory is refused: `old` is as it was then.
///
/// SAFETY: `old` was allocated with `old_layout`.
#[inline]
unsafe fn resize(old: NonNull<u8>, old_layout: Layout, new_layout: Layout) -> *mut u8 {
    // SAFETY: the caller vouches for `old`; the new size comes from a layout of the same alignment.
    unsafe {
        if old_layout.align() == new_layout.align() {
            SnMalloc.realloc(old.as_ptr(), old_layout, new_layout.size())
        } else {
            move_to(new_layout, old, old_layout)
        }
    }
}

macro_rules! implement {
    ($library:ident) => {
        /// An allocator for single collections, whatever the global one is. Blocks are as long as they really are,
        /// growing and shrinking happen in place where they can, and zeroed blocks are as long as was asked for.
        // SAFETY: as for `GlobalAlloc`. All copies of the handle stand for one allocator, and a block may be described
        // by any size from the one that was asked for to the one that was returned: all these have the same size class
        // or number of chunks.
        unsafe impl $library::alloc::Allocator for SnMalloc {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                whole_memory(allocate(layout), layout.size()).ok_or($library::alloc::AllocError)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                // SAFETY: a size of 0 gives a dangling pointer.
                memory(unsafe { self.alloc_zeroed(layout) }, layout.size()).ok_or($library::alloc::AllocError)
            }

            #[inline]
            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller vouches for both arguments.
                unsafe { self.dealloc(ptr.as_ptr(), layout) }
            }

            #[inline]
            unsafe fn grow(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                // SAFETY: the caller vouches for all arguments.
                whole_memory(unsafe { resize(ptr, old, new) }, new.size()).ok_or($library::alloc::AllocError)
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                // SAFETY: the caller vouches for all arguments; the bytes are inside the grown block.
                unsafe {
                    let start = resize(ptr, old, new);
                    if !start.is_null() {
                        start.add(old.size()).write_bytes(0, new.size() - old.size());
                    }
                    memory(start, new.size()).ok_or($library::alloc::AllocError)
                }
            }

            #[inline]
            unsafe fn shrink(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                // SAFETY: the caller vouches for all arguments.
                whole_memory(unsafe { resize(ptr, old, new) }, new.size()).ok_or($library::alloc::AllocError)
            }
        }
    };
}

#[cfg(feature = "allocator-api2")]
implement!(allocator_api2);
#[cfg(feature = "nightly")]
implement!(core);
