//! 10,000 short threads, and 1,000 at once: memory is back to within 10 % of the start after they ended.

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::Churn;
use snmalloc_tests::process::resident_bytes;
use snmalloc_tests::{isolated, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// What the program itself holds all the time. A tenth of it is what the ended threads may leave, and the allocator
/// keeps up to 8 MiB of free memory at hand.
const LIVE_BYTES: usize = 128 * MIB;

fn short_thread(mut random: Random) {
    Churn::new(random.fork(), 50, 60_000, MIB / 2).run(60);
}

fn short_threads(random: &mut Random, count: usize) {
    for _ in 0..count / 4 {
        let threads = [(); 4].map(|()| random.fork()).map(|random| thread::spawn(|| short_thread(random)));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}

fn threads_at_once(random: &mut Random, count: usize) {
    let barrier = &Barrier::new(count);
    thread::scope(|scope| {
        for _ in 0..count {
            let mut random = random.fork();
            scope.spawn(move || {
                let mut churn = Churn::new(random.fork(), 50, 60_000, MIB / 2);
                churn.run(60);
                barrier.wait();
                churn.run(10);
            });
        }
    });
}

/// Allocates and frees now and then, as programs do, until both figures are back; returns the last ones.
fn settled_bytes(limits: (usize, usize)) -> (usize, usize) {
    let figures = || (ALLOC.memory_stats().current_memory_usage, resident_bytes());
    for _ in 0..500 {
        let (held, resident) = figures();
        if held <= limits.0 && resident <= limits.1 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
        drop(std::hint::black_box([20, 500, 5_000, 50_000, 500_000].map(Vec::<u8>::with_capacity)));
    }
    figures()
}

fn memory_comes_back(work: fn(&mut Random, usize), count: usize) {
    let mut random = Random::from_environment();
    let live: Vec<Vec<u8>> = (0..LIVE_BYTES / 1_000).map(|_| vec![1; 1_000]).collect();
    work(&mut random, 8);
    let start = settled_bytes((0, 0));
    let limits = (start.0 / 10 * 11, start.1 / 10 * 11);
    for round in 0..2 {
        work(&mut random, count);
        let end = settled_bytes(limits);
        let figures = format!("held and resident bytes {start:?} at the start, {end:?} after round {round}");
        eprintln!("{figures}");
        assert!(end.0 <= limits.0 && end.1 <= limits.1, "{figures}");
    }
    drop(live);
}

#[test]
fn ten_thousand_short_threads_leave_nothing() {
    isolated("ten_thousand_short_threads_leave_nothing", || memory_comes_back(short_threads, 10_000));
}

#[test]
fn a_thousand_threads_at_once_leave_nothing() {
    isolated("a_thousand_threads_at_once_leave_nothing", || memory_comes_back(threads_at_once, 1_000));
}

/// What a thread leaves is there for the next, also when the next ones come one at a time.
#[test]
fn lone_threads_reuse_what_the_last_one_left() {
    isolated("lone_threads_reuse_what_the_last_one_left", || {
        let mut random = Random::from_environment();
        let mut lone_threads = |count| {
            for _ in 0..count {
                let random = random.fork();
                thread::spawn(|| short_thread(random)).join().unwrap();
            }
            ALLOC.memory_stats().peak_memory_usage
        };
        let first_bytes = lone_threads(100);
        let peak_bytes = lone_threads(3_000);
        assert!(peak_bytes <= first_bytes * 2, "peak {first_bytes} bytes after 100 threads, {peak_bytes} after 3,100");
    });
}

/// A dozen at once, again and again, of few objects each: what their heaps had is there for the next dozen, in the same
/// pages. So is the C library's stack of each.
#[cfg(all(target_os = "linux", not(feature = "check")))]
#[test]
fn small_threads_at_once_touch_no_new_memory() {
    fn faults() -> i64 {
        // SAFETY: all zero is a value of this type, and the call fills it.
        let usage = unsafe {
            let mut usage: libc::rusage = std::mem::zeroed();
            assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &mut usage), 0);
            usage
        };
        usage.ru_minflt
    }
    isolated("small_threads_at_once_touch_no_new_memory", || {
        const COUNT: usize = 12;
        let dozen = |round: usize| {
            let barrier = &Barrier::new(COUNT);
            thread::scope(|scope| {
                let work = |number: usize| {
                    move || {
                        let size = |object: usize| 16 + (object * 7919 + number * 31 + round * 101) % 1000;
                        let held: Vec<_> = (0..200).map(|object| vec![1_u8; size(object)]).collect();
                        barrier.wait();
                        drop(held);
                    }
                };
                let threads: Vec<_> = (0..COUNT).map(|number| scope.spawn(work(number))).collect();
                // The end of the scope does not wait for what threads do when they end, as this does.
                threads.into_iter().for_each(|thread| thread.join().unwrap());
            });
        };
        (0..20).for_each(dozen);
        let (bytes, before) = (resident_bytes(), faults());
        (20..80).for_each(dozen);
        let for_each = (faults() - before) as f64 / (60 * COUNT) as f64;
        let grown = resident_bytes().saturating_sub(bytes);
        eprintln!("{for_each:.1} faults a thread, {} KiB more", grown / 1024);
        assert!(for_each < 6.0, "{for_each} page faults a thread");
        assert!(grown < 4 * MIB, "{grown} bytes more are resident");
    });
}
