//! What the interfaces beside the global allocator cost, each next to the way without it. Ours is the global allocator.

use allocator_api2::vec::Vec as VecIn;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use snmalloc_rs::{Heap, Region, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::ptr::NonNull;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: SnMalloc = SnMalloc;

const OBJECT: Layout = Layout::new::<[u64; 6]>();
const OBJECTS: usize = 100_000;
const NUMBERS: u64 = 10_000;

fn fill(of: &impl GlobalAlloc) -> Vec<NonNull<u8>> {
    // SAFETY: the layout has a size.
    let object = |_| NonNull::new(unsafe { of.alloc(OBJECT) }).expect("out of memory");
    (0..OBJECTS).map(object).collect()
}

fn pair(of: &impl GlobalAlloc) {
    // SAFETY: the layout has a size; freed once, with it.
    unsafe { of.dealloc(black_box(of.alloc(OBJECT)), OBJECT) };
}

fn free_singly(of: &impl GlobalAlloc, objects: &[NonNull<u8>]) {
    for object in objects {
        // SAFETY: each was allocated there, with that layout, and is freed once.
        unsafe { of.dealloc(object.as_ptr(), OBJECT) };
    }
}

/// One object of 48 bytes, allocated and freed.
fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pair");
    group.bench_function("SnMalloc", |b| b.iter(|| pair(&SnMalloc)));
    let heap = Heap::new().expect("out of memory");
    group.bench_function("Heap", |b| b.iter(|| pair(&heap)));
    let memory = Box::leak(vec![0_u8; 1 << 20].into_boxed_slice());
    assert!(Region.add(memory), "it is given once");
    group.bench_function("Region", |b| b.iter(|| pair(&Region)));
}

/// The end of 100,000 objects.
fn ends(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("end of 100,000 objects");
    group.bench_function("SnMalloc, singly", |b| {
        b.iter_batched(|| fill(&SnMalloc), |objects| free_singly(&SnMalloc, &objects), BatchSize::PerIteration);
    });
    let heap_of_objects = || {
        let heap = Heap::new().expect("out of memory");
        let objects = fill(&heap);
        (heap, objects)
    };
    group.bench_function("Heap, singly", |b| {
        b.iter_batched(
            heap_of_objects,
            |(heap, objects)| {
                free_singly(&heap, &objects);
                (heap, objects)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("Heap, dropped", |b| {
        b.iter_batched(
            heap_of_objects,
            |(heap, objects)| {
                drop(heap);
                objects
            },
            BatchSize::PerIteration,
        );
    });
}

/// A vector that grows to 10,000 numbers.
fn vectors(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("vector of 10,000 numbers");
    group.bench_function("std", |b| {
        b.iter(|| {
            let mut numbers = Vec::new();
            (0..NUMBERS).for_each(|number| numbers.push(black_box(number)));
            numbers
        });
    });
    group.bench_function("allocator-api2, SnMalloc", |b| {
        b.iter(|| {
            let mut numbers = VecIn::new_in(SnMalloc);
            (0..NUMBERS).for_each(|number| numbers.push(black_box(number)));
            numbers
        });
    });
    let heap = Heap::new().expect("out of memory");
    group.bench_function("allocator-api2, Heap", |b| {
        b.iter(|| {
            let mut numbers = VecIn::new_in(&heap);
            (0..NUMBERS).for_each(|number| numbers.push(black_box(number)));
            numbers
        });
    });
}

/// A buffer of 256 KiB that becomes one of 512 KiB.
fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth from 256 to 512 KiB");
    let (small, large) = (Layout::new::<[u8; 256 << 10]>(), Layout::new::<[u8; 512 << 10]>());
    let allocate = || SnMalloc.alloc_aligned(small).expect("out of memory");
    group.bench_function("copied", |b| {
        b.iter(|| {
            let (from, to) = (allocate(), SnMalloc.alloc_aligned(large).expect("out of memory"));
            // SAFETY: both are that large; each is freed with its layout.
            unsafe {
                to.as_ptr().copy_from_nonoverlapping(black_box(from.as_ptr()), small.size());
                SnMalloc.dealloc(from.as_ptr(), small);
                SnMalloc.dealloc(black_box(to.as_ptr()), large);
            }
        });
    });
    group.bench_function("realloc", |b| {
        b.iter(|| {
            // SAFETY: allocated so, and freed with what it has become.
            unsafe {
                let grown = SnMalloc.realloc(allocate().as_ptr(), small, large.size());
                SnMalloc.dealloc(black_box(grown), large);
            }
        });
    });
    group.bench_function("try_grow_in_place", |b| {
        b.iter(|| {
            let object = allocate();
            // SAFETY: allocated so, and freed with what it has become.
            unsafe {
                let grown = SnMalloc.try_grow_in_place(object, small, large.size());
                SnMalloc.dealloc(object.as_ptr(), if grown.is_some() { large } else { small });
            }
        });
    });
}

/// Figures, and memory that goes back.
fn services(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("services");
    group.bench_function("memory_stats", |b| b.iter(|| SnMalloc.memory_stats()));
    group.bench_function("stats", |b| b.iter(|| SnMalloc.stats()));
    group.bench_function("trim, nothing to do", |b| {
        SnMalloc.trim();
        b.iter(|| SnMalloc.trim());
    });
    group.bench_function("trim, 4 MiB", |b| {
        let dirty = || drop(black_box(vec![1_u8; 4 << 20]));
        b.iter_batched(dirty, |()| SnMalloc.trim(), BatchSize::PerIteration);
    });
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .configure_from_args()
}

criterion_group! {
    name = interfaces;
    config = short();
    targets = pairs, ends, vectors, growth, services
}
criterion_main!(interfaces);
