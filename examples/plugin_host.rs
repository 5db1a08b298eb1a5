//! Loads the example `plugin`, lets it work on a thread, and unloads it: its memory goes with it.
//!
//! ```text
//! cargo build --release --examples && cargo run --release --example plugin_host
//! ```

use libloading::{Library, Symbol};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::{env, thread};

fn main() {
    let path = env::current_exe().expect("a path").with_file_name(format!("{DLL_PREFIX}plugin{DLL_SUFFIX}"));
    for _ in 0..10 {
        // SAFETY: the plugin has these functions, of these types; it is unloaded when nothing of it runs.
        unsafe {
            let plugin = Library::new(&path).expect("`cargo build --release --examples` has built the plugin");
            let run: Symbol<extern "C" fn(u64) -> u64> = plugin.get(b"plugin_run").unwrap();
            let held_bytes: Symbol<extern "C" fn() -> usize> = plugin.get(b"plugin_held_bytes").unwrap();
            let sum = thread::scope(|scope| scope.spawn(|| run(1_000_000)).join().unwrap());
            assert_eq!(sum, 333_332_833_333_500_000);
            assert!(held_bytes() > 0);
            println!("the plugin holds {} KiB", held_bytes() / 1024);
            plugin.close().expect("it can be unloaded");
        }
    }
}
