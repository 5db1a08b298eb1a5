//! Libraries that are loaded late use the program's allocator, too.
#![cfg(not(target_feature = "crt-static"))] // such programs load none

use snmalloc_override_test as native;
use snmalloc_rs::SnMalloc;
use std::ffi::{c_char, c_void, CStr, CString};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// What a library that looks for the name finds first.
fn find(name: &CStr) -> *mut c_void {
    // SAFETY: it is a look-up, no more.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

fn is_in_program(address: *const c_void) -> bool {
    // SAFETY: any address may be asked about.
    unsafe {
        let (mut of_it, mut of_us) = (std::mem::zeroed(), std::mem::zeroed());
        let main: fn() = every_name_is_found_in_the_program;
        assert!(libc::dladdr(main as *const c_void, &mut of_us) != 0);
        libc::dladdr(address, &mut of_it) != 0 && of_it.dli_fbase == of_us.dli_fbase
    }
}

#[test]
fn every_name_is_found_in_the_program() {
    let names = "malloc free calloc realloc reallocarray aligned_alloc memalign posix_memalign valloc pvalloc \
        malloc_usable_size malloc_trim mallopt mallinfo mallinfo2 malloc_stats malloc_info";
    // What C++ code of the program uses, and so its runtime library, which the linker sees.
    let operators = "_Znwm _Znam _ZnwmSt11align_val_t _ZnamSt11align_val_t _ZdlPv _ZdaPv _ZdlPvm _ZdaPvm \
        _ZdlPvSt11align_val_t _ZdaPvSt11align_val_t _ZdlPvmSt11align_val_t _ZdaPvmSt11align_val_t _ZdlPvRKSt9nothrow_t \
        _ZdaPvRKSt9nothrow_t _ZdlPvSt11align_val_tRKSt9nothrow_t _ZdaPvSt11align_val_tRKSt9nothrow_t";
    // SAFETY: it asks nothing of its caller.
    assert_eq!(unsafe { native::cxx_work() }, 0);
    for name in names.split_whitespace().chain(operators.split_whitespace()) {
        assert!(is_in_program(find(&CString::new(name).unwrap())), "{name}");
    }
}

#[test]
fn plugins_share_the_allocator() {
    for path in [env!("PLUGIN_IN_C"), env!("PLUGIN_IN_CXX")] {
        let path = CString::new(path).unwrap();
        // SAFETY: the functions have these types; what one side allocates the other frees once.
        unsafe {
            let plugin = libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
            assert!(!plugin.is_null(), "{:?}", CStr::from_ptr(libc::dlerror()));
            let symbol = |name: &CStr| libc::dlsym(plugin, name.as_ptr());
            let malloc: unsafe extern "C" fn(usize) -> *mut c_void = std::mem::transmute(symbol(c"plugin_malloc"));
            let strdup: unsafe extern "C" fn(*const c_char) -> *mut c_char =
                std::mem::transmute(symbol(c"plugin_strdup"));
            let free: unsafe extern "C" fn(*mut c_void) = std::mem::transmute(symbol(c"plugin_free"));
            for size in [1, 100, 10_000, 1 << 20] {
                let object = malloc(size);
                assert!(ALLOC.usable_size(object.cast()) >= Some(size));
                native::c_free(object);
                free(native::c_malloc(size));
                drop(CString::from_vec_unchecked(vec![b'x'; size]));
            }
            let copy = strdup(c"text".as_ptr());
            assert_eq!(*copy, b't' as c_char);
            assert!(ALLOC.usable_size(copy.cast()).is_some());
            native::c_free(copy.cast());
            assert_eq!(libc::dlclose(plugin), 0);
        }
    }
    native::expect_idle_c_library();
}
