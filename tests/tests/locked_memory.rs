//! `mlockall(MCL_FUTURE)`: what is used is locked, and only that is resident.
//!
//! The allocator is not the global one, so that its first call comes when the test says so.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout};
use std::io;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::process::{anonymous_bytes, bytes_of, limit_address_space, mapping_field};
use snmalloc_tests::{isolated, report, MIB};

/// False, and a line that says so: the system does not allow it.
fn lock_future(test: &str) -> bool {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: plain system calls with live arguments.
    let result = unsafe {
        libc::getrlimit(libc::RLIMIT_MEMLOCK, &mut limit);
        libc::mlockall(libc::MCL_FUTURE)
    };
    // Address space counts whole against the limit; whoever may pass it has none.
    // SAFETY: as above.
    let is_privileged = unsafe { libc::geteuid() } == 0;
    if result != 0 || (!is_privileged && limit.rlim_cur < (1 << 30)) {
        report(&format!("SKIPPED {test}: memory cannot be locked: {}", io::Error::last_os_error()));
        return false;
    }
    true
}

fn allocate(size: usize) -> *mut u8 {
    SnMalloc.alloc_aligned(Layout::from_size_align(size, 8).unwrap()).expect("memory").as_ptr()
}

fn check_use(test: &str, start_bytes: usize) {
    let grown = || anonymous_bytes().saturating_sub(start_bytes);
    let small = allocate(100);
    // SAFETY: it is ours, and so large.
    unsafe { small.write_bytes(1, 100) };
    assert!(grown() < MIB, "100 bytes make {} bytes resident", grown());
    let large = allocate(100 * MIB);
    assert!(grown() < 2 * MIB, "memory that nobody touched: {} bytes are resident", grown());
    // SAFETY: it is ours, and larger than that.
    unsafe { large.write_bytes(1, 50 * MIB) };
    assert!(grown() >= 50 * MIB && grown() < 54 * MIB, "{} bytes are resident", grown());
    let locked = bytes_of(&mapping_field(large, "Locked:"));
    assert!(locked >= 50 * MIB, "only {locked} bytes are locked");
    // SAFETY: it was allocated so, and is not used again.
    unsafe { SnMalloc.dealloc(large, Layout::from_size_align(100 * MIB, 8).unwrap()) };
    if SnMalloc.trim() == 0 {
        return report(&format!("SKIPPED the end of {test}: the kernel gives no locked pages back"));
    }
    assert!(grown() < 3 * MIB, "{} bytes stay", grown());
}

#[test]
fn locked_from_the_start() {
    isolated("locked_from_the_start", || {
        limit_address_space(None).unwrap();
        if lock_future("locked_from_the_start") {
            check_use("locked_from_the_start", anonymous_bytes());
        }
    });
}

#[test]
fn locked_later() {
    isolated("locked_later", || {
        allocate(100);
        if lock_future("locked_later") {
            allocate(28 * MIB); // what was reserved before is used up
            check_use("locked_later", anonymous_bytes());
        }
    });
}
