//! `memory_limit` of twice what is live at most: nothing is refused, however many threads share it.
#![cfg(unix)]

use std::alloc::{alloc, dealloc, Layout};
use std::env;
use std::hint::black_box;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::{isolated_with, with_options, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// An object that any thread may free.
struct Object {
    start: usize,
    layout: Layout,
    charge: usize,
}

/// What all threads have in common.
struct Shared {
    room: AtomicUsize,
    largest: usize,
    passed_on: Vec<Mutex<Vec<Object>>>,
    is_refused: AtomicBool,
}

impl Shared {
    /// Takes so much of what may be live. False: too little is left.
    fn take_room(&self, bytes: usize) -> bool {
        self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(bytes)).is_ok()
    }

    fn free(&self, object: Object) {
        // SAFETY: it was allocated with that layout, and nobody else has it.
        unsafe { dealloc(object.start as *mut u8, object.layout) };
        self.room.fetch_add(object.charge, Ordering::Relaxed);
    }

    /// Sizes of all kinds, each power of two as often as any other.
    fn some_layout(&self, random: &mut Random) -> Layout {
        let most = self.largest >> random.below(self.largest.ilog2() as usize - 3);
        Layout::from_size_align(most / 2 + random.below(most / 2) + 1, 8).unwrap()
    }

    fn work(&self, me: usize, mut random: Random, end: Instant) -> usize {
        let mut mine: Vec<Object> = Vec::new();
        let mut rounds = 0;
        while Instant::now() < end && !self.is_refused.load(Ordering::Relaxed) {
            rounds += 1;
            let layout = self.some_layout(&mut random);
            // What its class may take at most, or whole chunks.
            let charge = if layout.size() < 32 << 10 { layout.size() * 5 / 4 + 16 } else { layout.size() + (16 << 10) };
            while !self.take_room(charge) {
                let gone = if mine.is_empty() { None } else { Some(mine.swap_remove(random.below(mine.len()))) };
                match gone.or_else(|| self.passed_on[me].lock().unwrap().pop()) {
                    Some(object) => self.free(object),
                    None => thread::yield_now(),
                }
                if Instant::now() > end {
                    break;
                }
            }
            // SAFETY: the size is not 0.
            let start = unsafe { alloc(layout) };
            if start.is_null() {
                self.is_refused.store(true, Ordering::Relaxed);
                eprintln!("{} bytes refused:\n{}", layout.size(), ALLOC.stats());
                break;
            }
            // SAFETY: the object is ours, and holds a byte.
            unsafe { start.write(1) };
            let object = Object { start: start as usize, layout, charge };
            if random.below(4) == 0 {
                self.passed_on[random.below(self.passed_on.len())].lock().unwrap().push(object);
            } else {
                mine.push(object);
            }
            if random.below(16) == 0 {
                let others: Vec<Object> = self.passed_on[me].lock().unwrap().drain(..).collect();
                others.into_iter().for_each(|object| self.free(object));
            }
        }
        mine.into_iter().for_each(|object| self.free(object));
        rounds
    }
}

/// Several seconds, or as many as the environment says.
fn check(test: &str, threads: usize, limit_mib: usize) {
    isolated_with(test, with_options(&format!("memory_limit={limit_mib}M")), || {
        let seconds = env::var("SN_SECONDS").map_or(3, |seconds| seconds.parse().expect("a number of seconds"));
        let live_bytes = limit_mib * MIB / 2;
        let shared = Shared {
            room: AtomicUsize::new(live_bytes),
            largest: live_bytes / threads / 2,
            passed_on: (0..threads).map(|_| Mutex::default()).collect(),
            is_refused: AtomicBool::new(false),
        };
        let mut random = Random::from_environment();
        let end = Instant::now() + Duration::from_secs(seconds);
        let rounds: usize = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads)
                .map(|me| {
                    let (shared, random) = (&shared, random.fork());
                    scope.spawn(move || shared.work(me, random, end))
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        let held_mib = ALLOC.memory_stats().peak_memory_usage >> 20;
        eprintln!("{threads} threads: {rounds} objects, held at most {held_mib} of {limit_mib} MiB");
        assert!(!shared.is_refused.into_inner(), "refused");
        assert!(ALLOC.memory_stats().peak_memory_usage <= limit_mib * MIB);
    });
}

#[test]
fn two_threads_within_16_mib() {
    check("two_threads_within_16_mib", 2, 16);
}

#[test]
fn eight_threads_within_32_mib() {
    check("eight_threads_within_32_mib", 8, 32);
}

#[test]
fn sixty_four_threads_within_128_mib() {
    check("sixty_four_threads_within_128_mib", 64, 128);
}

fn held_bytes() -> usize {
    ALLOC.stats().held_bytes
}

/// What one object of each class adds to what is held: a slab each, as the documentation says.
fn check_charges(test: &str, limit_mib: usize, charge_kib: RangeInclusive<usize>) {
    isolated_with(test, with_options(&format!("memory_limit={limit_mib}M")), || {
        ALLOC.trim();
        let before = held_bytes();
        let sizes = ALLOC.stats().classes.map(|class| class.object_bytes);
        for &size in sizes.iter().filter(|&&size| size > 0) {
            // SAFETY: the size is not 0; the object is never used.
            assert!(!unsafe { black_box(alloc(Layout::from_size_align(size, 8).unwrap())) }.is_null());
        }
        let kib = (held_bytes() - before) >> 10;
        eprintln!("{kib} KiB");
        assert!(charge_kib.contains(&kib), "{kib} KiB");
        let before = held_bytes();
        // SAFETY: as above.
        assert!(!unsafe { black_box(alloc(Layout::from_size_align(64 * MIB, 8).unwrap())) }.is_null());
        assert!(held_bytes() - before >= 60 * MIB, "a large object is charged as a whole, touched or not");
    });
}

#[test]
fn charges_below_512_mib() {
    check_charges("charges_below_512_mib", 500, 1000..=2000);
}

#[test]
fn charges_above_512_mib() {
    check_charges("charges_above_512_mib", 600, 3000..=5500);
}
