//! Every workload, once: its name, its group and how it starts.

use crate::memory::{bursts, fragments, idle_threads, timeline};
use crate::{apps, large, latency, single, threaded};
use std::time::Duration;

/// What decides the time of a workload, and so which target it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The allocator is the work.
    Allocator,
    /// The allocator serves an application.
    Application,
    /// A gigabyte at once.
    Gigabyte,
    /// A program's start and end.
    Startup,
    /// Whether resident memory follows live memory: a set.
    Memory,
    /// Large objects: a set.
    Large,
    /// Objects that other threads own: a set.
    Owners,
}

impl Group {
    /// All groups.
    pub const ALL: [Group; 7] = [
        Group::Allocator,
        Group::Application,
        Group::Gigabyte,
        Group::Startup,
        Group::Memory,
        Group::Large,
        Group::Owners,
    ];

    /// Whether it is a set beside the others: it runs only when it is named, and no aim counts it.
    pub fn is_set(self) -> bool {
        matches!(self, Group::Memory | Group::Large | Group::Owners)
    }

    /// Its name on the command line and in the tables.
    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
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
    /// How long nothing calls the allocator after the work, until resident memory is read.
    pub idle: Duration,
    /// What is alive then.
    pub live_bytes: usize,
}

const ONE: &[usize] = &[1];
const UP_TO_8: &[usize] = &[1, 2, 4, 8];
const PAIRS_UP_TO_8: &[usize] = &[2, 4, 8];
const UP_TO_16: &[usize] = &[1, 2, 4, 16];
const ONE_OR_FOUR: &[usize] = &[1, 4];
const OWNERS: &[usize] = &[16, 17, 64, 256];
const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

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
    entry("replace-fresh", Group::Allocator, ONE, |p| single::replace::fresh(p, 1_000)),
    entry("push-1k", Group::Allocator, ONE, |p| single::vectors::pushed_in_turn(p, 1_000)),
    entry("buffers-1.5m", Group::Allocator, ONE, |p| single::buffers::fixed(p, 3 << 19)),
    entry("buffers-4m", Group::Allocator, ONE, |p| single::buffers::fixed(p, 4 << 20)),
    entry("buffers-mixed", Group::Allocator, ONE, single::buffers::mixed),
    entry("zeroed", Group::Allocator, ONE, single::buffers::zeroed),
    entry("larson", Group::Allocator, UP_TO_8, threaded::larson::prepare),
    entry("producers", Group::Allocator, PAIRS_UP_TO_8, threaded::producers::prepare),
    entry("producers-arrays", Group::Allocator, PAIRS_UP_TO_8, threaded::arrays::prepare),
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
    entry("vec-1g", Group::Gigabyte, ONE, single::gigabyte::vec),
    entry("burst-1g", Group::Gigabyte, ONE, single::gigabyte::burst),
    entry("nothing", Group::Startup, ONE, |_| Box::new(|| 1)),
    entry("memory-random", Group::Memory, ONE_OR_FOUR, fragments::random).leaves(fragments::RANDOM_LIVE_BYTES, 3),
    entry("memory-sparse", Group::Memory, ONE_OR_FOUR, fragments::sparse).leaves(fragments::SPARSE_LIVE_BYTES, 3),
    entry("memory-burst", Group::Memory, ONE_OR_FOUR, |p| bursts::sleeping(p, 300 * MIB)).leaves(0, 4),
    entry("memory-busy", Group::Memory, ONE_OR_FOUR, |p| bursts::busy(p, 500 * MIB)).leaves(0, 0),
    entry("memory-sleepers", Group::Memory, &[8], |p| bursts::sleeping(p, p.threads * 40 * MIB)).leaves(0, 3),
    entry("memory-idle-threads", Group::Memory, &[100], idle_threads::prepare).leaves(0, 3),
    entry("memory-waves", Group::Memory, &[16], |p| threaded::short_threads::waves(p, 150)),
    entry("pairs-64k", Group::Large, UP_TO_16, |p| large::sets::at_once(p, 64 * KIB, 1, 8_000_000)),
    entry("sets-16k", Group::Large, &[1, 2], |p| large::sets::at_once(p, 16 * KIB, 200, 8_000_000)),
    entry("replace-large", Group::Large, ONE, large::sets::replace),
    entry("bursts-2g", Group::Large, ONE, large::sets::bursts),
    entry("push-4m-others", Group::Large, ONE, |p| large::vectors::pushed_among_others(p, 4 * MIB)),
    entry("push-8m-others", Group::Large, ONE, |p| large::vectors::pushed_among_others(p, 8 * MIB)),
    entry("push-64m", Group::Large, ONE, |p| large::vectors::pushed(p, 64 * MIB)),
    entry("grow-4x64m", Group::Large, ONE, |p| large::vectors::grown(p, 4, 4 * KIB, 64 * MIB)),
    entry("grow-512m", Group::Large, ONE, |p| large::vectors::grown(p, 1, 64 * KIB, 512 * MIB)),
    entry("zeroed-8m-used", Group::Large, ONE, |p| large::zeroed::used(8 * MIB, p.scaled(1_000))),
    entry("zeroed-4m-200", Group::Large, ONE, |_| large::zeroed::used(4 * MIB, 200)),
    entry("zeroed-24k", Group::Large, ONE, large::zeroed::hardly_used),
    entry("batches", Group::Large, &[2, 4], large::batches::prepare),
    entry("owners-asleep", Group::Owners, OWNERS, threaded::owners::asleep),
    entry("owners-ended", Group::Owners, OWNERS, threaded::owners::ended),
    entry("owners-mixed", Group::Owners, &[4], threaded::owners::mixed_producers),
    entry("owners-waves", Group::Owners, &[16], threaded::owners::waves),
];

/// Not of the tables: the comparison draws it.
const TIMELINE: Workload = entry("timeline", Group::Memory, &[timeline::THREADS], timeline::prepare);

/// Nor these, which tell the time of each operation.
pub const LATENCY: [Workload; 3] = [
    entry("latency-small", Group::Allocator, ONE, latency::small),
    entry("latency-burst", Group::Gigabyte, ONE, latency::burst),
    entry("latency-thread-starts", Group::Allocator, ONE, latency::thread_starts),
];

const fn entry(name: &'static str, group: Group, threads: &'static [usize], prepare: fn(Plan) -> Work) -> Workload {
    Workload { name, group, threads, prepare, idle: Duration::from_secs(1), live_bytes: 0 }
}

impl Workload {
    const fn leaves(self, live_bytes: usize, idle_s: u64) -> Workload {
        Workload { live_bytes, idle: Duration::from_secs(idle_s), ..self }
    }
}

/// The workload called `name`.
pub fn find(name: &str) -> Option<&'static Workload> {
    CATALOG.iter().chain([&TIMELINE]).chain(&LATENCY).find(|workload| workload.name == name)
}
