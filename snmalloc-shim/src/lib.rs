//! The allocator in the place of `malloc` and `operator new`, for programs that nobody builds anew:
//!
//! ```sh
//! cargo build --release -p snmalloc-shim
//! LD_PRELOAD=$PWD/target/release/libsnmallocshim.so any-program
//! ```
//!
//! The same command builds `libsnmallocshim-checks.so` beside it, with the checks of the feature `check`, and with `memcpy`,
//! `memmove` and `memset` that stop before they leave the object that they touch. There is nothing of Rust in that one: the
//! build script makes it.
//!
//! All the work is done in the core's `abi/shim.cc`, `abi/operators.cc` and their likes. rustc exports from a shared library only what
//! is written in Rust, so each name is given here once more: a jump to the function of that name behind a prefix.
#![allow(non_snake_case)] // the names are C++'s

use core::ffi::{c_char, c_int, c_void};

type Ptr = *mut c_void;

/// `std::nothrow_t const&`, which nobody looks at.
type Nothrow = *const c_char;

/// The ten fields of `mallinfo` and `mallinfo2`.
type MallInfo = Fields<c_int>;
type MallInfo2 = Fields<usize>;

#[repr(C)]
pub struct Fields<Number>([Number; 10]);

macro_rules! export {
    ($(fn $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?;)*) => {
        mod core_functions {
            use super::*;
            // `operator new` may throw.
            extern "C-unwind" {
                $(
                    #[link_name = concat!("sn_shim_", stringify!($name))]
                    pub fn $name($($argument: $kind),*) $(-> $result)?;
                )*
            }
        }
        $(
            /// # Safety
            /// What C and C++ ask of the callers of this function.
            #[no_mangle]
            pub unsafe extern "C-unwind" fn $name($($argument: $kind),*) $(-> $result)? {
                // SAFETY: the function has the same contract.
                unsafe { core_functions::$name($($argument),*) }
            }
        )*
    };
}

export! {
    fn malloc(size: usize) -> Ptr;
    fn free(ptr: Ptr);
    fn calloc(count: usize, size: usize) -> Ptr;
    fn realloc(ptr: Ptr, size: usize) -> Ptr;
    fn reallocarray(ptr: Ptr, count: usize, size: usize) -> Ptr;
    fn aligned_alloc(alignment: usize, size: usize) -> Ptr;
    fn memalign(alignment: usize, size: usize) -> Ptr;
    fn posix_memalign(result: *mut Ptr, alignment: usize, size: usize) -> c_int;
    fn valloc(size: usize) -> Ptr;
    fn pvalloc(size: usize) -> Ptr;
    fn cfree(ptr: Ptr);
    fn free_sized(ptr: Ptr, size: usize);
    fn free_aligned_sized(ptr: Ptr, alignment: usize, size: usize);
    fn malloc_usable_size(ptr: Ptr) -> usize;
    fn malloc_trim(pad: usize) -> c_int;
    fn mallopt(setting: c_int, value: c_int) -> c_int;
    fn mallinfo() -> MallInfo;
    fn mallinfo2() -> MallInfo2;
    fn malloc_stats();
    fn malloc_info(options: c_int, stream: Ptr) -> c_int;

    fn _Znwm(size: usize) -> Ptr;
    fn _Znam(size: usize) -> Ptr;
    fn _ZnwmSt11align_val_t(size: usize, alignment: usize) -> Ptr;
    fn _ZnamSt11align_val_t(size: usize, alignment: usize) -> Ptr;
    fn _ZnwmRKSt9nothrow_t(size: usize, nothrow: Nothrow) -> Ptr;
    fn _ZnamRKSt9nothrow_t(size: usize, nothrow: Nothrow) -> Ptr;
    fn _ZnwmSt11align_val_tRKSt9nothrow_t(size: usize, alignment: usize, nothrow: Nothrow) -> Ptr;
    fn _ZnamSt11align_val_tRKSt9nothrow_t(size: usize, alignment: usize, nothrow: Nothrow) -> Ptr;
    fn _ZdlPv(ptr: Ptr);
    fn _ZdaPv(ptr: Ptr);
    fn _ZdlPvm(ptr: Ptr, size: usize);
    fn _ZdaPvm(ptr: Ptr, size: usize);
    fn _ZdlPvSt11align_val_t(ptr: Ptr, alignment: usize);
    fn _ZdaPvSt11align_val_t(ptr: Ptr, alignment: usize);
    fn _ZdlPvmSt11align_val_t(ptr: Ptr, size: usize, alignment: usize);
    fn _ZdaPvmSt11align_val_t(ptr: Ptr, size: usize, alignment: usize);
    fn _ZdlPvRKSt9nothrow_t(ptr: Ptr, nothrow: Nothrow);
    fn _ZdaPvRKSt9nothrow_t(ptr: Ptr, nothrow: Nothrow);
    fn _ZdlPvSt11align_val_tRKSt9nothrow_t(ptr: Ptr, alignment: usize, nothrow: Nothrow);
    fn _ZdaPvSt11align_val_tRKSt9nothrow_t(ptr: Ptr, alignment: usize, nothrow: Nothrow);
}
