//! Memory goes back by itself while all threads of the program sleep: by a thread of the allocator's own, which is there
//! only as long as there is something to give back.
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::plugin::{Plugin, PluginFile};
use snmalloc_tests::process::{anonymous_bytes, describe, fork};
use snmalloc_tests::{isolated, isolated_with, with_options, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const NAME: &str = "snmalloc-idle";

/// What may be left: the budget was never passed by more, and the program has some memory of its own.
const LEFT: usize = 12 * MIB;

/// When memory has gone back that was free for the delay, and what kept it is gone as well.
const WELL_AFTER_THE_DELAY: Duration = Duration::from_millis(2600);
const SOON: Duration = Duration::from_secs(10);

/// The status of the allocator's own threads: of any copy in this process.
fn idle_threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("/proc is mounted");
    tasks
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("status")).ok())
        .filter(|status| status.starts_with(&format!("Name:\t{NAME}\n")))
        .collect()
}

fn await_idle_threads(count: usize) {
    let start = Instant::now();
    while idle_threads().len() != count {
        assert!(start.elapsed() < SOON, "{} idle threads, not {count}", idle_threads().len());
        thread::sleep(Duration::from_millis(5));
    }
}

fn bursts(block_bytes: usize, bytes: usize) {
    for _ in 0..2 {
        drop((0..bytes / block_bytes).map(|_| vec![1_u8; block_bytes]).collect::<Vec<_>>());
    }
}

/// The program has had a second thread.
fn have_threads() {
    thread::spawn(|| drop(vec![1_u8; 100])).join().unwrap();
}

fn check_left(start: usize) {
    let left = anonymous_bytes().saturating_sub(start);
    eprintln!("{} KiB left", left / 1024);
    assert!(left < LEFT, "{left} bytes left");
}

/// All threads of the program sleep: nobody calls the allocator.
fn check_goes_back(work: impl FnOnce()) {
    let start = anonymous_bytes();
    work();
    thread::sleep(WELL_AFTER_THE_DELAY);
    check_left(start);
    await_idle_threads(0);
}

#[test]
fn two_bursts_and_then_nothing() {
    isolated("two_bursts_and_then_nothing", || {
        have_threads();
        check_goes_back(|| bursts(100_000, 300 * MIB));
        let first = ALLOC.stats();
        assert!(first.idle_purged_bytes > 100 * MIB && first.purging_bytes == 0, "{first}");
        check_goes_back(|| bursts(100_000, 300 * MIB)); // and a second time
        let second = ALLOC.stats();
        assert!(second.idle_purged_bytes > first.idle_purged_bytes, "{second}");
        assert!(second.idle_purged_bytes <= second.purged_ever_bytes, "{second}");
    });
}

#[test]
fn small_objects_and_then_nothing() {
    isolated("small_objects_and_then_nothing", || {
        have_threads();
        check_goes_back(|| bursts(200, 200 * MIB));
    });
}

#[test]
fn many_threads_that_sleep() {
    isolated("many_threads_that_sleep", || {
        let barrier = &Barrier::new(9);
        let start = anonymous_bytes();
        thread::scope(|scope| {
            for number in 0..8 {
                scope.spawn(move || {
                    bursts(if number % 2 == 0 { 70_000 } else { 300 }, 40 * MIB);
                    barrier.wait();
                    barrier.wait(); // sleeps
                });
            }
            barrier.wait();
            thread::sleep(WELL_AFTER_THE_DELAY);
            check_left(start);
            await_idle_threads(0);
            barrier.wait();
        });
    });
}

/// With checks nobody reaches them. What threads that sleep keep in their magazines: of each of some sizes at first some 16 KiB, then up to 4 objects, and
/// up to 1 KiB or one object. `let_go` is to make them.
#[cfg(not(feature = "check"))]
fn check_magazines(let_go: impl FnOnce()) {
    const THREADS: usize = 20;
    let sizes: Vec<usize> = (4..14).map(|log2| 1 << log2).collect();
    let all = sizes.iter().sum::<usize>();
    let kept: usize = sizes.iter().map(|size| size * (1024 / size).clamp(1, 4)).sum();
    let barrier = &Barrier::new(THREADS + 1);
    let start = ALLOC.stats().cached_bytes;
    thread::scope(|scope| {
        for number in 0..THREADS {
            let sizes = &sizes;
            scope.spawn(move || {
                let work = |count: usize| {
                    for &size in sizes {
                        let held: Vec<_> = (0..count).map(|_| vec![number as u8; size]).collect();
                        assert!(held.iter().flatten().all(|&byte| byte == number as u8));
                    }
                };
                work(30);
                barrier.wait();
                barrier.wait(); // sleeps
                work(200);
            });
        }
        barrier.wait();
        let full = ALLOC.stats().cached_bytes - start;
        assert!(full > THREADS * all * 4, "the test is of no use: {full} bytes of {}", THREADS * all);
        let_go();
        // The threads' own bookkeeping is of other sizes.
        let left = ALLOC.stats().cached_bytes.saturating_sub(start);
        eprintln!("{full} bytes in magazines, {left} left");
        assert!(left < THREADS * (kept + 8192), "{left} bytes left in magazines, of {full}");
        barrier.wait();
    });
}

#[cfg(not(feature = "check"))]
#[test]
fn magazines_of_threads_that_sleep() {
    isolated("magazines_of_threads_that_sleep", || {
        check_magazines(|| thread::sleep(WELL_AFTER_THE_DELAY));
    });
}

