//! Memory goes back to the system: by itself after a burst, with `trim` from threads that sleep; and it stays where it
//! is wanted again at once. What is resident is asked of the system.
#![cfg(unix)]

use std::sync::mpsc::{channel, sync_channel, SyncSender};
use std::sync::Barrier;
use std::thread::{self, JoinHandle};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::process::anonymous_bytes;
use snmalloc_tests::{isolated, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const BURST_BYTES: usize = 512 * MIB;

/// What describes the ranges of a burst, for good: 64 bytes for each, and a bit for each object, to 16 KiB.
const METADATA: usize = BURST_BYTES / 128;

/// What one burst may leave by itself.
const FREE: usize = 8 * MIB;

/// Magazines keep the last few objects of each size class, and if these were freed in no order, each may keep a slab.
const MAGAZINES: usize = 42 * MIB;

/// What a thread has allocated or freed in order lies in few slabs, one or two of each size class.
const IN_ORDER: usize = 4 * MIB;

/// One batch of objects that is not full yet.
const OUTBOX: usize = 2 * MIB;

/// Batches that a thread which sleeps has not read, up to 64: how many of them is chance. They hold some 2,700 objects,
/// which, freed in no order, lie in up to 1,500 slabs that nothing else keeps.
const UNREAD: usize = 112 * MIB;

/// The program's own: lists of blocks, stacks, and what the tests are run by.
const OTHER: usize = 2 * MIB;

/// Blocks of 64 bytes to 200 KiB, all touched.
fn burst(random: &mut Random) -> Vec<Vec<u8>> {
    let mut bytes = 0;
    let mut blocks = Vec::new();
    while bytes < BURST_BYTES {
        let limit_bytes = if random.below(50) == 0 { 200_000 } else { 3_000 };
        let size = random.size(limit_bytes).max(64);
        blocks.push(vec![1; size]);
        bytes += size;
    }
    blocks
}

fn shuffle(random: &mut Random, blocks: &mut [Vec<u8>]) {
    for end in (1..blocks.len()).rev() {
        blocks.swap(end, random.below(end + 1));
    }
}

fn check_left(start: usize, allowed: usize, when: &str) {
    let now = anonymous_bytes();
    eprintln!("{when}: {} KiB more than at the start", now.saturating_sub(start) / 1024);
    assert!(now < start + allowed, "{when}: {now} bytes resident, {start} at the start, {allowed} more allowed");
}

type Work = Box<dyn FnOnce() + Send>;

/// A thread that does what it is sent and sleeps in between; the sender waits until it has.
struct Sleeper {
    work: SyncSender<Work>,
    thread: JoinHandle<()>,
}

impl Sleeper {
    fn new() -> Self {
        let (work, next) = sync_channel::<Work>(0);
        Self { work, thread: thread::spawn(move || next.iter().for_each(|work| work())) }
    }

    fn run(&self, work: impl FnOnce() + Send + 'static) {
        let (done, is_done) = sync_channel(0);
        let work = move || {
            work();
            done.send(()).unwrap();
        };
        self.work.send(Box::new(work)).unwrap();
        is_done.recv().unwrap();
    }

    fn end(self) {
        drop(self.work);
        self.thread.join().unwrap();
    }
}

fn one_burst(test: &str, is_shuffled: bool) {
    isolated(test, || {
        let mut random = Random::from_environment();
        drop(vec![1; 1000]);
        let start = anonymous_bytes();
        let mut blocks = burst(&mut random);
        assert!(anonymous_bytes() > start + BURST_BYTES);
        if is_shuffled {
            shuffle(&mut random, &mut blocks);
        }
        drop(blocks);
        let slabs = if is_shuffled { MAGAZINES } else { 0 };
        check_left(start, FREE + METADATA + slabs + OTHER, "at once");
        ALLOC.trim();
        check_left(start, METADATA + OTHER, "trimmed");
    });
}

#[test]
fn burst_goes_back_by_itself() {
    one_burst("burst_goes_back_by_itself", false);
}

#[test]
fn burst_that_is_freed_in_no_order_goes_back_by_itself() {
    one_burst("burst_that_is_freed_in_no_order_goes_back_by_itself", true);
}

/// Neither the thread that allocated nor the one that freed does anything afterwards.
#[test]
fn sleepers_hold_little_of_what_they_sent() {
    isolated("sleepers_hold_little_of_what_they_sent", || {
        let mut random = Random::from_environment();
        let (owner, other) = (Sleeper::new(), Sleeper::new());
        let start = anonymous_bytes();
        let (sender, receiver) = channel();
        owner.run(move || {
            let mut blocks = burst(&mut random);
            shuffle(&mut random, &mut blocks);
            sender.send(blocks).unwrap();
        });
        let blocks = receiver.recv().unwrap();
        assert!(anonymous_bytes() > start + BURST_BYTES);
        other.run(move || drop(blocks));
        check_left(start, FREE + METADATA + UNREAD + MAGAZINES + OTHER, "sent");
        let before = anonymous_bytes();
        let bytes = ALLOC.trim();
        let after = anonymous_bytes();
        check_left(start, METADATA + IN_ORDER + OUTBOX + OTHER, "sent and trimmed");
        assert!(bytes > 0 && before - after <= bytes + OTHER, "{bytes} bytes reported, from {before} to {after}");
        owner.end();
        other.end();
        ALLOC.trim();
        check_left(start, METADATA + OTHER, "ended and trimmed");
    });
}

#[test]
fn sleeper_holds_little_of_what_it_freed() {
    isolated("sleeper_holds_little_of_what_it_freed", || {
        let mut random = Random::from_environment();
        let sleeper = Sleeper::new();
        let start = anonymous_bytes();
        sleeper.run(move || drop(burst(&mut random)));
        check_left(start, FREE + METADATA + OTHER, "freed");
        ALLOC.trim();
        check_left(start, METADATA + OTHER, "freed and trimmed");
        sleeper.end();
    });
}

#[test]
fn threads_that_ended_hold_nothing() {
    isolated("threads_that_ended_hold_nothing", || {
        const THREADS: usize = 16;
        let start = anonymous_bytes();
        let barrier = Barrier::new(THREADS);
        thread::scope(|scope| {
            let work = || {
                barrier.wait();
                let blocks: Vec<_> = (0..1000).map(|number| vec![1_u8; number * 8]).collect();
                barrier.wait();
                drop(blocks);
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
            // The end of the scope does not wait for what threads do when they end, as this does.
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        ALLOC.trim();
        check_left(start, 2 * OTHER, "trimmed");
    });
}

/// Buffers that come and go keep their pages: the system is not asked for them again and again.
#[test]
fn big_buffers_in_a_loop_do_not_thrash() {
    isolated("big_buffers_in_a_loop_do_not_thrash", || {
        for size in [MIB, 9 * MIB, 64 * MIB, 200 * MIB] {
            let rounds = |count: usize| {
                let before = page_faults();
                for _ in 0..count {
                    let mut buffer = Vec::<u8>::with_capacity(size);
                    for at in (0..size).step_by(4096) {
                        // SAFETY: `at` is below the capacity.
                        unsafe { buffer.as_mut_ptr().add(at).write_volatile(1) };
                    }
                }
                page_faults() - before
            };
            let first = rounds(1);
            rounds(10); // in which the budget learns
            let later = rounds(50);
            eprintln!("{size} bytes: {first} faults in the first round, {later} in fifty later ones");
            assert!(later < size / 4096, "{size} bytes: {later} page faults in 50 rounds, {first} in the first");
        }
    });
}

fn page_faults() -> usize {
    // SAFETY: all bits zero are a valid `rusage`, which the system fills.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &mut usage), 0);
        usage
    };
    usage.ru_minflt as usize
}
