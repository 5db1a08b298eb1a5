//! The micro level: single calls on a `GlobalAlloc`, per size. The allocator
//! under test serves these calls alone; criterion lives on the system's.

mod calls;

use calls::Calls;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, measurement::WallTime};
use std::alloc::GlobalAlloc;
use std::time::Duration;

const SIZES: &[usize] = &[8, 16, 48, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536, 1 << 20];
const BULK_SIZES: &[usize] = &[16, 48, 64, 256, 1024, 4096];
const BULK_COUNT: usize = 1_000;

/// Runs every micro benchmark on `allocator`. Results of several allocators
/// stand side by side in criterion's report.
pub fn run<A: GlobalAlloc>(name: &str, allocator: &A) {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(30)
        .configure_from_args();
    let calls = Calls(allocator);

    per_size(&mut criterion, name, "pair", |bytes| calls.pair(bytes));
    per_size(&mut criterion, name, "zeroed", |bytes| calls.zeroed(bytes));
    per_size(&mut criterion, name, "realloc", |bytes| calls.grow_and_shrink(bytes));

    let in_order: Vec<usize> = (0..BULK_COUNT).collect();
    let reversed: Vec<usize> = in_order.iter().rev().copied().collect();
    // 387 is coprime to 1,000 and far from its divisors: neighbours part.
    let random: Vec<usize> = in_order.iter().map(|index| index * 387 % BULK_COUNT).collect();
    bulk(&mut criterion, name, "bulk-in-order", &calls, &in_order);
    bulk(&mut criterion, name, "bulk-reversed", &calls, &reversed);
    bulk(&mut criterion, name, "bulk-random", &calls, &random);
    criterion.final_summary();
}

fn per_size(criterion: &mut Criterion, name: &str, what: &str, call: impl Fn(usize)) {
    for &bytes in SIZES {
        group(criterion, what, bytes).bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| call(bytes)));
    }
}

fn bulk<A: GlobalAlloc>(criterion: &mut Criterion, name: &str, what: &str, calls: &Calls<A>, free_order: &[usize]) {
    let mut slots = vec![std::ptr::null_mut(); BULK_COUNT];
    for &bytes in BULK_SIZES {
        group(criterion, what, bytes).throughput(Throughput::Elements(BULK_COUNT as u64)).bench_function(
            BenchmarkId::from_parameter(name),
            |b| {
                b.iter(|| calls.bulk(bytes, &mut slots, free_order));
            },
        );
    }
}

fn group<'c>(criterion: &'c mut Criterion, what: &str, bytes: usize) -> BenchmarkGroup<'c, WallTime> {
    criterion.benchmark_group(format!("{what}/{bytes}"))
}
