//! 10,000 forks while three threads allocate; the children allocate and exit: no hang, no fault.
#![cfg(unix)]

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::Churn;
use snmalloc_tests::process::{describe, fork, start_fork, wait};
use snmalloc_tests::{isolated, Block, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const FORKS: usize = 10_000;
const CHILD_LIMIT_SECONDS: u32 = 20;

/// Three threads that allocate, and pass memory to each other, while `body` runs.
fn while_three_threads_allocate(random: &mut Random, body: impl FnOnce(&mut Random)) {
    let stop = &AtomicBool::new(false);
    let randoms = [random.fork(), random.fork(), random.fork()];
    thread::scope(|scope| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| std::sync::mpsc::sync_channel(4)).unzip();
        for (at, (random, receiver)) in randoms.into_iter().zip(receivers).enumerate() {
            let sender: std::sync::mpsc::SyncSender<Vec<Block>> = senders[(at + 1) % 3].clone();
            scope.spawn(move || {
                let mut churn = Churn::new(random, 100, 50_000, MIB / 8);
                while !stop.load(Ordering::Relaxed) {
                    churn.run(50);
                    let _ = sender.try_send(churn.take_all());
                    let _ = receiver.try_recv();
                }
            });
        }
        let _stop = StopAtEnd(stop);
        body(random);
    });
}

/// Ends the threads also when the body panics.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a child does: uses and frees what it inherited, allocates, and sometimes starts threads or children.
fn child(number: usize, mut random: Random, inherited: &mut Vec<Block>) {
    inherited.iter().for_each(Block::check);
    inherited.truncate(inherited.len() / 2);
    Churn::new(random.fork(), 20, 200_000, MIB).run(30);
    let kind = number % 50;
    if kind == 0 {
        let work = |random| thread::spawn(|| Churn::new(random, 100, 200_000, 2 * MIB).run(200));
        let threads = [work(random.fork()), work(random.fork())];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    if kind == 1 {
        let random = random.fork();
        let status = fork(CHILD_LIMIT_SECONDS, || Churn::new(random, 100, 200_000, 2 * MIB).run(100));
        assert_eq!(status, 0, "grandchild: {}", describe(status));
    }
    if kind == 2 {
        // The way that runs exit handlers and the destructors of libraries.
        std::process::exit(0);
    }
}

#[test]
fn forks_while_threads_allocate() {
    isolated("forks_while_threads_allocate", || {
        let mut random = Random::from_environment();
        while_three_threads_allocate(&mut random, |random| {
            let mut own = Churn::new(random.fork(), 50, 10_000, MIB / 16);
            let mut running = VecDeque::new();
            let finish = |(number, pid)| {
                let status = wait(pid);
                assert_eq!(status, 0, "child {number}: {}", describe(status));
            };
            for number in 0..FORKS {
                own.run(20);
                let mut inherited = own.take_all();
                let child_random = random.fork();
                running.push_back((
                    number,
                    start_fork(CHILD_LIMIT_SECONDS, || child(number, child_random, &mut inherited)),
                ));
                drop(inherited);
                if running.len() > 3 {
                    running.pop_front().map(finish);
                }
            }
            running.into_iter().for_each(finish);
        });
    });
}

/// Every thread of the parent forks: several in the handlers at once.
#[test]
fn threads_fork_at_once() {
    isolated("threads_fork_at_once", || {
        let mut random = Random::from_environment();
        while_three_threads_allocate(&mut random, |random| {
            thread::scope(|scope| {
                for _ in 0..3 {
                    let mut random = random.fork();
                    scope.spawn(move || {
                        for number in 0..300 {
                            let mut inherited = Churn::new(random.fork(), 50, 10_000, MIB / 4).take_all();
                            let child_random = random.fork();
                            let status =
                                fork(CHILD_LIMIT_SECONDS, || child(number * 50 + 3, child_random, &mut inherited));
                            assert_eq!(status, 0, "child {number}: {}", describe(status));
                        }
                    });
                }
            });
        });
    });
}

/// A line of descendants, each of which allocates, threads and forks the next.
#[test]
fn descendants_of_descendants_work() {
    fn descend(generation: u32, mut random: Random) {
        let mut churn = Churn::new(random.fork(), 300, 100_000, MIB);
        churn.run(1_000);
        let thread_random = random.fork();
        thread::spawn(|| Churn::new(thread_random, 300, 100_000, MIB).run(1_000)).join().unwrap();
        if generation > 0 {
            let status = fork(CHILD_LIMIT_SECONDS, || descend(generation - 1, random));
            assert_eq!(status, 0, "generation {generation}: {}", describe(status));
        }
        churn.run(1_000);
    }
    isolated("descendants_of_descendants_work", || descend(50, Random::from_environment()));
}

/// How many are left; afterwards the thread waits for others, whom a child lacks.
static FORKS_LEFT: AtomicUsize = AtomicUsize::new(0);
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Forks; in parent and child what was interrupted goes on.
extern "C" fn fork_in_handler(_: libc::c_int) {
    if FORKS_LEFT.load(Ordering::Relaxed) == 0 {
        return;
    }
    // SAFETY: each of these may be called in a signal handler; for `fork` that is what the test is about.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::signal(libc::SIGUSR1, libc::SIG_IGN);
            libc::alarm(CHILD_LIMIT_SECONDS);
            IS_CHILD.store(true, Ordering::Relaxed);
            return;
        }
        let mut status = 0;
        if child < 0 || libc::waitpid(child, &mut status, 0) != child || status != 0 {
            libc::abort();
        }
    }
    FORKS_LEFT.fetch_sub(1, Ordering::Relaxed);
}

/// A signal handler forks wherever it interrupts a thread, while others allocate.
#[test]
fn signal_handlers_fork() {
    isolated("signal_handlers_fork", || {
        let forks = std::env::var("SN_FORKS").map_or(50, |forks| forks.parse().unwrap());
        FORKS_LEFT.store(forks, Ordering::Relaxed);
        let mut random = Random::from_environment();
        // SAFETY: the handler is a function of this program; the thread that is signalled outlives the one that signals.
        let thread = unsafe {
            let handler: extern "C" fn(libc::c_int) = fork_in_handler;
            libc::signal(libc::SIGUSR1, handler as libc::sighandler_t);
            libc::alarm(120); // of a hang
            libc::pthread_self()
        };
        while_three_threads_allocate(&mut random, |random| {
            let stop = &AtomicBool::new(false);
            let mut moments = random.fork();
            thread::scope(|scope| {
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        thread::sleep(std::time::Duration::from_nanos(moments.below(500_000) as u64));
                        // SAFETY: see above.
                        unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
                    }
                });
                let _stop = StopAtEnd(stop);
                let mut churn = Churn::new(random.fork(), 30, 50_000, MIB / 8);
                while FORKS_LEFT.load(Ordering::Relaxed) > 0 {
                    churn.run(1);
                    for chunks in 3..200 {
                        // Not touched, so that the signal mostly finds the thread in the allocator.
                        drop(std::hint::black_box(Vec::<u8>::with_capacity(chunks << 14)));
                    }
                    if IS_CHILD.load(Ordering::Relaxed) {
                        churn.run(30);
                        let random = random.fork();
                        thread::spawn(|| Churn::new(random, 30, 50_000, MIB / 8).run(30)).join().unwrap();
                        // SAFETY: nothing of this process has to be ended.
                        unsafe { libc::_exit(0) };
                    }
                }
            });
        });
    });
}
