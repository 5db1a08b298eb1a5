//! Raw bindings to the C++ core of [`snmalloc-rs`](https://docs.rs/snmalloc-rs), which is the crate to use from Rust.
//!
//! Every function may be called from any thread at any time: before `main`, after a thread's own exit hooks ran, and
//! in a child after `fork`. Sizes and alignments are in bytes. No function unwinds, takes a lock of the caller's, or sets
//! `errno`, but for those of the module `libc_api`.
//!
//! # Links
//!
//! The package sets `links = "snmalloc"`: build scripts of crates that depend on it directly find the directory of
//! the C header in `DEP_SNMALLOC_INCLUDE`.
#![no_std]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

#[cfg(stand_in)]
extern crate std;

pub mod fast;
#[cfg(feature = "libc-api")]
pub mod libc_api;
#[cfg(no_core)]
mod no_core;
mod open_metrics;
pub mod options;
#[cfg(feature = "profile")]
pub mod profile;
#[cfg(feature = "region")]
pub mod region;
pub mod stats;

#[cfg(no_core)]
pub use no_core::stop;
#[cfg(stand_in)]
mod stand_in;
#[cfg(stand_in)]
pub use stand_in::{
    sn_heap_alloc, sn_heap_alloc_zeroed, sn_heap_dealloc, sn_heap_delete, sn_heap_new, sn_heap_realloc, sn_read_stats,
    sn_rust_alloc, sn_rust_alloc_zeroed, sn_rust_dealloc, sn_rust_good_size, sn_rust_live_size, sn_rust_realloc,
    sn_rust_resize_in_place, sn_rust_statistics, sn_rust_usable_size, sn_thread_counters, sn_trim,
};

#[cfg(feature = "libc-api")]
pub use libc_api::{sn_calloc, sn_free, sn_malloc, sn_malloc_usable_size, sn_realloc};

#[cfg(not(stand_in))]
use core::ffi::c_void;
use core::marker::{PhantomData, PhantomPinned};
#[cfg(not(stand_in))]
use stats::Stats;