#[cfg(not(feature = "check"))]
#[test]
fn a_trim_reaches_magazines() {
    isolated("a_trim_reaches_magazines", || {
        have_threads();
        check_magazines(|| {
            ALLOC.trim();
        });
    });
}

/// Magazines serve all that this thread wants.
#[test]
fn ordinary_traffic_of_one_thread() {
    isolated("ordinary_traffic_of_one_thread", || {
        have_threads();
        let start = anonymous_bytes();
        bursts(100_000, 300 * MIB);
        let began = Instant::now();
        while began.elapsed() < WELL_AFTER_THE_DELAY {
            (0..16).for_each(|number| drop(std::hint::black_box(vec![1_u8; 16 + number * 20])));
            thread::sleep(Duration::from_millis(1));
        }
        check_left(start);
    });
}

#[test]
fn one_thread_has_none_unless_it_asks() {
    isolated("one_thread_has_none_unless_it_asks", || {
        let mut is_seen = false;
        for _ in 0..3 {
            bursts(100_000, 100 * MIB);
            is_seen |= !idle_threads().is_empty();
        }
        // The harness of the tests has two threads, so the main thread of a child stands for a program of one.
        let status = fork(60, || {
            bursts(100_000, 100 * MIB);
            assert!(idle_threads().is_empty());
            have_threads();
            check_goes_back(|| bursts(100_000, 100 * MIB));
        });
        assert_eq!(status, 0, "{}", describe(status));
        assert!(is_seen);
    });
}

#[test]
fn never_is_never() {
    isolated_with("never_is_never", with_options("idle_purge=never"), || {
        have_threads();
        let start = anonymous_bytes();
        for _ in 0..3 {
            bursts(100_000, 300 * MIB);
            assert!(idle_threads().is_empty());
        }
        thread::sleep(WELL_AFTER_THE_DELAY);
        assert!(anonymous_bytes() > start + LEFT, "the test is of no use");
        assert_eq!(ALLOC.stats().idle_purged_bytes, 0);
    });
}

/// It takes no signal from the program's threads, whatever these do about it.
#[test]
fn it_blocks_all_signals() {
    isolated("it_blocks_all_signals", || {
        have_threads();
        bursts(100_000, 100 * MIB);
        await_idle_threads(1);
        let threads = idle_threads();
        let blocked = threads[0].lines().find_map(|line| line.strip_prefix("SigBlk:\t")).unwrap();
        // All but those of the C library, SIGKILL and SIGSTOP.
        let mask = u64::from_str_radix(blocked, 16).unwrap();
        assert_eq!(mask | 0x0000_0003_8004_0100, u64::MAX, "{blocked}");
    });
}

/// The system lets the process start no thread any more: all is as without.
#[test]
fn a_refused_thread_is_not_missed() {
    isolated("a_refused_thread_is_not_missed", || {
        have_threads();
        refuse_threads();
        assert!(thread::Builder::new().spawn(|| ()).is_err());
        for _ in 0..3 {
            bursts(100_000, 100 * MIB);
        }
        assert!(idle_threads().is_empty());
        thread::sleep(Duration::from_millis(1100));
        let start = anonymous_bytes();
        bursts(100_000, 10 * MIB);
        assert!(anonymous_bytes() < start + LEFT);
    });
}

/// By a filter of system calls, which refuses clone and clone3.
fn refuse_threads() {
    use libc::{sock_filter, sock_fprog, BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
    let step = |code, k, jt, jf| sock_filter { code: u16::try_from(code).unwrap(), jt, jf, k };
    let number = |call: libc::c_long| u32::try_from(call).unwrap();
    let refuse = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::EPERM).unwrap();
    let mut steps = [
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, number(libc::SYS_clone), 1, 0),
        step(BPF_JMP | BPF_JEQ | BPF_K, number(libc::SYS_clone3), 0, 1),
        step(BPF_RET | BPF_K, refuse, 0, 0),
        step(BPF_RET | BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let filter = sock_fprog { len: 5, filter: steps.as_mut_ptr() };
    // SAFETY: the filter and its steps live as long as the calls.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter), 0);
    }
}

/// A library that is unloaded while its idle thread runs, or has just ended.
#[test]
fn a_library_takes_it_along() {
    isolated("a_library_takes_it_along", || {
        let file = PluginFile::copy("idle");
        for round in 0..30 {
            let plugin = Plugin::load(file.path());
            // Threads that end before the library goes, for their thread-locals pin it.
            thread::scope(|scope| {
                scope.spawn(|| plugin.thread_work(2, 1000)).join().unwrap();
                scope.spawn(|| plugin.work(30 * MIB)).join().unwrap();
            });
            let was_there = !idle_threads().is_empty();
            assert!(was_there || round > 0);
            drop(plugin);
            assert!(!file.is_loaded());
            let own = idle_threads().len();
            assert!(own <= 1, "{own}");
        }
    });
}

/// Forks at any moment of its life: children live without, and the parent goes on.
#[test]
fn forks_meanwhile() {
    isolated_with("forks_meanwhile", with_options("purge_delay_ms=20"), || {
        have_threads();
        for round in 0..100 {
            bursts(if round % 2 == 0 { 50_000 } else { 400 }, 20 * MIB);
            let status = fork(20, || {
                bursts(60_000, 20 * MIB);
                assert!(idle_threads().is_empty());
            });
            assert_eq!(status, 0, "{}", describe(status));
        }
        await_idle_threads(0);
    });
}
