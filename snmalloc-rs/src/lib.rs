//! A memory allocator for multi-threaded programs: memory that another thread frees travels back to its owner in
//! messages, many frees to one atomic operation, and neither side takes a lock.
//!
//! ```
//! #[global_allocator]
//! static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
//!
//! let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
//! assert_eq!(squares[999], 998_001);
//! assert!(ALLOC.memory_stats().current_memory_usage > 0);
//! ```
//!
//! # Threads and processes
//!
//! Every function may be called from any thread at any time: before `main`, in destructors of thread-locals, after
//! the thread's exit hooks ran, and in a child after `fork`. Memory that one thread allocated may be freed by any other.
//!
//! # Out of memory
//!
//! Every function that allocates reports failure to its caller, by a null pointer or `None`. Collections
//! pass that on to [`handle_alloc_error`], or return it from their `try_reserve`.
//!
//! [`handle_alloc_error`]: https://doc.rust-lang.org/alloc/alloc/fn.handle_alloc_error.html
//!
//! # Features
//!
//! - `build_cmake` (default): build the C++ core with cmake; where cmake is missing, a warning says so and `build_cc`
//!   is used.
//! - `build_cc`: build the C++ core with nothing but a C++ compiler; wins over `build_cmake`.
//! - `debug`: assertions and the invariant walker in the C++ core, with debug information.
//! - `check`: stop the program at misuse (double free, wrong layout, writes out of bounds or after free) with a line
//!   that names it.
//! - `libc-api`: the C interface `sn_malloc`, `sn_free` and so on, to share memory with code in C.
//! - `usewait-on-address` (default): on Windows, threads that wait sleep by `WaitOnAddress` where the system has it, and
//!   else by condition variables.
//! - `win8compat`: on Windows, no call that Windows 7 lacks, even where the system has it: neither `VirtualAlloc2` nor
//!   `WaitOnAddress`.
#![no_std]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use snmalloc_sys as sys;

#[cfg(feature = "libc-api")]
pub use sys::libc_api;

/// The allocator. It is a zero-sized handle: all copies of it stand for the one allocator of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct SnMalloc;

/// What the allocator holds from the system, in bytes: see [`SnMalloc::memory_stats`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllocStats {
    /// Bytes that the allocator holds from the system, for objects and for its own metadata, and has not given back.
    pub current_memory_usage: usize,
    /// The largest value of `current_memory_usage` so far in this process.
    pub peak_memory_usage: usize,
}

impl SnMalloc {
    /// Returns the handle, as does the plain name `SnMalloc`.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Allocates uninitialised memory for `layout`, whose size and alignment are in bytes. Every alignment that
    /// [`Layout`] can express works.
    ///
    /// Returns `None` when the system refuses memory or the request does not fit the address space. For a `layout` of
    /// size 0 the result is aligned but dangling: nothing is allocated, and freeing it does nothing.
    ///
    /// The memory is freed with [`GlobalAlloc::dealloc`] and the same `layout`.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let page = Layout::from_size_align(100, 4096).unwrap();
    /// let memory = SnMalloc.alloc_aligned(page).expect("out of memory");
    /// assert_eq!(memory.as_ptr() as usize % 4096, 0);
    /// // SAFETY: `memory` was allocated with `page`, and is not used again.
    /// unsafe { SnMalloc.dealloc(memory.as_ptr(), page) };
    /// ```
    #[inline]
    #[must_use = "the memory leaks unless it is freed"]
    pub fn alloc_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        NonNull::new(allocate(layout))
    }

    /// Returns the number of bytes that the allocation at `ptr` really has: at least the size asked for, all of them
    /// the owner's to use.
    ///
    /// Returns `None` if `ptr` is null or is not the start of memory of this allocator; so it is for the dangling
    /// pointers of zero-sized layouts. Nothing at `ptr` is read. The answer means something only while the allocation
    /// lives: of memory that was freed, it may be `None` or any number.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::Layout;
    ///
    /// let memory = SnMalloc.alloc_aligned(Layout::new::<[u8; 100]>()).expect("out of memory");
    /// assert!(SnMalloc.usable_size(memory.as_ptr()).unwrap() >= 100);
    ///
    /// let on_the_stack = 0_u8;
    /// assert_eq!(SnMalloc.usable_size(&on_the_stack), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn usable_size(&self, ptr: *const u8) -> Option<usize> {
        // SAFETY: any address may be asked about; the caller was told what the answer for freed memory is worth.
        match unsafe { sys::sn_rust_usable_size(ptr.cast()) } {
            0 => None,
            size => Some(size),
        }
    }

    /// Returns what the allocator holds from the system, in bytes, now and at most so far.
    ///
    /// Memory of objects and metadata counts, live or kept for reuse, until it is given back; an object counts
    /// whole, touched or not. Address space that is merely reserved does not count. The figures are of the whole
    /// process. While other threads allocate and free, the two may be of slightly different moments.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    ///
    /// let stats = SnMalloc.memory_stats();
    /// println!("{} bytes now, {} at most", stats.current_memory_usage, stats.peak_memory_usage);
    /// ```
    #[inline]
    #[must_use]
    pub fn memory_stats(&self) -> AllocStats {
        let mut stats = AllocStats::default();
        // SAFETY: both pointers are valid for a write of a `usize`.
        unsafe { sys::sn_rust_statistics(&mut stats.current_memory_usage, &mut stats.peak_memory_usage) };
        stats
    }
}

// SAFETY: the core returns memory that satisfies the layout and that no other live allocation shares, does not unwind,
// and reports failure by null; `realloc` keeps the contents. Zero-sized layouts, which the trait leaves undefined, get
// dangling pointers that never reach the core.
unsafe impl GlobalAlloc for SnMalloc {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout)
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller vouches that `ptr` was allocated with `layout` and is not used again.
            unsafe { sys::fast::dealloc(ptr.cast(), layout.align(), layout.size()) }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: a `Layout` holds a power of two as its alignment.
        unsafe { sys::sn_rust_alloc_zeroed(layout.align(), layout.size()) }.cast()
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.size() == 0 || new_size == 0 {
            // SAFETY: the caller vouches for all three arguments.
            return unsafe { self.realloc_zero_sized(ptr, layout, new_size) };
        }
        // SAFETY: the caller vouches that `ptr` was allocated with `layout`.
        unsafe { sys::sn_rust_realloc(ptr.cast(), layout.align(), layout.size(), new_size) }.cast()
    }
}

impl SnMalloc {
    /// `realloc` from or to a size of zero, of which the core knows nothing.
    #[cold]
    unsafe fn realloc_zero_sized(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller vouches that `new_size`, rounded up to the alignment, is at most `isize::MAX`.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        let new_ptr = allocate(new_layout);
        if !new_ptr.is_null() {
            // SAFETY: the caller vouches that `ptr` was allocated with `layout`; it holds no byte worth keeping.
            unsafe { self.dealloc(ptr, layout) };
        }
        new_ptr
    }
}

#[inline]
fn allocate(layout: Layout) -> *mut u8 {
    if layout.size() == 0 {
        return dangling(layout);
    }
    // SAFETY: a `Layout` holds a power of two as its alignment.
    unsafe { sys::fast::alloc(layout.align(), layout.size()) }.cast()
}

/// What a zero-sized layout gets: not null, aligned, and never read or written.
#[inline]
fn dangling(layout: Layout) -> *mut u8 {
    layout.align() as *mut u8
}
