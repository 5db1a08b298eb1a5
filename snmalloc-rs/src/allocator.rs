//! The `Allocator` trait: that of the standard library, and its twin for stable compilers.

#[cfg(feature = "region")]
use crate::Region;
use crate::{Heap, SnMalloc};
use core::alloc::{GlobalAlloc, Layout};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use snmalloc_sys as sys;

/// Frees the memory of a [`Heap`] on any thread. A box or a collection of the heap needs it to go to another thread.
///
/// What is freed through it goes home to the heap by message. It may also allocate: then it takes memory of the calling
/// thread, and not of the heap. To give a box to it, take the box apart and put it together again, as below. Memory in a
/// `&'h Heap` may be freed by a `ByMessage<'h>`.
///
#[cfg_attr(feature = "allocator-api2", doc = "```")]
#[cfg_attr(not(feature = "allocator-api2"), doc = "```ignore")]
/// use allocator_api2::boxed::Box;
/// use snmalloc_rs::Heap;
///
/// let heap = Heap::new().expect("out of memory");
/// std::thread::scope(|scope| {
///     let (raw, _) = Box::into_raw_with_allocator(Box::new_in([1, 2, 3], &heap));
///     // SAFETY: the box was in `heap`.
///     let boxed = unsafe { Box::from_raw_in(raw, heap.by_message()) };
///     scope.spawn(move || assert_eq!(boxed[2], 3));
///     drop(Box::new_in([4, 5, 6], &heap)); // meanwhile the heap is used here
/// });
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ByMessage<'h> {
    heap: PhantomData<&'h ()>, // which must live, and is not used
}

impl Heap {
    /// Returns what frees memory of this heap on other threads. It borrows the heap.
    #[must_use]
    pub fn by_message(&self) -> ByMessage<'_> {
        ByMessage { heap: PhantomData }
    }
}

// SAFETY: as for `SnMalloc`, which it is for as long as the heap lives.
unsafe impl GlobalAlloc for ByMessage<'_> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for it.
        unsafe { SnMalloc.alloc(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches for both arguments.
        unsafe { SnMalloc.dealloc(ptr, layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller vouches for it.
        unsafe { SnMalloc.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for all arguments.
        unsafe { SnMalloc.realloc(ptr, layout, new_size) }
    }
}

/// Memory of `length` bytes at `start`, unless that is null.
#[inline]
fn memory(start: *mut u8, length: usize) -> Option<NonNull<[u8]>> {
    NonNull::new(ptr::slice_from_raw_parts_mut(start, length))
}

/// As much memory as there is at `start`, which is null or has at least `size` bytes; of none, for a size of 0.
#[inline]
fn whole_memory(
    start: *mut u8,
    size: usize,
    usable_size: impl FnOnce(*const u8) -> Option<usize>,
) -> Option<NonNull<[u8]>> {
    memory(start, if size == 0 { 0 } else { usable_size(start)? })
}

/// Moves what fits to memory of another alignment.
///
/// SAFETY: `old` was allocated with `old_layout`.
unsafe fn move_to(of: &impl GlobalAlloc, new_layout: Layout, old: NonNull<u8>, old_layout: Layout) -> *mut u8 {
    // SAFETY: both have so many bytes and do not overlap; the caller vouches for `old` and does not use it again.
    unsafe {
        let new = of.alloc(new_layout);
        if !new.is_null() {
            ptr::copy_nonoverlapping(old.as_ptr(), new, old_layout.size().min(new_layout.size()));
            of.dealloc(old.as_ptr(), old_layout);
        }
        new
    }
}

/// Returns null if memory is refused: `old` is as it was then.
///
/// SAFETY: `old` was allocated with `old_layout`.
#[inline]
unsafe fn resize(of: &impl GlobalAlloc, old: NonNull<u8>, old_layout: Layout, new_layout: Layout) -> *mut u8 {
    // SAFETY: the caller vouches for `old`; the new size comes from a layout of the same alignment.
    unsafe {
        if old_layout.align() == new_layout.align() {
            of.realloc(old.as_ptr(), old_layout, new_layout.size())
        } else {
            move_to(of, new_layout, old, old_layout)
        }
    }
}

macro_rules! implement {
    ($library:ident, $allocator:ty, $usable:expr) => {
        /// An allocator for single collections, whatever the global one is. The blocks that it returns say the whole length
        /// that they have, and not only what was asked for; zeroed blocks have the length that was asked for. Blocks grow
        /// and shrink in place where they can.
        // SAFETY: as for `GlobalAlloc`. All copies of a handle stand for one allocator, a heap has one handle that owns
        // it, and a block may be described by any size from the one that was asked for to the one that was returned:
        // none of these has a larger size class or more chunks than the block, and a smaller class serves as well.
        unsafe impl $library::alloc::Allocator for $allocator {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $library::alloc::AllocError> {
                // SAFETY: a size of 0 gives a dangling pointer.
                whole_memory(unsafe { self.alloc(layout) }, layout.size(), $usable).ok_or($library::alloc::AllocError)
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
                whole_memory(unsafe { resize(self, ptr, old, new) }, new.size(), $usable)
                    .ok_or($library::alloc::AllocError)
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
                    let start = resize(self, ptr, old, new);
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
                whole_memory(unsafe { resize(self, ptr, old, new) }, new.size(), $usable)
                    .ok_or($library::alloc::AllocError)
            }
        }
    };
}

/// What there is at `start`: memory that this module just got for its caller, who alone has it.
fn usable_size(start: *const u8) -> Option<usize> {
    if start.is_null() {
        return None;
    }
    // SAFETY: it is not null, and nobody else can free it.
    Some(unsafe { sys::sn_rust_live_size(start.cast()) })
}

#[cfg(feature = "allocator-api2")]
implement!(allocator_api2, SnMalloc, usable_size);
#[cfg(feature = "allocator-api2")]
implement!(allocator_api2, Heap, usable_size);
#[cfg(feature = "allocator-api2")]
implement!(allocator_api2, ByMessage<'_>, usable_size);
#[cfg(all(feature = "allocator-api2", feature = "region"))]
implement!(allocator_api2, Region, |start| Region.usable_size(start));
#[cfg(feature = "nightly")]
implement!(core, SnMalloc, usable_size);
#[cfg(feature = "nightly")]
implement!(core, Heap, usable_size);
#[cfg(feature = "nightly")]
implement!(core, ByMessage<'_>, usable_size);
#[cfg(all(feature = "nightly", feature = "region"))]
implement!(core, Region, |start| Region.usable_size(start));
