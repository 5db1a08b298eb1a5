//! The inlined fast paths rely on the layout that the core has.

use snmalloc_sys::fast;
use std::ffi::c_void;

const SMALL_MAX_BYTES: usize = 32 << 10;

/// `struct sn_fast_layout` of `snmalloc_fast.h`.
#[cfg(fast_path)]
#[repr(C)]
struct Layout {
    numbers: [usize; 10],
    class_table: *const u8,
}

#[cfg(fast_path)]
extern "C" {
    fn sn_rust_fast_layout(layout: *mut Layout);
}

#[cfg(not(fast_path))]
#[test]
fn nothing_is_inlined_here() {
    assert!(fast::layout().is_none());
}

#[cfg(fast_path)]
#[test]
fn layout_is_the_cores() {
    // tests/plan.rs says which builds have them.
    let (numbers, class_table) = match fast::layout() {
        Some(layout) => layout,
        None => return,
    };
    let mut layout = Layout { numbers: [0; 10], class_table: std::ptr::null() };
    // SAFETY: the pointer is valid for a write.
    unsafe { sn_rust_fast_layout(&mut layout) };
    assert_eq!(numbers, layout.numbers);
    // SAFETY: the core's table has an element for each step of size below the largest small one, and is a constant.
    let table = unsafe { std::slice::from_raw_parts(layout.class_table, numbers[0] / numbers[1]) };
    assert_eq!(class_table, table);
}

/// The copies and the functions of the core share one magazine. It has no large objects: the memory of those is anyone's
/// once they are freed.
#[test]
#[cfg_attr(feature = "check", ignore = "with checks chance chooses the next object")]
fn paths_can_be_mixed() {
    for size in [1, 8, 100, 1000, 10_000, SMALL_MAX_BYTES, 100_000] {
        // SAFETY: the layouts match, and nothing is used after it is freed.
        unsafe {
            let first = allocate(8, size);
            snmalloc_sys::sn_rust_dealloc(first, 8, size);
            let second = allocate(8, size);
            free(second, 8, size);
            let third = snmalloc_sys::sn_rust_alloc(8, size);
            free(third, 8, size);
            if size <= SMALL_MAX_BYTES {
                assert_eq!(first, second, "the object freed last is the next one of its size");
                assert_eq!(first, third);
            }
        }
    }
}

/// A layout of another class, as after a `realloc` that found no memory to shrink into: the core knows what is true.
#[test]
#[cfg_attr(feature = "check", ignore = "with checks that ends the process")]
fn object_of_another_class_is_left_to_the_core() {
    // SAFETY: the object is allocated, and not used after it is freed.
    unsafe {
        let object = snmalloc_sys::sn_rust_alloc(8, 1000);
        assert!(!fast::push(object, 8, 100));
        free(object, 8, 100);
        let again = allocate(8, 1000);
        assert_eq!(object, again);
        free(again, 8, 1000);
    }
}

#[test]
fn nothing_is_done_of_no_bytes() {
    // SAFETY: no object is touched.
    unsafe {
        assert!(fast::pop(8, 0).is_null());
        assert!(!fast::push(8 as *mut c_void, 8, 0));
    }
}

/// SAFETY: `alignment` is a power of two.
unsafe fn allocate(alignment: usize, size: usize) -> *mut c_void {
    // SAFETY: as promised.
    unsafe {
        let object = fast::pop(alignment, size);
        if object.is_null() {
            fast::miss(alignment, size)
        } else {
            object
        }
    }
}

/// SAFETY: as of `sn_rust_dealloc`.
unsafe fn free(object: *mut c_void, alignment: usize, size: usize) {
    // SAFETY: as promised.
    unsafe {
        if !fast::push(object, alignment, size) {
            snmalloc_sys::sn_rust_dealloc(object, alignment, size);
        }
    }
}
