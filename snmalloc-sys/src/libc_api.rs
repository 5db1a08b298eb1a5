//! The functions of the C library that allocate, under names of the allocator's own; with the feature `libc-api`. C
//! declares them in `snmalloc_libc.h`.
//!
//! They do what POSIX and glibc document for the function of the same name without the prefix. They share their memory with
//! the crate's other functions: [`sn_free`] frees what either allocated. They do not share it with the C library: never
//! free what `malloc` returned with [`sn_free`], nor what [`sn_malloc`] returned with `free`.
//!
//! Every address is a multiple of 16, also for small sizes. A size of 0 gives a unique address that can be freed.
//! `errno` is set where a function says so, and otherwise left alone.

#[cfg(stand_in)]
pub use crate::stand_in::libc_api::*;

#[cfg(not(stand_in))]
use core::ffi::c_void;

/// C's `int`, of 32 bits on every system that the core knows; the oldest compiler has no name for it without `std`.
#[allow(non_camel_case_types)]
#[cfg(not(stand_in))]
type c_int = i32;

#[cfg(not(stand_in))]
#[cfg_attr(has_core, link(name = "snmalloc", kind = "static"))]
extern "C" {
    /// Returns uninitialised memory of at least `size` bytes, or null with `errno` `ENOMEM`.
    ///
    /// # Safety
    ///
    /// None to heed: any `size` will do.
    pub fn sn_malloc(size: usize) -> *mut c_void;

    /// Returns zero memory for `count` objects of `size` bytes, or null with `errno` `ENOMEM`, also if the product
    /// overflows.
    ///
    /// # Safety
    ///
    /// None to heed: any numbers will do.
    pub fn sn_calloc(count: usize, size: usize) -> *mut c_void;

    /// Changes the size of `ptr`, keeps its contents as far as they fit, and returns the new address.
    ///
    /// Returns null with `errno` `ENOMEM` if memory is refused; `ptr` stays as it was. A null `ptr` allocates. A `size` of 0
    /// frees `ptr` and returns null. An alignment above 16 is not kept.
    ///
    /// # Safety
    ///
    /// As for [`sn_free`]. Unless memory is refused, nobody uses the old address afterwards.
    pub fn sn_realloc(ptr: *mut c_void, size: usize) -> *mut c_void;

    /// As [`sn_realloc`] with `count * size`; null with `errno` `ENOMEM` if the product overflows.
    ///
    /// # Safety
    ///
    /// As for [`sn_realloc`].
    pub fn sn_reallocarray(ptr: *mut c_void, count: usize, size: usize) -> *mut c_void;

    /// Frees memory of any function of this crate; null is ignored. Any thread may free what any other allocated.
    ///
    /// # Safety
    ///
    /// `ptr` is null, or came from a function of this crate and was not freed since. Nobody uses the memory afterwards.
    pub fn sn_free(ptr: *mut c_void);

    /// Returns the number of bytes usable at `ptr`, at least the size asked for; 0 if `ptr` is null or not the start of
    /// memory of this library.
    ///
    /// # Safety
    ///
    /// Nobody frees `ptr` meanwhile.
    pub fn sn_malloc_usable_size(ptr: *const c_void) -> usize;

    /// Returns memory at a multiple of `alignment`, or null with `errno` `EINVAL`, if that is no power of two, or
    /// `ENOMEM`.
    ///
    /// # Safety
    ///
    /// None to heed: any numbers will do.
    pub fn sn_aligned_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_aligned_alloc`], for the next power of two if `alignment` is none.
    ///
    /// # Safety
    ///
    /// None to heed: any numbers will do.
    pub fn sn_memalign(alignment: usize, size: usize) -> *mut c_void;

    /// Stores the address of memory at a multiple of `alignment` in `*result`, and returns 0. Returns `EINVAL` if `alignment`
    /// is no power of two or no multiple of the size of a pointer, and `ENOMEM` if memory is refused; then `*result` is left
    /// alone. `errno` is never set.
    ///
    /// # Safety
    ///
    /// `result` is valid for a write of a pointer.
    pub fn sn_posix_memalign(result: *mut *mut c_void, alignment: usize, size: usize) -> c_int;
}
