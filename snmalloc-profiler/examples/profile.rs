//! Takes a heap profile of a small program and writes it where `go tool pprof` and browsers read it.
//!
//! ```text
//! cargo run --release -p snmalloc-profiler --example profile -- DIRECTORY
//! ```

use snmalloc_profiler::{Profiler, ProfilerOptions, Value};
use std::fs::File;
use std::path::PathBuf;
use std::{env, error::Error};

#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).map_or_else(env::temp_dir, PathBuf::from);
    let profiler = Profiler::start(ProfilerOptions::default())?;
    let kept: Vec<_> = (0..200_000).map(|n| format!("{n:>200}")).collect();
    drop((0..200_000).map(|n| format!("{n:>100}")).collect::<Vec<_>>());

    let snapshot = profiler.snapshot();
    let bytes = snapshot.in_use().bytes;
    println!("some {:.0} MiB are in use, of {} strings", bytes / 1024.0 / 1024.0, kept.len());
    assert!((20e6..100e6).contains(&bytes), "{bytes} bytes in use");
    snapshot.write_pprof(File::create(directory.join("heap.pb.gz"))?)?;
    snapshot.write_flame_graph(Value::InUseBytes, File::create(directory.join("heap.svg"))?)?;
    println!("see heap.pb.gz and heap.svg in {}", directory.display());
    Ok(())
}
