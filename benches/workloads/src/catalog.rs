//! Every workload, once: its name, its group and how it starts.

use crate::{apps, single, threaded};

/// What decides the time of a workload, and so which target it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The allocator is the work.
    Allocator,
    /// The allocator serves an application.
    Application,
    /// Memory is the question more than time.
    Memory,
    /// A program's start and end.
    Startup,
}

/// How much one run does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Threads that do the work.
    pub threads: usize,
    /// Share of the full work, 1.0 for all.
    pub scale: f64,
}

impl Plan {
    /// `full` scaled, at least 1.
    pub fn scaled(&self, full: usize) -> usize {
        ((full as f64 * self.scale) as usize).max(1)
    }

    /// `full` scaled and split between the threads.
    pub fn per_thread(&self, full: usize) -> usize {
        (self.scaled(full) / self.threads).max(1)
    }
}

/// The timed part of a run; returns how many operations it did.
pub type Work = Box<dyn FnOnce() -> u64>;

/// One workload.
pub struct Workload {
    /// Its name on the command line and in the tables.
    pub name: &'static str,
    /// Its group.
    pub group: Group,
    /// The numbers of threads it is run with.
    pub threads: &'static [usize],
    /// Does what is not timed and returns what is.
    pub prepare: fn(Plan) -> Work,
}

const ONE: &[usize] = &[1];
const UP_TO_8: &[usize] = &[1, 2, 4, 8];
const PAIRS_UP_TO_8: &[usize] = &[2, 4, 8];

/// All workloads, in the order in which they are run and shown.
#[rustfmt::skip]
pub const CATALOG: &[Workload] = &[
    entry("pair", Group::Allocator, ONE, single::pair::prepare),
    entry("bulk-100-in-order", Group::Allocator, ONE, |p| single::bulk::in_order(p, 100)),
    entry("bulk-100-reversed", Group::Allocator, ONE, |p| single::bulk::reversed(p, 100)),
    entry("bulk-100-random", Group::Allocator, ONE, |p| single::bulk::random(p, 100)),
    entry("bulk-10k-in-order", Group::Allocator, ONE, |p| single::bulk::in_order(p, 10_000)),
    entry("bulk-10k-reversed", Group::Allocator, ONE, |p| single::bulk::reversed(p, 10_000)),
    entry("bulk-10k-random", Group::Allocator, ONE, |p| single::bulk::random(p, 10_000)),
    entry("bulk-1m-in-order", Group::Allocator, ONE, |p| single::bulk::in_order(p, 1_000_000)),
    entry("bulk-1m-reversed", Group::Allocator, ONE, |p| single::bulk::reversed(p, 1_000_000)),
    entry("bulk-1m-random", Group::Allocator, ONE, |p| single::bulk::random(p, 1_000_000)),
    entry("replace-1k", Group::Allocator, ONE, |p| single::replace::prepare(p, 1_000)),
    entry("replace-100k", Group::Allocator, ONE, |p| single::replace::prepare(p, 100_000)),
    entry("replace-1m", Group::Allocator, ONE, |p| single::replace::prepare(p, 1_000_000)),
    entry("buffers-1.5m", Group::Allocator, ONE, |p| single::buffers::fixed(p, 3 << 19)),
    entry("buffers-4m", Group::Allocator, ONE, |p| single::buffers::fixed(p, 4 << 20)),
    entry("buffers-mixed", Group::Allocator, ONE, single::buffers::mixed),
    entry("zeroed", Group::Allocator, ONE, single::buffers::zeroed),
    entry("larson", Group::Allocator, UP_TO_8, threaded::larson::prepare),
    entry("producers", Group::Allocator, PAIRS_UP_TO_8, threaded::producers::prepare),
    entry("cache-scratch", Group::Allocator, UP_TO_8, threaded::sharing::scratch),
    entry("cache-thrash", Group::Allocator, UP_TO_8, threaded::sharing::thrash),
    entry("handover", Group::Allocator, UP_TO_8, threaded::handover::prepare),
    entry("short-threads", Group::Allocator, UP_TO_8, threaded::short_threads::prepare),
    entry("strings", Group::Application, ONE, apps::strings::prepare),
    entry("trees", Group::Application, ONE, apps::trees::prepare),
    entry("json", Group::Application, ONE, apps::json::prepare),
    entry("index", Group::Application, ONE, apps::index::prepare),
    entry("pipeline", Group::Application, UP_TO_8, apps::pipeline::prepare),
    entry("sort", Group::Application, UP_TO_8, apps::sort::prepare),
    entry("async", Group::Application, UP_TO_8, apps::tasks::prepare),
    entry("vec-1g", Group::Memory, ONE, single::gigabyte::vec),
    entry("burst-1g", Group::Memory, ONE, single::gigabyte::burst),
    entry("nothing", Group::Startup, ONE, |_| Box::new(|| 1)),
];

const fn entry(name: &'static str, group: Group, threads: &'static [usize], prepare: fn(Plan) -> Work) -> Workload {
    Workload { name, group, threads, prepare }
}

/// The workload called `name`.
pub fn find(name: &str) -> Option<&'static Workload> {
    CATALOG.iter().find(|workload| workload.name == name)
}
