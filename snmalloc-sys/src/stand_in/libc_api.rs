//! The C interface. It leaves `errno` alone.

use super::{find, free, sn_rust_alloc, sn_rust_alloc_zeroed};
use core::ffi::c_void;
use core::ptr;

#[allow(non_camel_case_types)] // C's name; `core` knows it from 1.64 on
type c_int = i32;

const ALIGNMENT: usize = 16;
const EINVAL: c_int = 22; // as on every system that the core knows
const ENOMEM: c_int = 12;

#[no_mangle]
pub unsafe extern "C" fn sn_malloc(size: usize) -> *mut c_void {
    // SAFETY: a power of two.
    unsafe { sn_rust_alloc(ALIGNMENT, size) }
}

#[no_mangle]
pub unsafe extern "C" fn sn_calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: as above.
    count.checked_mul(size).map_or(ptr::null_mut(), |size| unsafe { sn_rust_alloc_zeroed(ALIGNMENT, size) })
}

#[no_mangle]
pub unsafe extern "C" fn sn_realloc(ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller vouches for the pointer.
    unsafe {
        if !ptr.is_null() && size == 0 {
            sn_free(ptr);
            return ptr::null_mut();
        }
        let new = sn_malloc(size);
        if !new.is_null() && !ptr.is_null() {
            ptr::copy_nonoverlapping(ptr.cast::<u8>(), new.cast(), size.min(sn_malloc_usable_size(ptr)));
            sn_free(ptr);
        }
        new
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_reallocarray(ptr: *mut c_void, count: usize, size: usize) -> *mut c_void {
    // SAFETY: as above.
    count.checked_mul(size).map_or(ptr::null_mut(), |size| unsafe { sn_realloc(ptr, size) })
}

#[no_mangle]
pub unsafe extern "C" fn sn_free(ptr: *mut c_void) {
    if !ptr.is_null() {
        // SAFETY: the caller vouches for the pointer.
        unsafe { free(ptr) }
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_malloc_usable_size(ptr: *const c_void) -> usize {
    find(ptr)
}

#[no_mangle]
pub unsafe extern "C" fn sn_aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    if alignment.is_power_of_two() {
        // SAFETY: a power of two.
        unsafe { sn_rust_alloc(alignment.max(ALIGNMENT), size) }
    } else {
        ptr::null_mut()
    }
}

#[no_mangle]
pub unsafe extern "C" fn sn_memalign(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: any numbers will do.
    alignment
        .checked_next_power_of_two()
        .map_or(ptr::null_mut(), |alignment| unsafe { sn_aligned_alloc(alignment, size) })
}

#[no_mangle]
pub unsafe extern "C" fn sn_posix_memalign(result: *mut *mut c_void, alignment: usize, size: usize) -> c_int {
    if !alignment.is_power_of_two() || alignment % core::mem::size_of::<usize>() != 0 {
        return EINVAL;
    }
    // SAFETY: the caller vouches for `result`.
    unsafe {
        let object = sn_aligned_alloc(alignment, size);
        if object.is_null() {
            return ENOMEM;
        }
        result.write(object);
    }
    0
}
