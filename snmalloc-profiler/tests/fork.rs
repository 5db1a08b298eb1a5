//! Forks while other threads allocate, free and take snapshots: no child hangs, and each goes on with the profile.
#![cfg(unix)]

use snmalloc_profiler::{Profiler, ProfilerOptions, Value};
use snmalloc_rs::SnMalloc;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const FORKS: usize = 150;

fn churn() -> Vec<Vec<u8>> {
    (1..200).map(|n| black_box(vec![1; n * 40])).collect()
}

/// Other libraries' handlers may allocate, before and after ours.
fn install_handlers() {
    extern "C" fn allocate() {
        drop(churn());
    }
    // SAFETY: the function lives as long as the program.
    unsafe { libc::pthread_atfork(Some(allocate), Some(allocate), Some(allocate)) };
}

#[test]
fn children_go_on() {
    install_handlers();
    let options = ProfilerOptions { interval_bytes: 32 << 10, ..ProfilerOptions::default() };
    let profiler = Profiler::start(options).unwrap();
    install_handlers();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    drop(churn());
                }
            });
        }
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                black_box(profiler.snapshot());
                thread::sleep(Duration::from_millis(1)); // so that others get the lock, too
            }
        });
        let kept = churn();
        let mut failed = None;
        for number in 0..FORKS {
            // SAFETY: the child uses the allocator and this crate, and ends.
            let pid = unsafe { libc::fork() };
            if pid == 0 {
                // SAFETY: ends a child that hangs.
                unsafe { libc::alarm(20) };
                let before = profiler.snapshot().allocated().bytes;
                let more: Vec<_> = (0..5).map(|_| churn()).collect();
                let in_thread = thread::spawn(churn).join().unwrap();
                let ok = profiler.snapshot().allocated().bytes > before;
                drop((more, in_thread));
                let mut written = Vec::new();
                if number == FORKS / 2 {
                    profiler.snapshot().write_collapsed(Value::InUseBytes, &mut written).unwrap();
                }
                // SAFETY: nothing is to be run any more.
                unsafe { libc::_exit(i32::from(!ok)) };
            }
            let mut status = 0;
            // SAFETY: the child is ours, and the pointer valid.
            unsafe { libc::waitpid(pid, &mut status, 0) };
            if status != 0 {
                failed = Some((number, status));
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        drop(kept);
        assert_eq!(failed, None, "child and its status");
    });
}
