//! The process that runs one workload.
//!
//! `with-ALLOCATOR WORKLOAD THREADS SCALE IDLE_MS` does the work, sleeps, and
//! prints `wall_ns operations peak_bytes idle_bytes`; `with-ALLOCATOR` alone is
//! the program that does nothing.

use crate::catalog::{Plan, find};
use crate::proc_memory::{peak_bytes, resident_bytes};
use std::time::{Duration, Instant};

/// The whole of a runner.
///
/// # Panics
/// On arguments that the comparison never passes.
pub fn main() {
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else { return };
    let mut next = || args.next().expect("WORKLOAD THREADS SCALE IDLE_MS");
    let plan = Plan {
        threads: next().parse().expect("THREADS is a number"),
        scale: next().parse().expect("SCALE is a number"),
    };
    let idle = Duration::from_millis(next().parse().expect("IDLE_MS is a number"));

    let work = (find(&name).expect("a workload of the catalogue").prepare)(plan);
    let start = Instant::now();
    let operations = work();
    let wall = start.elapsed();

    // Until the sizes are read, nothing below allocates or frees.
    std::thread::sleep(idle);
    let idle_bytes = resident_bytes();
    let peak_bytes = peak_bytes();
    println!("{} {operations} {peak_bytes} {idle_bytes}", wall.as_nanos());
}
