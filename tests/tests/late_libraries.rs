//! Libraries with thread-local data of their own, and many of them, are loaded late: what `local_dynamic_tls` is for.

use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::isolated;
use snmalloc_tests::plugin::{Plugin, PluginFile};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// All that C libraries keep for thread-local data of late libraries is less than 4 KiB, which each of these has.
#[test]
fn two_hundred_libraries_with_thread_local_data_load() {
    isolated("two_hundred_libraries_with_thread_local_data_load", || {
        let files: Vec<_> = (0..200).map(|number| PluginFile::copy(&format!("late-{number}"))).collect();
        let plugins: Vec<_> = files.iter().map(|file| Plugin::load(file.path())).collect();
        let work = || plugins.iter().for_each(|plugin| plugin.work(10_000));
        work();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(work);
            }
        });
    });
}
