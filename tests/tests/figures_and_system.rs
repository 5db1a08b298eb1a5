//! The figures of `stats` beside those of the system.
#![cfg(target_os = "linux")]

use std::alloc::Layout;
use std::process::Command;

use snmalloc_rs::{SnMalloc, Stats};
use snmalloc_tests::process::{address_space_bytes, anonymous_bytes};
use snmalloc_tests::{isolated_with, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// Nothing goes back by itself.
fn keep_all(command: &mut Command) {
    command.env("SNMALLOC_OPTIONS", "purge_delay_ms=1000000,resident_budget=2G");
}

/// The figures, and what is resident beside what was at the start; none is more than the system can confirm.
fn look(start_bytes: usize) -> (Stats, usize) {
    let stats = ALLOC.stats();
    let resident_bytes = anonymous_bytes().saturating_sub(start_bytes);
    eprintln!("{resident_bytes} bytes resident:\n{stats}");
    assert!(resident_bytes <= stats.held_bytes + MIB, "resident memory that nobody holds");
    let held_and_not = stats.held_bytes - stats.metadata_bytes + stats.purged_bytes;
    assert!(held_and_not <= stats.reserved_bytes && stats.reserved_bytes <= address_space_bytes());
    (stats, resident_bytes)
}

fn is_near(left: usize, right: usize) -> bool {
    left.abs_diff(right) < 4 * MIB
}

/// Where every byte is touched, what the figures say is resident.
#[test]
fn touched_memory_is_resident() {
    isolated_with("touched_memory_is_resident", keep_all, || {
        let start = anonymous_bytes();
        for size in [100 * MIB, 300_000, 5_000, 100] {
            let touched = ALLOC.good_size(Layout::array::<u8>(size).unwrap()); // all that it gets
            let objects: Vec<Vec<u8>> = (0..100 * MIB / size).map(|_| vec![1; touched]).collect();
            let (live, resident) = look(start);
            assert!(is_near(live.held_bytes, resident) && live.live_bytes >= 100 * MIB);
            drop(objects);
            let (free, resident) = look(start);
            assert!(free.free_bytes >= 90 * MIB && is_near(free.held_bytes, resident));
        }
        ALLOC.trim();
        let (end, resident) = look(start);
        assert!(end.free_bytes == 0 && is_near(end.held_bytes, resident) && resident < 8 * MIB);
        assert!(end.metadata_bytes < 8 * MIB && end.peak_bytes >= 100 * MIB);
    });
}

/// Where nothing is touched, the figures say what was handed out and is kept; the system has less.
#[test]
fn untouched_memory_counts() {
    isolated_with("untouched_memory_counts", keep_all, || {
        let start = anonymous_bytes();
        let large = Vec::<u8>::with_capacity(500 * MIB);
        let small: Vec<Vec<u8>> = (0..1_000).map(|_| Vec::with_capacity(30_000)).collect();
        let (live, resident) = look(start);
        assert!(live.held_bytes >= 525 * MIB && live.live_bytes >= 525 * MIB && resident < 8 * MIB);
        drop((large, small));
        let (free, resident) = look(start);
        assert!(free.free_bytes >= 525 * MIB && free.held_bytes >= free.free_bytes && resident < 8 * MIB);
        ALLOC.trim();
        let (end, resident) = look(start);
        assert!(end.free_bytes == 0 && end.held_bytes < 8 * MIB && resident < 8 * MIB);
    });
}
