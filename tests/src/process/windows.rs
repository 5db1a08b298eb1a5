//! By the calls of Windows.

use std::ffi::c_void;
use std::mem::size_of;

/// `PROCESS_MEMORY_COUNTERS`.
#[repr(C)]
#[derive(Default)]
struct Counters {
    size: u32,
    page_faults: u32,
    peak_working_set_bytes: usize,
    working_set_bytes: usize,
    pool_bytes: [usize; 4],
    committed_bytes: usize,
    peak_committed_bytes: usize,
}

#[link(name = "kernel32")]
extern "system" {
    fn GetCurrentProcess() -> *mut c_void;
    fn K32GetProcessMemoryInfo(process: *mut c_void, counters: *mut Counters, size: u32) -> i32;
    fn GetModuleHandleW(name: *const u16) -> *mut c_void;
}

fn counters() -> Counters {
    let size = size_of::<Counters>() as u32;
    let mut counters = Counters { size, ..Counters::default() };
    // SAFETY: the handle is that of this process, and `counters` has room for `size` bytes.
    assert_ne!(unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), &mut counters, size) }, 0);
    counters
}

/// Returns the resident size of this process in bytes.
#[must_use]
pub fn resident_bytes() -> usize {
    counters().working_set_bytes
}

/// Returns what this process has committed, in bytes: address space alone costs nothing here.
#[must_use]
pub fn address_space_bytes() -> usize {
    counters().committed_bytes
}

/// Returns whether a library of this file name is loaded into this process.
#[must_use]
pub fn has_module(name: &str) -> bool {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends with a zero.
    !unsafe { GetModuleHandleW(name.as_ptr()) }.is_null()
}
