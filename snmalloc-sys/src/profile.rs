//! What a heap profiler needs of the core: the functions of `snmalloc_profile.h`. The crate `snmalloc-profiler` uses them.
//!
//! On average one allocation per `interval_bytes` is reported, and again when it is freed. A Poisson process over the bytes
//! that each thread asks for decides which ones: an allocation of `bytes` bytes is sampled with the probability
//! `p = 1 - exp(-bytes / interval_bytes)`, whatever was allocated before. So it stands for `1 / p` allocations.

use core::ffi::c_void;

#[allow(non_camel_case_types)] // C's name; `core` knows it from 1.64 on
type c_int = i32;

/// Called by the thread that allocates, before it gets its object: with the number of the profile, and the bytes that were
/// asked for.
///
/// The result comes back when the object is freed. If it is null, that free is not reported.
pub type OnSample = unsafe extern "C" fn(usize, usize) -> *mut c_void;

/// Called by the thread that frees a sampled object or changes its size, while the profile runs: with the number of the
/// profile, what [`OnSample`] returned, and the bytes.
pub type OnFree = unsafe extern "C" fn(usize, *mut c_void, usize);

#[cfg(not(stand_in))]
#[cfg_attr(has_core, link(name = "snmalloc", kind = "static"))]
extern "C" {
    /// Returns 1 where profiles can be taken; 0 in builds with the feature `check`.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_profile_is_supported() -> c_int;

    /// Starts a profile and returns its number, which is never the same again; or 0 if one runs already or none is
    /// supported.
    ///
    /// Both functions are called outside of all locks of the core, may allocate and free, and are paused meanwhile.
    ///
    /// # Safety
    ///
    /// `interval_bytes` is not 0. The functions do not unwind, and may be called by any thread as long as the profile runs,
    /// and once more by threads that are about to when it stops.
    pub fn sn_profile_start(interval_bytes: usize, on_sample: OnSample, on_free: OnFree) -> usize;

    /// Ends the profile of that number; for another number nothing happens. Calls that other threads are in go on.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_profile_stop(profile: usize);

    /// What the calling thread allocates until the matching [`sn_profile_resume`] is not sampled. Calls nest.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_profile_pause();

    /// Ends a pause.
    ///
    /// # Safety
    ///
    /// None to heed.
    pub fn sn_profile_resume();
}

#[cfg(stand_in)]
pub use not_supported::*;

/// The system's allocator takes no samples.
#[cfg(stand_in)]
mod not_supported {
    #![allow(missing_docs, clippy::missing_safety_doc)]

    use super::{c_int, OnFree, OnSample};

    #[no_mangle]
    pub unsafe extern "C" fn sn_profile_is_supported() -> c_int {
        0
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_profile_start(_interval_bytes: usize, _: OnSample, _: OnFree) -> usize {
        0
    }

    #[no_mangle]
    pub unsafe extern "C" fn sn_profile_stop(_profile: usize) {}

    #[no_mangle]
    pub unsafe extern "C" fn sn_profile_pause() {}

    #[no_mangle]
    pub unsafe extern "C" fn sn_profile_resume() {}
}
