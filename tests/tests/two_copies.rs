//! Two copies of the allocator in one process do not disturb each other.

use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::Churn;
use snmalloc_tests::plugin::{path, Handed, Plugin, PluginFile};
#[cfg(unix)]
use snmalloc_tests::process::{describe, fork};
use snmalloc_tests::{isolated, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// Works on both sides in turn, and returns memory of the library that is still live.
fn interleave(plugin: &Plugin, mut random: Random) -> Vec<Handed> {
    let mut own = Churn::new(random.fork(), 500, 200_000, 4 * MIB);
    let mut handed = Vec::new();
    for _ in 0..300 {
        own.run(20);
        handed.push(plugin.hand_out(random.size(50_000), random.number() as u8));
        plugin.work(20_000);
        if handed.len() > 100 {
            let at = random.below(handed.len());
            plugin.take_back(handed.swap_remove(at));
        }
    }
    handed
}

/// The threads use both copies and end; their memory is given back by another thread, after they are gone.
#[test]
fn threads_use_both_copies_and_end() {
    isolated("threads_use_both_copies_and_end", || {
        let mut random = Random::from_environment();
        let plugin = &Plugin::load(&path());
        let mut run = || {
            let handed: Vec<Handed> = thread::scope(|scope| {
                let threads = [(); 4].map(|()| random.fork()).map(|random| scope.spawn(|| interleave(plugin, random)));
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
            });
            handed.into_iter().for_each(|memory| plugin.take_back(memory));
            (ALLOC.memory_stats().current_memory_usage, plugin.held_bytes())
        };
        let start = run();
        let end = (0..8).map(|_| run()).last().unwrap();
        eprintln!("held bytes of both copies {start:?} at first, {end:?} in the end");
        assert!(end.0 < start.0 + 32 * MIB && end.1 < start.1 + 32 * MIB, "{start:?} at first, {end:?} in the end");
    });
}

#[test]
fn each_copy_knows_only_its_own_memory() {
    isolated("each_copy_knows_only_its_own_memory", || {
        let plugin = Plugin::load(&path());
        for bytes in [1, 100, 5_000, 100_000, 5_000_000] {
            let theirs = plugin.hand_out(bytes, 1);
            let ours = vec![1u8; bytes];
            assert!(plugin.owns(theirs.start) && !plugin.owns(ours.as_ptr()), "{bytes} bytes");
            assert!(ALLOC.usable_size(ours.as_ptr()).is_some_and(|usable| usable >= bytes), "{bytes} bytes");
            assert_eq!(ALLOC.usable_size(theirs.start), None, "{bytes} bytes");
            plugin.take_back(theirs);
        }
    });
}

#[test]
fn figures_count_each_copy_alone() {
    isolated("figures_count_each_copy_alone", || {
        let plugin = Plugin::load(&path());
        let (ours, theirs) = (ALLOC.memory_stats().current_memory_usage, plugin.held_bytes());
        let memory = plugin.hand_out(100 * MIB, 1);
        let (ours_after, theirs_after) = (ALLOC.memory_stats().current_memory_usage, plugin.held_bytes());
        plugin.take_back(memory);
        assert!(ours_after < ours + MIB, "{ours} then {ours_after} bytes");
        assert!(theirs_after >= theirs + 100 * MIB, "{theirs} then {theirs_after} bytes");
    });
}

/// Both have fork handlers, and both must work on both sides.
#[cfg(unix)]
#[test]
fn forks_keep_both_copies() {
    isolated("forks_keep_both_copies", || {
        let mut random = Random::from_environment();
        let plugin = &Plugin::load(&path());
        let mut worker_random = random.fork();
        let (running, is_running) = std::sync::mpsc::sync_channel::<()>(1);
        thread::scope(|scope| {
            scope.spawn(move || {
                // Until the forks are done, or one of them failed.
                while running.try_send(()) != Err(std::sync::mpsc::TrySendError::Disconnected(())) {
                    interleave(plugin, worker_random.fork()).into_iter().for_each(|memory| plugin.take_back(memory));
                }
            });
            let is_running = is_running;
            for number in 0..300 {
                let random = random.fork();
                let status = fork(20, || {
                    Churn::new(random, 100, 200_000, 2 * MIB).run(200);
                    plugin.work(MIB);
                    plugin.thread_work(2, MIB);
                });
                assert_eq!(status, 0, "child {number}: {}", describe(status));
            }
            drop(is_running);
        });
    });
}

/// Several copies at once fit into what the C library keeps free of static TLS.
#[test]
fn ten_copies_load_together() {
    isolated("ten_copies_load_together", || {
        let files: Vec<PluginFile> = (0..10).map(|number| PluginFile::copy(&format!("together-{number}"))).collect();
        let plugins: Vec<Plugin> = files.iter().map(|file| Plugin::load(file.path())).collect();
        let handed: Vec<Handed> = plugins.iter().map(|plugin| plugin.hand_out(1_000, 5)).collect();
        plugins.iter().for_each(|plugin| plugin.work(MIB));
        plugins.iter().zip(handed).for_each(|(plugin, memory)| plugin.take_back(memory));
    });
}
