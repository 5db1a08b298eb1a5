//! What the tests share: the program's code in C and C++, and a look at the C library's own allocator.

use snmalloc_rs as _; // so that the refusal can be seen: this is no program
use std::ffi::{c_char, c_int, c_void};

extern "C" {
    pub fn c_malloc(size: usize) -> *mut c_void;
    pub fn c_realloc(ptr: *mut c_void, size: usize) -> *mut c_void;
    pub fn c_free(ptr: *mut c_void);
    pub fn c_strdup(text: *const c_char) -> *mut c_char;
    pub fn c_usable_size(ptr: *mut c_void) -> usize;
    pub fn c_work() -> c_int;
    pub fn cxx_new(size: usize) -> *mut c_char;
    pub fn cxx_delete(object: *mut c_char);
    pub fn cxx_work() -> c_int;
}

/// Panics if the C library's allocator has ever had memory.
///
/// A look-up by the library's handle finds its own function, which tells of its own memory, and not the program's.
#[cfg(not(target_feature = "crt-static"))]
pub fn expect_idle_c_library() {
    // SAFETY: the C library is loaded, and its mallinfo2 has that type.
    let info = unsafe {
        let library = libc::dlopen(c"libc.so.6".as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY);
        let function = libc::dlsym(library, c"mallinfo2".as_ptr());
        assert!(!library.is_null() && !function.is_null());
        assert!(function != libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()), "the program has no malloc");
        std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> libc::mallinfo2>(function)()
    };
    assert_eq!((info.arena, info.hblks, info.hblkhd), (0, 0, 0), "the C library's malloc was called");
}

/// Panics if the C library's allocator is in the program.
#[cfg(target_feature = "crt-static")]
pub fn expect_idle_c_library() {
    let program = std::fs::read("/proc/self/exe").unwrap();
    let symbols: std::collections::HashSet<&[u8]> = program.split(|&byte| byte == 0).collect();
    let has = |name: String| symbols.contains(name.as_bytes()); // put together here, so that it is found nowhere else
    assert!(has(["c", "work"].join("_")), "the program has no symbols to look at");
    for words in [["_int", "malloc"], ["__malloc_alloc", "meta"]] {
        assert!(!has(words.join("_")), "the C library's malloc is in the program");
    }
}
