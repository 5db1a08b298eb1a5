//! The allocator without an operating system: the functions of `snmalloc_region.h`.
//!
//! One thread at a time may be in any of them; a program with several has a lock of its own. Memory of one allocator is
//! not the other's.

#[cfg(not(no_region))]
use core::ffi::c_void;

#[allow(non_camel_case_types)] // C's name; `core` knows it from 1.64 on
type c_int = i32;

#[cfg(not(no_region))]
extern "C" {
    /// Gives the allocator the memory of `bytes` bytes at `start`: once, before anything is allocated.
    ///
    /// Some 44 KiB, and a 64th, are for metadata. Returns 0 if nothing is left then, or if there was memory already.
    ///
    /// # Safety
    ///
    /// The memory is valid for reads and writes, and nobody else's, for ever.
    pub fn sn_region_add(start: *mut c_void, bytes: usize) -> c_int;

    /// As [`sn_rust_alloc`](crate::sn_rust_alloc). Null: there is not enough memory.
    ///
    /// # Safety
    ///
    /// `alignment` is a power of two.
    pub fn sn_region_alloc(alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_region_alloc`], with the first `size` bytes zero.
    ///
    /// # Safety
    ///
    /// `alignment` is a power of two.
    pub fn sn_region_alloc_zeroed(alignment: usize, size: usize) -> *mut c_void;

    /// As [`sn_rust_dealloc`](crate::sn_rust_dealloc).
    ///
    /// # Safety
    ///
    /// As there, for memory of this module.
    pub fn sn_region_dealloc(ptr: *mut c_void, alignment: usize, size: usize);

    /// As [`sn_rust_realloc`](crate::sn_rust_realloc).
    ///
    /// # Safety
    ///
    /// As there, for memory of this module; `ptr` is not null.
    pub fn sn_region_realloc(ptr: *mut c_void, alignment: usize, old_size: usize, new_size: usize) -> *mut c_void;

    /// As [`sn_rust_resize_in_place`](crate::sn_rust_resize_in_place).
    ///
    /// # Safety
    ///
    /// As there, for memory of this module.
    pub fn sn_region_resize_in_place(ptr: *mut c_void, alignment: usize, old_size: usize, new_size: usize) -> usize;

    /// As [`sn_rust_usable_size`](crate::sn_rust_usable_size).
    ///
    /// # Safety
    ///
    /// Nobody frees `ptr` meanwhile.
    pub fn sn_region_usable_size(ptr: *const c_void) -> usize;
}

#[cfg(no_region)]
pub use no_region::*;

/// Miri cannot run the core, and nothing else cuts up memory here: none is taken, and none given.
#[cfg(no_region)]
mod no_region {
    #![allow(missing_docs, clippy::missing_safety_doc)]

    use super::c_int;
    use core::ffi::c_void;
    use core::ptr;

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_add(_start: *mut c_void, _bytes: usize) -> c_int {
        0
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_alloc(_alignment: usize, _size: usize) -> *mut c_void {
        ptr::null_mut()
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_alloc_zeroed(_alignment: usize, _size: usize) -> *mut c_void {
        ptr::null_mut()
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_dealloc(_: *mut c_void, _alignment: usize, _size: usize) {}

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_realloc(_: *mut c_void, _: usize, _old: usize, _new: usize) -> *mut c_void {
        ptr::null_mut()
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_resize_in_place(_: *mut c_void, _: usize, _old: usize, _new: usize) -> usize {
        0
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_region_usable_size(_: *const c_void) -> usize {
        0
    }
}
