//! Requests that cannot be met: null, an error from `try_reserve`, or the end of the program by `handle_alloc_error`.

use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::env;
use std::process::{Command, Output};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const MAX: usize = isize::MAX as usize;
/// More than the allocator ever hands out, also where addresses have 32 bits and half of them may well be free.
const HUGE: usize = MAX - MAX / 4096;

#[test]
fn sizes_near_the_maximum_return_null() {
    for align in [1, 16, 4096, 1 << 21, 1 << 30].into_iter().filter(|&align| align < MAX / 4096) {
        let largest = MAX & !(align - 1);
        for size in [largest, largest - align, HUGE] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: the layout has a size.
            unsafe {
                assert!(SnMalloc.alloc(layout).is_null(), "{layout:?}");
                assert!(SnMalloc.alloc_zeroed(layout).is_null(), "{layout:?}");
            }
            assert_eq!(SnMalloc.alloc_aligned(layout), None);
        }
    }
    if usize::BITS == 64 {
        let huge_alignment = Layout::from_size_align(1, 1 << (usize::BITS - 2)).unwrap();
        assert_eq!(SnMalloc.alloc_aligned(huge_alignment), None);
    }
}

#[test]
fn a_refused_realloc_leaves_the_block_alone() {
    for size in [10, 5000, 1 << 20] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        // SAFETY: the block holds `size` bytes, and keeps its layout as the larger ones are refused.
        unsafe {
            let block = SnMalloc.alloc(layout);
            block.write_bytes(7, size);
            assert!(SnMalloc.realloc(block, layout, MAX - 7).is_null());
            assert!(SnMalloc.realloc(block, layout, HUGE).is_null());
            assert!(std::slice::from_raw_parts(block, size).iter().all(|&byte| byte == 7));
            SnMalloc.dealloc(block, layout);
        }
    }
}

#[test]
fn try_reserve_returns_an_error_and_the_next_call_works() {
    let mut bytes = vec![1_u8, 2, 3];
    for _ in 0..100 {
        bytes.try_reserve_exact(HUGE).unwrap_err();
    }
    bytes.try_reserve(1 << 20).unwrap();
    assert_eq!(bytes, [1, 2, 3]);
}

#[test]
fn the_program_ends_by_handle_alloc_error() {
    const THIS_TEST: &str = "the_program_ends_by_handle_alloc_error";
    const CHILD: &str = "SNMALLOC_TEST_RUNS_OUT_OF_MEMORY";
    if env::var_os(CHILD).is_some() {
        drop(vec![1_u8; HUGE]);
        return;
    }
    let Output { status, stderr, .. } = Command::new(env::current_exe().unwrap())
        .args(["--exact", THIS_TEST, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(!status.success());
    assert!(stderr.contains(&format!("memory allocation of {} bytes failed", HUGE)), "{status}: {stderr}");
}
