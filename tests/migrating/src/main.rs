//! Uses every public item of Microsoft's snmalloc-rs 0.7.6, by its name and its type.

use snmalloc_rs::{AllocStats, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::c_void;
use std::fmt::Debug;
use std::ptr::NonNull;
use std::thread;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const NEW: SnMalloc = SnMalloc::new();

fn main() {
    let words = thread::spawn(|| (0..1000).map(|n| n.to_string()).collect::<Vec<_>>()).join().unwrap();
    assert_eq!(words.concat().len(), 2890);
    handle();
    statistics();
    functions_of_rust();
    functions_of_c();
}

fn handle() {
    fn has_traits<T: GlobalAlloc + Debug + Clone + Copy + Send + Sync>(_: T) {}
    has_traits(NEW);
    let usable_size: fn(&SnMalloc, *const u8) -> Option<usize> = SnMalloc::usable_size;
    let alloc_aligned: fn(&SnMalloc, Layout) -> Option<NonNull<u8>> = SnMalloc::alloc_aligned;

    let layout = Layout::from_size_align(100, 64).unwrap();
    let memory = alloc_aligned(&ALLOC, layout).expect("memory");
    assert!(usable_size(&ALLOC, memory.as_ptr()).unwrap() >= 100);
    assert_eq!(ALLOC.usable_size(std::ptr::null()), None);
    // SAFETY: each pointer was allocated with the layout that stands beside it.
    unsafe {
        let grown = ALLOC.realloc(memory.as_ptr(), layout, 200);
        ALLOC.dealloc(grown, Layout::from_size_align(200, 64).unwrap());
        let zeroed = ALLOC.alloc_zeroed(layout);
        assert_eq!(*zeroed.add(99), 0);
        ALLOC.dealloc(zeroed, layout);
        ALLOC.dealloc(ALLOC.alloc(layout), layout);
    }
}

fn statistics() {
    fn has_traits<T: Debug + Clone + Copy + PartialEq + Eq>(_: T) {}
    let memory_stats: fn() -> AllocStats = SnMalloc::memory_stats;
    let AllocStats { current_memory_usage, peak_memory_usage } = memory_stats();
    assert!(0 < current_memory_usage && current_memory_usage <= peak_memory_usage);
    has_traits(AllocStats { current_memory_usage, peak_memory_usage });
}

fn functions_of_rust() {
    let sn_rust_alloc: unsafe extern "C" fn(usize, usize) -> *mut c_void = snmalloc_sys::sn_rust_alloc;
    let sn_rust_alloc_zeroed: unsafe extern "C" fn(usize, usize) -> *mut c_void = snmalloc_sys::sn_rust_alloc_zeroed;
    let sn_rust_realloc: unsafe extern "C" fn(*mut c_void, usize, usize, usize) -> *mut c_void =
        snmalloc_sys::sn_rust_realloc;
    let sn_rust_usable_size: unsafe extern "C" fn(*const c_void) -> usize = snmalloc_sys::sn_rust_usable_size;
    let sn_rust_statistics: unsafe extern "C" fn(*mut usize, *mut usize) = snmalloc_sys::sn_rust_statistics;
    let (mut current, mut peak) = (0, 0);
    // SAFETY: each pointer is freed once, with what it was allocated with.
    unsafe {
        let memory = sn_rust_realloc(sn_rust_alloc(8, 100), 8, 100, 200);
        assert!(sn_rust_usable_size(memory) >= 200);
        snmalloc_sys::sn_rust_dealloc(memory, 8, 200);
        snmalloc_sys::sn_rust_dealloc(sn_rust_alloc_zeroed(8, 100), 8, 100);
        sn_rust_statistics(&mut current, &mut peak);
    }
    assert!(0 < current && current <= peak);
}

fn functions_of_c() {
    let sn_malloc: unsafe extern "C" fn(usize) -> *mut c_void = snmalloc_sys::sn_malloc;
    let sn_calloc: unsafe extern "C" fn(usize, usize) -> *mut c_void = snmalloc_sys::sn_calloc;
    let sn_realloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void = snmalloc_sys::sn_realloc;
    let sn_malloc_usable_size: unsafe extern "C" fn(*const c_void) -> usize = snmalloc_sys::sn_malloc_usable_size;
    let sn_free: unsafe extern "C" fn(*mut c_void) = snmalloc_sys::sn_free;
    // SAFETY: each pointer is freed once.
    unsafe {
        let memory = sn_realloc(sn_malloc(100), 200);
        assert!(sn_malloc_usable_size(memory) >= 200);
        sn_free(memory);
        sn_free(sn_calloc(10, 10));
    }
}
