//! What a profile tells of allocations that are known: within five standard deviations of the truth, so that a test that
//! fails by chance is not seen in a lifetime.

use snmalloc_profiler::{Error, Estimate, Profiler, ProfilerOptions, Snapshot};
use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const KIB: usize = 1 << 10;

/// One test at a time takes a profile.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(interval_bytes: usize) -> Profiler {
    Profiler::start(ProfilerOptions { interval_bytes, ..ProfilerOptions::default() }).unwrap()
}

/// Objects of one size, and what a profile with that interval may say of them.
#[derive(Clone, Copy)]
struct Known {
    objects: usize,
    bytes: usize,
    interval_bytes: usize,
}

impl Known {
    fn deviation(self) -> Estimate {
        let probability = -(-(self.bytes as f64) / self.interval_bytes as f64).exp_m1();
        let objects = (self.objects as f64 * (1.0 - probability) / probability).sqrt();
        Estimate { objects, bytes: objects * self.bytes as f64 }
    }

    #[track_caller]
    fn check(self, estimate: Estimate) {
        let deviation = self.deviation();
        // What the harness allocates besides.
        let spare = (2 * self.interval_bytes + 8 * KIB) as f64;
        let bytes = (self.objects * self.bytes) as f64;
        assert!(
            (estimate.bytes - bytes).abs() <= 5.0 * deviation.bytes + spare,
            "{estimate:?} instead of {bytes} bytes"
        );
        let objects = self.objects as f64;
        assert!(
            (estimate.objects - objects).abs() <= 5.0 * deviation.objects + spare / 16.0,
            "{estimate:?} instead of {objects} objects"
        );
    }
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).unwrap()
}

fn allocate(layout: Layout) -> NonNull<u8> {
    ALLOC.alloc_aligned(layout).expect("out of memory")
}

/// Objects of one layout, each of which holds the address of the next: nothing else is allocated. They are freed by whoever
/// drops them.
struct Objects {
    first: *mut u8,
    layout: Layout,
}

// SAFETY: memory may be freed by any thread.
unsafe impl Send for Objects {}

impl Objects {
    fn push(&mut self, object: *mut u8) {
        // SAFETY: it is large enough, aligned, and nobody else's.
        unsafe { object.cast::<*mut u8>().write(self.first) };
        self.first = object;
    }

    fn pop(&mut self) -> Option<*mut u8> {
        let object = NonNull::new(self.first)?.as_ptr();
        // SAFETY: push() has written it.
        self.first = unsafe { object.cast::<*mut u8>().read() };
        Some(object)
    }

    fn resized(mut self, bytes: usize) -> Self {
        let mut resized = Self { first: std::ptr::null_mut(), layout: layout(bytes) };
        while let Some(object) = self.pop() {
            // SAFETY: it has that layout, and the old address is forgotten.
            let moved = unsafe { ALLOC.realloc(object, self.layout, bytes) };
            assert!(!moved.is_null());
            resized.push(moved);
        }
        resized
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        while let Some(object) = self.pop() {
            // SAFETY: it was allocated so, and is not used again.
            unsafe { ALLOC.dealloc(object, self.layout) };
        }
    }
}

fn objects(count: usize, bytes: usize) -> Objects {
    let mut objects = Objects { first: std::ptr::null_mut(), layout: layout(bytes) };
    for _ in 0..count {
        objects.push(allocate(objects.layout).as_ptr());
    }
    objects
}

/// But for what the harness allocates.
fn nothing_in_use_but_spare(snapshot: &Snapshot) {
    let in_use = snapshot.in_use();
    assert!(in_use.bytes < 200e3, "{in_use:?}");
}

#[test]
fn live_and_allocated_memory_is_estimated() {
    let _alone = alone();
    for (count, bytes, interval_bytes) in [
        (100_000, 16, 4 * KIB),
        (20_000, 100, 4 * KIB),
        (3_000, 5_000, 64 * KIB),
        (200, 40_000, 16 * KIB),
        (50, 2 << 20, 64 * KIB),
    ] {
        let known = Known { objects: count, bytes, interval_bytes };
        let profiler = start(interval_bytes);
        let first = objects(count, bytes);
        known.check(profiler.snapshot().in_use());
        drop(first);
        let second = objects(count, bytes);
        let snapshot = profiler.snapshot();
        known.check(snapshot.in_use());
        Known { objects: 2 * count, ..known }.check(snapshot.allocated());
        drop(second);
        nothing_in_use_but_spare(&profiler.snapshot());
    }
}

/// A program that allocates and frees in turns never leaves the fast path otherwise.
#[test]
fn allocations_in_turns_are_counted() {
    let _alone = alone();
    let known = Known { objects: 200_000, bytes: 48, interval_bytes: 8 * KIB };
    let profiler = start(known.interval_bytes);
    for _ in 0..known.objects {
        drop(objects(1, known.bytes));
    }
    let snapshot = profiler.snapshot();
    known.check(snapshot.allocated());
    nothing_in_use_but_spare(&snapshot);
}

