//! `ulimit -v` of 512 MiB: the program works within it.
#![cfg(unix)]

use std::os::unix::process::CommandExt;
use std::process::Command;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::four_threads_work;
use snmalloc_tests::process::limit_address_space;
use snmalloc_tests::{isolated_with, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const LIMIT_BYTES: usize = 512 * MIB;

/// Sets the limit from the child's first instruction on, as a shell does.
fn limit(command: &mut Command) {
    // The C library's own allocator, which starts threads, would reserve 64 MiB for each.
    command.env("MALLOC_ARENA_MAX", "1");
    // SAFETY: the function only makes system calls.
    unsafe { command.pre_exec(|| limit_address_space(Some(LIMIT_BYTES))) };
}

#[test]
fn threads_work_in_512_mib() {
    isolated_with("threads_work_in_512_mib", limit, || {
        let mut random = Random::from_environment();
        for _ in 0..3 {
            four_threads_work(&mut random);
        }
    });
}

#[test]
fn a_vec_grows_to_a_quarter_of_512_mib() {
    isolated_with("a_vec_grows_to_a_quarter_of_512_mib", limit, || {
        for _ in 0..3 {
            let mut numbers = Vec::new();
            numbers.extend((0..128 * MIB / 8).map(|number| number as u64));
            assert!((0..).zip(&numbers).all(|(number, &found)| number == found));
        }
    });
}

#[test]
fn most_of_512_mib_can_be_had() {
    isolated_with("most_of_512_mib_can_be_had", limit, || {
        for size_bytes in [100, 3_000, 100_000] {
            let count = 320 * MIB / size_bytes;
            let mut blocks: Vec<Vec<u8>> = Vec::with_capacity(count);
            for _ in 0..count {
                let mut block = Vec::new();
                assert!(block.try_reserve_exact(size_bytes).is_ok(), "refused after {} x {size_bytes}", blocks.len());
                block.push(1);
                blocks.push(block);
            }
        }
    });
}

/// A buffer that grows by small steps needs no second place: little is left over when it is refused.
#[test]
fn a_buffer_grows_to_most_of_512_mib() {
    isolated_with("a_buffer_grows_to_most_of_512_mib", limit, || {
        for _ in 0..2 {
            let mut buffer: Vec<u8> = Vec::new();
            while buffer.try_reserve_exact(MIB).is_ok() {
                buffer.resize(buffer.capacity(), 7);
            }
            assert!(buffer.iter().all(|&byte| byte == 7));
            let granted_mib = buffer.len() / MIB;
            eprintln!("{granted_mib} of 512 MiB");
            assert!(granted_mib > 256, "refused after {granted_mib} MiB");
        }
    });
}