/// A private heap, of which nothing is known outside of the core.
#[repr(C)]
#[derive(Debug)]
pub struct Heap {
    nothing: [u8; 0],
    marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// The core comes into every program that has this crate, also if nothing of it is called by name: `malloc` is in it.
#[cfg(all(feature = "override", not(stand_in)))]
#[used]
static OVERRIDE: unsafe extern "C" fn(usize, usize) -> *mut c_void = sn_rust_alloc;

#[cfg(not(stand_in))]
// Named here, too, so that shared libraries of Rust's own kind export the functions for their users.
#[cfg_attr(has_core, link(name = "snmalloc", kind = "static"))]
extern "C" {
    /// Returns uninitialised memory of at least `size` bytes whose address is a multiple of `alignment`, or null when
    /// the system refuses memory or the request cannot be expressed in the address space.
    ///
    /// `size` may be 0: the result is then unique, and can be freed.
    ///
    /// # Safety
    ///
    /// `alignment` is a power of two.
    pub fn sn_rust_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_rust_alloc`], with the first `size` bytes zero.
    ///
    /// # Safety
    ///
    /// `alignment` is a power of two.
    pub fn sn_rust_alloc_zeroed(alignment: usize, size: usize) -> *mut c_void;

    /// Frees `ptr`. Any thread may free what any other allocated.
    ///
    /// # Safety
    ///
    /// `ptr` is not null, came from a function of this crate and was not freed since; `alignment` and `size` are those
    /// that it was last allocated or reallocated with. Nobody uses the memory afterwards.
    pub fn sn_rust_dealloc(ptr: *mut c_void, alignment: usize, size: usize);

    /// Changes the size of `ptr` to `new_size` bytes, keeps the first `min(old_size, new_size)` bytes, and returns the
    /// new address, which is `ptr` itself where that is possible.
    ///
    /// Returns null when memory is refused: `ptr` then stays valid and unchanged. A null `ptr` allocates.
    ///
    /// # Safety
    ///
    /// As for [`sn_rust_dealloc`], with `old_size` for its `size`; `alignment` is a power of two. Unless the result is
    /// null, nobody uses the old address afterwards.
    pub fn sn_rust_realloc(ptr: *mut c_void, alignment: usize, old_size: usize, new_size: usize) -> *mut c_void;

    /// Changes the size of `ptr` to `new_size` bytes where it is, and returns the number of bytes usable then, at least
    /// `new_size`.
    ///
    /// Returns 0 if it cannot, or if memory is refused: all is as it was.
    ///
    /// # Safety
    ///
    /// As for [`sn_rust_dealloc`], with `old_size` for its `size`.
    pub fn sn_rust_resize_in_place(ptr: *mut c_void, alignment: usize, old_size: usize, new_size: usize) -> usize;

    /// Returns the number of bytes usable at `ptr`, which is at least the size asked for and is the owner's to write,
    /// or 0 if `ptr` is null or not the start of memory of this library.
    ///
    /// Any address may be asked about, also of memory that other threads free meanwhile. Then the answer is 0, or the size of
    /// an earlier or later object at that address.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_rust_usable_size(ptr: *const c_void) -> usize;

    /// As [`sn_rust_usable_size`], in less time.
    ///
    /// # Safety
    ///
    /// `ptr` is not null, and nobody frees it meanwhile.
    pub fn sn_rust_live_size(ptr: *const c_void) -> usize;

    /// Returns what [`sn_rust_usable_size`] will say of an object with this alignment and size, or 0 if none can be so large.
    /// An object that a profile samples is larger, and a zeroed one may be.
    ///
    /// # Safety
    ///
    /// `alignment` is a power of two.
    pub fn sn_rust_good_size(alignment: usize, size: usize) -> usize;

    /// Stores in `*current` the bytes that the allocator holds from the system for objects and for its own metadata
    /// and has not given back, and in `*peak` the largest value of that figure so far.
    ///
    /// Address space that is merely reserved is not counted; memory handed to a caller counts whole, touched or not, and
    /// so does a slab with live objects, although pages of it may have gone back: see [`Stats::hole_bytes`].
    ///
    /// # Safety
    ///
    /// Each pointer is null, which skips that figure, or valid for a write of a `usize`.
    pub fn sn_rust_statistics(current: *mut usize, peak: *mut usize);

    /// Stores what the library knows of its memory in `*stats`. Allocates nothing; takes a few microseconds, and more with
    /// hundreds of heaps.
    ///
    /// # Safety
    ///
    /// `stats` is valid for a write.
    pub fn sn_read_stats(stats: *mut Stats);

    /// Stores in `*allocated` and `*freed` how many bytes the calling thread has allocated and freed so far, whichever thread
    /// or heap the memory is of.
    ///
    /// Small objects count by their class, large ones by their range, and by what they grow or shrink when they stay in
    /// place. What ends with a private heap is freed by the thread that deletes it. Both numbers only grow, and are exact;
    /// they are 0 unless built with the feature `stats`, and once the thread's exit hooks ran.
    ///
    /// # Safety
    ///
    /// Each pointer is null, which skips that number, or valid for a write of a `usize`.
    pub fn sn_thread_counters(allocated: *mut usize, freed: *mut usize);

    /// Gives back to the system at once what all heaps hold free, and returns how many bytes went back while it ran.
    /// Waits for slow paths that other threads are in, and keeps them out meanwhile; their fast paths go on.
    ///
    /// What stays: metadata; pages with a live object on them (slabs, without Linux or with checks); and of every other
    /// thread that lives, a few objects in its magazines (of each size class up to 4, and 1 KiB or one object; without
    /// Linux, or with checks, up to 128, and 32 KiB or 4 objects), those of other threads that it has freed and not sent
    /// home yet (at most 2 MiB, or 10.25 MiB of thousands), and the pages or slabs that these lie in.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_trim() -> usize;

    /// Returns a new private heap, or null when the system refuses memory. One thread at a time uses it. When it goes to
    /// another thread, that thread must see what the one before did, as by a lock.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_heap_new() -> *mut Heap;

    /// Frees all that `heap` has allocated and nobody has freed, in a time that grows with its pages and not with its
    /// objects, and the heap itself.
    ///
    /// # Safety
    ///
    /// `heap` came from [`sn_heap_new`]; no other thread uses it, and nobody uses it or its memory afterwards.
    pub fn sn_heap_delete(heap: *mut Heap);

    /// As [`sn_rust_alloc`], with memory of `heap`. It is freed there, or as any other memory of this crate.
    ///
    /// # Safety
    ///
    /// `heap` came from [`sn_heap_new`], and no other thread uses it. `alignment` is a power of two.
    pub fn sn_heap_alloc(heap: *mut Heap, alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_rust_alloc_zeroed`], with memory of `heap`.
    ///
    /// # Safety
    ///
    /// As of [`sn_heap_alloc`].
    pub fn sn_heap_alloc_zeroed(heap: *mut Heap, alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_rust_dealloc`], by the owner of `heap`; memory that another heap allocated goes there.
    ///
    /// # Safety
    ///
    /// As of [`sn_heap_alloc`] and [`sn_rust_dealloc`].
    pub fn sn_heap_dealloc(heap: *mut Heap, ptr: *mut c_void, alignment: usize, size: usize);

    /// As [`sn_rust_realloc`]; if the memory has to move, it moves to `heap`.
    ///
    /// # Safety
    ///
    /// As of [`sn_heap_alloc`] and [`sn_rust_realloc`]; `ptr` is not null.
    pub fn sn_heap_realloc(
        heap: *mut Heap,
        ptr: *mut c_void,
        alignment: usize,
        old_size: usize,
        new_size: usize,
    ) -> *mut c_void;
}
