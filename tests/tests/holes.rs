//! Pages of slabs go back to the system while other pages of the slabs hold live objects: with `trim`, by the allocator's
//! own thread, and at the allocations of a thread that goes on. What is resident is asked of the system.
#![cfg(all(target_os = "linux", not(feature = "check")))] // with checks there are none

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use snmalloc_rs::SnMalloc;
use snmalloc_tests::process::{anonymous_bytes, describe, fork};
use snmalloc_tests::{isolated, isolated_with, with_options, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// What may stay beside the pages of live objects: metadata, magazines, the budget of free memory.
const LEFT: usize = 8 * MIB;

/// When memory has gone back that nobody wanted for the delay.
const WELL_AFTER_THE_DELAY: Duration = Duration::from_secs(3);

type Object = Box<[u8]>;

fn mark(number: usize) -> u8 {
    (number % 251) as u8 + 1
}

fn make(number: usize, size: usize) -> (usize, Object) {
    (number, vec![mark(number); size].into_boxed_slice())
}

/// Objects of 16 to 1,024 bytes, 256 MiB of them; and of these one in twenty.
fn random_survivors(random: &mut Random) -> Vec<(usize, Object)> {
    let mut all = Vec::new();
    let mut bytes = 0;
    while bytes < 256 * MIB {
        let size = 16 + random.below(1009);
        all.push(make(all.len(), size));
        bytes += size;
    }
    for end in (1..all.len()).rev() {
        all.swap(end, random.below(end + 1));
    }
    let kept = all.len() / 20;
    all.truncate(kept);
    all.shrink_to_fit();
    all
}

/// Of 2,000,000 objects of 128 bytes every 256th.
fn every_256th() -> Vec<(usize, Object)> {
    let all: Vec<_> = (0..2_000_000).map(|number| make(number, 128)).collect();
    let mut kept: Vec<_> = all.into_iter().filter(|(number, _)| number % 256 == 0).collect();
    kept.shrink_to_fit();
    kept
}

fn check_contents(objects: &[(usize, Object)]) {
    for (number, object) in objects {
        assert!(object.iter().all(|&byte| byte == mark(*number)), "object {number}");
    }
}

/// The bytes of the pages that live objects touch.
fn touched_bytes(objects: &[(usize, Object)]) -> usize {
    let pages: BTreeSet<usize> = objects
        .iter()
        .flat_map(|(_, object)| {
            let Range { start, end } = object.as_ptr_range();
            start as usize / 4096..=(end as usize - 1) / 4096
        })
        .collect();
    pages.len() * 4096
}

/// Has `give_back` give back what the survivors do not need; and uses the memory again.
fn check(survive: impl Fn(&mut Random) -> Vec<(usize, Object)>, most: usize, give_back: impl FnOnce()) {
    let start = anonymous_bytes();
    let mut random = Random::from_environment();
    let mut objects = survive(&mut random);
    give_back();
    let left = anonymous_bytes().saturating_sub(start);
    let stats = SnMalloc.stats();
    let touched = touched_bytes(&objects);
    eprintln!("{} KiB left, {} KiB touched, holes of {} KiB", left / 1024, touched / 1024, stats.hole_bytes / 1024);
    assert!(left <= touched + LEFT && left < most, "{left} bytes left, {touched} touched");
    assert!(stats.hole_bytes > 0 && stats.hole_bytes < stats.slab_free_bytes + stats.held_bytes / 16, "{stats}");
    assert!(stats.held_bytes >= stats.hole_bytes, "{stats}");
    check_contents(&objects);

    // The memory serves again.
    let again: Vec<_> = (0..200_000).map(|number| make(number, 16 + number % 1009)).collect();
    check_contents(&again);
    check_contents(&objects);
    drop(again);
    objects.truncate(objects.len() / 2);
    check_contents(&objects);
    drop(objects);
    SnMalloc.trim();
    let stats = SnMalloc.stats();
    assert!(anonymous_bytes() < start + LEFT && stats.hole_bytes < stats.held_bytes, "{stats}");
}

/// The program has had a second thread.
fn have_threads() {
    thread::spawn(|| drop(vec![1_u8; 100])).join().unwrap();
}

#[test]
fn trim_gives_back_pages_of_slabs() {
    isolated("trim_gives_back_pages_of_slabs", || {
        let given = |work: fn()| {
            let before = SnMalloc.stats().purged_ever_bytes;
            work();
            SnMalloc.stats().purged_ever_bytes - before
        };
        let trim = || {
            let ever = SnMalloc.stats().purged_ever_bytes;
            let bytes = SnMalloc.trim();
            assert!(bytes > 64 * MIB);
            assert_eq!(SnMalloc.stats().purged_ever_bytes - ever, bytes);
            assert_eq!(given(|| _ = SnMalloc.trim()), 0); // nothing is given back twice
        };
        check(random_survivors, usize::MAX, trim);
        check(|_| every_256th(), 45 * MIB, trim);
    });
}

/// Of a thread that sleeps, and of one that has ended.
#[test]
fn trim_reaches_slabs_of_others() {
    isolated("trim_reaches_slabs_of_others", || {
        let start = anonymous_bytes();
        let (objects, made) = sync_channel(0);
        let (end, ended) = sync_channel::<()>(0);
        let sleeper = thread::spawn(move || {
            objects.send(every_256th()).unwrap();
            ended.recv().unwrap_err();
        });
        let theirs = made.recv().unwrap();
        thread::sleep(Duration::from_millis(50));
        SnMalloc.trim();
        let left = anonymous_bytes().saturating_sub(start);
        assert!(left < 45 * MIB, "{left} bytes left of a thread that sleeps");
        check_contents(&theirs);
        drop(end);
        sleeper.join().unwrap();
        check(|_| thread::spawn(every_256th).join().unwrap(), 45 * MIB, || _ = SnMalloc.trim());
        check_contents(&theirs);
    });
}

#[test]
fn the_idle_thread_gives_back_pages_of_slabs() {
    isolated("the_idle_thread_gives_back_pages_of_slabs", || {
        have_threads();
        check(random_survivors, usize::MAX, || thread::sleep(WELL_AFTER_THE_DELAY));
        check(|_| every_256th(), 45 * MIB, || thread::sleep(WELL_AFTER_THE_DELAY));
        check(|_| thread::spawn(every_256th).join().unwrap(), 45 * MIB, || thread::sleep(WELL_AFTER_THE_DELAY));
    });
}

/// Objects are made in the holes of slabs before there are new slabs, and in what is no hole before that.
#[test]
fn holes_serve_before_new_slabs() {
    isolated("holes_serve_before_new_slabs", || {
        let mut again = Vec::with_capacity(1_800_000);
        let kept = every_256th();
        SnMalloc.trim();
        let (start, resident) = (SnMalloc.stats(), anonymous_bytes());
        let free_of_holes = start.slab_free_bytes - start.hole_bytes;
        while again.len() < free_of_holes / 2 / 128 {
            again.push(make(again.len(), 128).1);
        }
        let near = SnMalloc.stats();
        assert!(near.hole_bytes + MIB > start.hole_bytes, "{start}{near}");
        assert!(anonymous_bytes() < resident + again.len() * 16 + 2 * MIB);
        while again.len() < 1_800_000 {
            again.push(make(again.len(), 128).1);
        }
        let end = SnMalloc.stats();
        assert!(end.held_bytes < start.held_bytes + 2 * MIB && end.hole_bytes < start.hole_bytes / 8, "{start}{end}");
        assert!(again.iter().enumerate().all(|(number, object)| object.iter().all(|&byte| byte == mark(number))));
        check_contents(&kept);
    });
}

/// By itself, in a program of one thread, which goes on to allocate.
#[test]
fn a_thread_at_work_gives_back_pages_of_slabs() {
    isolated_with("a_thread_at_work_gives_back_pages_of_slabs", with_options("idle_purge=never"), || {
        let work = |count: usize, size| {
            let start = Instant::now();
            while start.elapsed() < WELL_AFTER_THE_DELAY {
                drop((0..count).map(|number| make(number, size)).collect::<Vec<_>>());
                thread::sleep(Duration::from_millis(5));
            }
        };
        check(|_| every_256th(), 45 * MIB, || work(20_000, 48));
        check(|_| every_256th(), 45 * MIB, || work(20, 100_000));
    });
}

/// Threads allocate and free, forks happen, and holes are made all the time: no object is disturbed.
#[test]
fn holes_come_and_go_at_work() {
    let seconds = std::env::var("SN_SECONDS").map_or(3, |text| text.parse().unwrap());
    isolated_with("holes_come_and_go_at_work", with_options("purge_delay_ms=1"), || {
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut random = Random::from_environment();
        let (sender, receiver) = sync_channel::<(usize, Object)>(1000);
        let most_holes = &AtomicUsize::new(0);
        thread::scope(|scope| {
            for number in 0..3 {
                let mut random = random.fork();
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut live = Vec::new();
                    while Instant::now() < end {
                        for _ in 0..20_000 {
                            let most = if random.below(8) == 0 { 30_000 } else { 600 };
                            let size = 16 + random.below(most);
                            live.push(make(random.below(1000), size));
                        }
                        // Some for others to free, and of the rest a few survive.
                        for _ in 0..500 {
                            let object = live.swap_remove(random.below(live.len()));
                            sender.send(object).unwrap();
                        }
                        for _ in 0..live.len() - live.len() / 30 {
                            let (number, object) = live.swap_remove(random.below(live.len()));
                            assert_eq!((object[0], object[object.len() - 1]), (mark(number), mark(number)));
                        }
                        check_contents(&live);
                        if number == 0 {
                            SnMalloc.trim();
                            most_holes.fetch_max(SnMalloc.stats().hole_bytes, Ordering::Relaxed);
                        } else {
                            thread::sleep(Duration::from_millis(number));
                        }
                    }
                });
            }
            drop(sender);
            let mut held = Vec::new();
            for (count, object) in receiver.iter().enumerate() {
                held.push(object);
                if count % 4000 == 3999 {
                    check_contents(&held);
                    held.retain(|_| random.below(10) == 0);
                    let status = fork(20, || {
                        SnMalloc.trim();
                        check_contents(&held);
                        drop((0..5000).map(|number| make(number, 300)).collect::<Vec<_>>());
                    });
                    assert_eq!(status, 0, "{}", describe(status));
                }
            }
            check_contents(&held);
        });
        assert!(most_holes.load(Ordering::Relaxed) > MIB);
    });
}
