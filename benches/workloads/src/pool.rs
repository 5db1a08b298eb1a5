//! Threads that do the work of a plan. One thread's work is the caller's own, so that the program has no other.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

/// Runs `work` on each of `threads` threads; these end. Returns the sum of what it returns.
pub fn run(threads: usize, work: impl Fn(usize) -> u64 + Sync) -> u64 {
    if threads == 1 {
        return work(0);
    }
    thread::scope(|scope| {
        let started: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn({
                    let work = &work;
                    move || work(thread)
                })
            })
            .collect();
        started.into_iter().map(|thread| thread.join().expect("the work does not panic")).sum()
    })
}

/// The same on threads that then sleep until the program ends, as those of a server do.
pub fn run_and_sleep(threads: usize, work: impl Fn(usize) -> u64 + Send + Sync + 'static) -> u64 {
    if threads == 1 {
        return work(0);
    }
    let work = Arc::new(work);
    let (sender, receiver) = channel();
    for thread in 0..threads {
        let (work, sender) = (work.clone(), sender.clone());
        thread::spawn(move || {
            sender.send(work(thread)).expect("the receiver waits for all");
            sleep_for_ever()
        });
    }
    receiver.iter().take(threads).sum()
}

/// The rest of a thread that keeps its heap.
pub fn sleep_for_ever() -> ! {
    loop {
        thread::park();
    }
}
