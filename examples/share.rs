//! Memory that passes between C and Rust: what C allocates with `sn_malloc` is freed in Rust, and the other way round.
//!
//! ```text
//! cargo run --release --example share -- WORD...
//! ```
//!
//! One allocator serves both sides, so either may free, and the size that C would have to remember is asked for. Do *not*
//! mix it with the C library's `malloc`: what came from `strdup` or `getline` belongs to `free`, and what came from here
//! never does. Nor does a `Box` or `Vec` fit memory that C made: their layouts say more than an address.

use std::env;
use std::ffi::{c_char, c_void, CStr, CString};
use std::ptr::NonNull;

use snmalloc_examples as _; // which carries share.c
use snmalloc_rs::libc_api::{sn_free, sn_malloc};
use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

extern "C" {
    /// Returns the upper-case copy of a string, made with `sn_malloc`, or null. In share.c.
    fn share_shout(text: *const c_char) -> *mut c_char;
    /// Returns the length of a string and frees it with `sn_free`. In share.c.
    fn share_consume(text: *mut c_char) -> usize;
}

/// A string that C allocated with `sn_malloc`, or Rust for C to free.
struct SharedString(NonNull<c_char>);

impl SharedString {
    /// Takes over a string of C's.
    ///
    /// # Safety
    /// `text` is null or a string from `sn_malloc` that nobody else frees.
    unsafe fn from_c(text: *mut c_char) -> Option<Self> {
        NonNull::new(text).map(Self)
    }

    /// Copies a string to memory that C may free. `None`: out of memory.
    fn copy(text: &CStr) -> Option<Self> {
        let bytes = text.to_bytes_with_nul();
        // SAFETY: any size will do.
        let copy = NonNull::new(unsafe { sn_malloc(bytes.len()) }.cast::<c_char>())?;
        // SAFETY: the copy has as many bytes, and is new.
        unsafe { copy.as_ptr().copy_from_nonoverlapping(bytes.as_ptr().cast(), bytes.len()) };
        Some(Self(copy))
    }

    fn as_c_str(&self) -> &CStr {
        // SAFETY: it is a string for as long as `self` lives.
        unsafe { CStr::from_ptr(self.0.as_ptr()) }
    }

    /// Hands the string over to C, which frees it.
    fn into_c(self) -> *mut c_char {
        let text = self.0.as_ptr();
        std::mem::forget(self);
        text
    }
}

impl Drop for SharedString {
    fn drop(&mut self) {
        // SAFETY: the memory is this allocator's, and nobody else's.
        unsafe { sn_free(self.0.as_ptr().cast::<c_void>()) }
    }
}

fn main() {
    let mut words: Vec<String> = env::args().skip(1).collect();
    if words.is_empty() {
        words = ["one", "allocator", "for", "both"].map(String::from).to_vec();
    }
    for word in words {
        let word = CString::new(word).expect("an argument holds no zero byte");
        // SAFETY: `word` is a string, and the result is what from_c() asks for.
        let shouted = unsafe { SharedString::from_c(share_shout(word.as_ptr())) }.expect("out of memory");
        let usable = SnMalloc.usable_size(shouted.as_c_str().as_ptr().cast()).expect("it is memory of this allocator");
        let copy = SharedString::copy(shouted.as_c_str()).expect("out of memory");
        // SAFETY: the string is handed over.
        let length = unsafe { share_consume(copy.into_c()) };
        println!("{}: {length} bytes of {usable}", shouted.as_c_str().to_string_lossy());
    }
}
