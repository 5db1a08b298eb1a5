//! Single operations, each timed alone by the wall clock and by the processor time of its thread. Each prints a line
//! `CASE wall_ns cpu_ns`, without `cpu_ns` where other threads are what it waits for.

use crate::block::{Block, block, filled};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use std::hint::black_box;
use std::io::{BufWriter, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

/// All cases, as they are printed, and what they are.
pub const CASES: [(&str, &str); 5] = [
    ("clocks", "A million times nothing: what the clocks cost, and what the machine adds"),
    ("small", "A million replacements among 100,000 objects of 16 to 1,024 bytes: a free and an allocation"),
    ("burst-frees", "1 GiB in objects of 60,000 bytes, freed one after the other"),
    ("burst-allocations", "3,000 allocations of 8 KiB, 1.5 s after that burst"),
    ("thread-starts", "The first allocation of 500 threads, beside one that takes and frees 256 MiB in a loop"),
];

const OPERATIONS: usize = 1_000_000;
const LIVE: usize = 100_000;
const LEAST_BYTES: usize = 16;
const MOST_BYTES: usize = 1_024;
const BURST_BYTES: usize = 1 << 30;
const BURST_OBJECT_BYTES: usize = 60_000;
const PAUSE: Duration = Duration::from_millis(1_500);
const ALLOCATIONS: usize = 3_000;
const ALLOCATION_BYTES: usize = 8 << 10;
const STARTS: usize = 500;
/// Between two of them, so that they meet every part of the other thread's loop.
const BETWEEN_STARTS: Duration = Duration::from_millis(5);
const LARGE_BYTES: usize = 256 << 20;
const SMALL_BYTES: usize = 64;
const SMALL_OBJECTS: usize = 100_000;

/// Times of the operations of a case, in memory that was there before.
struct Samples(Vec<(Duration, u64)>);

impl Samples {
    fn with_room_for(count: usize) -> Self {
        let mut touched = vec![(Duration::MAX, u64::MAX); count];
        touched.clear();
        Samples(touched)
    }

    #[inline]
    fn time<T>(&mut self, operation: impl FnOnce() -> T) -> T {
        let cpu_start_ns = thread_cpu_ns();
        let start = Instant::now();
        let result = black_box(operation());
        let wall = start.elapsed();
        self.0.push((wall, thread_cpu_ns() - cpu_start_ns));
        result
    }

    fn print(&self, case: &str) -> u64 {
        let mut out = BufWriter::new(stdout().lock());
        for (wall, cpu_ns) in &self.0 {
            writeln!(out, "{case} {} {cpu_ns}", wall.as_nanos()).expect("the comparison reads it");
        }
        self.0.len() as u64
    }
}

fn thread_cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: there is room for what is written.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// One thread: the clocks alone, and replacements of small objects.
pub fn small(_: Plan) -> Work {
    let mut rng = Rng::new(17);
    let mut bytes = move || LEAST_BYTES + rng.below(MOST_BYTES - LEAST_BYTES + 1);
    let mut places = Rng::new(19);
    let mut set: Vec<Block> = (0..LIVE).map(|_| block(bytes())).collect();
    let [mut clocks, mut replacements] = [(); 2].map(|()| Samples::with_room_for(OPERATIONS));
    Box::new(move || {
        for _ in 0..OPERATIONS {
            clocks.time(|| ());
            let (place, bytes) = (places.below(LIVE), bytes());
            replacements.time(|| set[place] = block(bytes));
        }
        clocks.print("clocks") + replacements.print("small")
    })
}

/// One thread: a burst goes, and its memory expires while the thread sleeps.
pub fn burst(_: Plan) -> Work {
    let objects = BURST_BYTES / BURST_OBJECT_BYTES;
    let mut frees = Samples::with_room_for(objects);
    let mut allocations = Samples::with_room_for(ALLOCATIONS);
    let mut later: Vec<Block> = Vec::with_capacity(ALLOCATIONS);
    let mut held: Vec<Block> = (0..objects).map(|_| filled(BURST_OBJECT_BYTES)).collect();
    Box::new(move || {
        for object in held.drain(..) {
            frees.time(|| drop(object));
        }
        thread::sleep(PAUSE);
        for _ in 0..ALLOCATIONS {
            later.push(allocations.time(|| block(ALLOCATION_BYTES)));
        }
        frees.print("burst-frees") + allocations.print("burst-allocations")
    })
}

/// Threads start one after the other, while one gives 256 MiB back again and again, and another frees its small objects.
pub fn thread_starts(_: Plan) -> Work {
    Box::new(|| {
        let is_over = AtomicBool::new(false);
        let (sender, receiver) = sync_channel::<Vec<Block>>(1);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let small = (0..SMALL_OBJECTS).map(|_| block(SMALL_BYTES)).collect();
                    sender.send(small).expect("the other thread receives until this one ends");
                    drop(black_box(filled(LARGE_BYTES)));
                }
                drop(sender);
            });
            scope.spawn(move || receiver.iter().for_each(drop));
            for _ in 0..STARTS {
                thread::sleep(BETWEEN_STARTS);
                let first = || {
                    let start = Instant::now();
                    let object = black_box(block(SMALL_BYTES));
                    (start.elapsed(), object)
                };
                let (wall, _) = thread::spawn(first).join().expect("the thread does not panic");
                println!("thread-starts {}", wall.as_nanos());
            }
            is_over.store(true, Ordering::Relaxed);
        });
        STARTS as u64
    })
}