#[test]
fn threads_are_sampled_and_free_each_others_objects() {
    let _alone = alone();
    let known = Known { objects: 40_000, bytes: 200, interval_bytes: 8 * KIB };
    let profiler = start(known.interval_bytes);
    let part = move || objects(known.objects / 4, known.bytes);
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(part)).collect();
    let objects: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    // The threads have ended.
    known.check(profiler.snapshot().in_use());
    thread::spawn(move || drop(objects)).join().unwrap();
    let snapshot = profiler.snapshot();
    known.check(snapshot.allocated());
    nothing_in_use_but_spare(&snapshot);
}

#[test]
fn threads_that_run_already_join() {
    let _alone = alone();
    let known = Known { objects: 40_000, bytes: 200, interval_bytes: 8 * KIB };
    let (go, wait) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        drop(objects(1, 16));
        wait.recv().unwrap();
        drop(objects(64 * KIB / known.bytes + 1, known.bytes));
        objects(known.objects, known.bytes)
    });
    let profiler = start(known.interval_bytes);
    go.send(()).unwrap();
    let objects = thread.join().unwrap();
    known.check(profiler.snapshot().in_use());
    drop(objects);
}

#[test]
fn reallocated_objects_have_their_new_size() {
    let _alone = alone();
    let interval_bytes = KIB;
    for (from, to) in
        [(100, 300), (300, 100), (1_000, 100_000), (100_000, 1_000), (100_000, 3 << 20), (4 << 20, 50_000)]
    {
        let count = (8_000_000 / from.max(to)).clamp(4, 2_000);
        let profiler = start(interval_bytes);
        let objects = objects(count, from).resized(to);
        Known { objects: count, bytes: to, interval_bytes }.check(profiler.snapshot().in_use());
        drop(objects);
        nothing_in_use_but_spare(&profiler.snapshot());
    }
}

/// What is sampled is as good as any other memory.
#[test]
fn sampled_objects_are_right_in_all_respects() {
    let _alone = alone();
    let _profiler = start(1); // nearly all are
    for bytes in [1, 8, 100, 4_000, 30_000, 40_000] {
        for alignment in [1, 16, 256, 4096, 1 << 16] {
            let layout = Layout::from_size_align(bytes, alignment).unwrap();
            // SAFETY: the layouts match, and the bytes are the object's own.
            unsafe {
                let object = ALLOC.alloc(layout);
                assert!(!object.is_null() && (object as usize).is_multiple_of(alignment));
                assert!(ALLOC.usable_size(object).unwrap() >= bytes);
                object.write_bytes(7, bytes);
                let grown = ALLOC.realloc(object, layout, 3 * bytes);
                assert!(!grown.is_null() && (grown as usize).is_multiple_of(alignment));
                assert!((0..bytes).all(|at| grown.add(at).read() == 7));
                let shrunk = ALLOC.realloc(grown, Layout::from_size_align(3 * bytes, alignment).unwrap(), bytes);
                assert!((0..bytes).all(|at| shrunk.add(at).read() == 7));
                ALLOC.dealloc(shrunk, layout);
                let zeroed = ALLOC.alloc_zeroed(layout);
                assert!((0..bytes).all(|at| zeroed.add(at).read() == 0));
                ALLOC.dealloc(zeroed, layout);
            }
        }
    }
    ALLOC.trim();
    assert!(ALLOC.stats().live_bytes > 0);
}

#[test]
fn private_heaps_are_sampled_and_end() {
    let _alone = alone();
    let known = Known { objects: 20_000, bytes: 500, interval_bytes: 16 * KIB };
    let profiler = start(known.interval_bytes);
    let heap = Heap::new().unwrap();
    for _ in 0..known.objects {
        heap.alloc_aligned(layout(known.bytes)).unwrap();
    }
    known.check(profiler.snapshot().in_use());
    drop(heap);
    nothing_in_use_but_spare(&profiler.snapshot());
}

#[test]
fn profiles_come_one_after_another() {
    let _alone = alone();
    let known = Known { objects: 20_000, bytes: 500, interval_bytes: 16 * KIB };
    let before = objects(known.objects, known.bytes);
    let profiler = start(known.interval_bytes);
    assert_eq!(Profiler::start(ProfilerOptions::default()).unwrap_err(), Error::AlreadyRunning);
    let during = objects(known.objects, known.bytes);
    known.check(profiler.snapshot().in_use());
    drop(profiler);
    let between = objects(known.objects, known.bytes);
    let profiler = start(2 * known.interval_bytes);
    nothing_in_use_but_spare(&profiler.snapshot());
    // These were sampled for the other profile, or for none.
    drop((before, during, between));
    nothing_in_use_but_spare(&profiler.snapshot());
    let after = objects(known.objects, known.bytes);
    Known { interval_bytes: 2 * known.interval_bytes, ..known }.check(profiler.snapshot().in_use());
    drop(after);
}

#[test]
fn an_interval_of_nothing_is_refused() {
    let options = ProfilerOptions { interval_bytes: 0, ..ProfilerOptions::default() };
    assert_eq!(Profiler::start(options).unwrap_err(), Error::NoInterval);
    assert!(Error::NoInterval.to_string().contains("interval"));
}
