//! The process that runs one workload.
//!
//! `with-ALLOCATOR WORKLOAD THREADS SCALE IDLE` does the work, and prints
//! `wall_ns operations peak_bytes`. If `IDLE` is `true` it sleeps then, and prints
//! also `idle_bytes`, and `trimmed_bytes` if the allocator has a trim.
//! `with-ALLOCATOR` alone is the program that does nothing.

use crate::catalog::{Plan, find};
use crate::proc_memory::{peak_bytes, resident_bytes};
use std::time::Instant;

/// The whole of a runner; `trim` asks its allocator for all that is free.
///
/// # Panics
/// On arguments that the comparison never passes.
pub fn main(trim: Option<fn()>) {
    let mut args = std::env::args().skip(1);
    let Some(name) = args.next() else { return };
    let mut next = || args.next().expect("WORKLOAD THREADS SCALE IDLE");
    let plan = Plan {
        threads: next().parse().expect("THREADS is a number"),
        scale: next().parse().expect("SCALE is a number"),
    };
    let is_idle: bool = next().parse().expect("IDLE is true or false");

    let workload = find(&name).expect("a workload of the catalogue");
    let work = (workload.prepare)(plan);
    let start = Instant::now();
    let operations = work();
    let wall = start.elapsed();

    // Until the sizes are read, nothing below allocates or frees.
    let idle_bytes = is_idle.then(|| {
        std::thread::sleep(workload.idle);
        resident_bytes()
    });
    let peak_bytes = peak_bytes();
    let trimmed_bytes = trim.filter(|_| is_idle).map(|trim| {
        trim();
        resident_bytes()
    });
    print!("{} {operations} {peak_bytes}", wall.as_nanos());
    for bytes in [idle_bytes, trimmed_bytes].into_iter().flatten() {
        print!(" {bytes}");
    }
}
