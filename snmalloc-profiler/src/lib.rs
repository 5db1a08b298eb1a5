//! A sampling heap profiler for programs whose allocator is `snmalloc-rs`. It tells where the memory was allocated that is in
//! use, and all that ever was. It writes [pprof](https://github.com/google/pprof) files, flame graphs, and collapsed stacks.
//!
//! ```
//! use snmalloc_profiler::{Profiler, ProfilerOptions, Value};
//!
//! #[global_allocator]
//! static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let profiler = Profiler::start(ProfilerOptions { interval_bytes: 64 << 10, ..ProfilerOptions::default() })?;
//! let blocks: Vec<_> = (0..1000).map(|_| Box::new([0_u8; 20_000])).collect();
//!
//! let snapshot = profiler.snapshot();
//! let bytes = snapshot.in_use().bytes;
//! assert!((10e6..30e6).contains(&bytes), "{bytes} instead of 20 million");
//! drop(blocks);
//! assert!(profiler.snapshot().in_use().bytes < 1e6);
//! assert!(profiler.snapshot().allocated().bytes >= bytes);
//!
//! let mut pprof = Vec::new(); // or a file: `go tool pprof -http=: heap.pb.gz`
//! snapshot.write_pprof(&mut pprof)?;
//! let mut flame_graph = Vec::new();
//! snapshot.write_flame_graph(Value::InUseBytes, &mut flame_graph)?;
//! # assert!(pprof.starts_with(&[0x1f, 0x8b]) && flame_graph.starts_with(b"<?xml"));
//! # Ok(())
//! # }
//! ```
//!
//! # How it samples
//!
//! One allocation per [`interval_bytes`](ProfilerOptions::interval_bytes) is sampled on average, by a Poisson process over
//! the bytes that are asked for. Large allocations are sampled nearly always, small ones seldom. No pattern of the program
//! decides which ones. Each sample counts for all allocations that it stands for, so that all figures are unbiased
//! estimates. Of `n` samples, their relative error is about `1 / sqrt(n)`.
//!
//! A sampled object lives on pages of its own, 16 KiB of address space at least, until it is freed. At an interval of 512 KiB
//! that is up to 3 % more memory, of which small objects touch a quarter.
//!
//! Some allocations are not sampled: those of the profiler itself, those of a thread after its exit hooks ran, and up to the
//! first 64 KiB of each thread that runs when the profile starts. A `realloc` that stays in its size class keeps its sample
//! as it is. Any other `realloc` counts as a free and an allocation.
//!
//! # Threads and processes
//!
//! Everything may be called from any thread. A child of `fork` goes on with a copy of the profile.
//!
//! # Symbols
//!
//! A sample holds addresses. Names, files and lines are looked up when something is written, in the files of the program. Names
//! of functions are there unless the program is stripped. Lines need `debug = "line-tables-only"` or more in the cargo profile.
#![warn(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

#[cfg(unix)]
mod fork;
mod pprof;
mod snapshot;
mod stack;
mod state;
mod symbols;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64", target_pointer_width = "64")), path = "no_walker.rs")]
mod walker;

use state::State;
use std::fmt;
use std::time::{Instant, SystemTime};

pub use snapshot::{Estimate, Snapshot, Stack, Value};

/// What to sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfilerOptions {
    /// The average number of bytes between two samples. By default 512 KiB, for which a program does not slow down
    /// noticeably.
    pub interval_bytes: usize,
    /// How many callers of an allocation are kept, the innermost ones; at most 256. By default 64.
    pub max_frames: usize,
}

impl Default for ProfilerOptions {
    fn default() -> Self {
        Self { interval_bytes: 512 << 10, max_frames: 64 }
    }
}

/// Why no profile can be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// There is one already: the allocator takes one at a time.
    AlreadyRunning,
    /// The allocator was built with the feature `check`, which knows each object's place.
    NotWithChecks,
    /// The interval is 0.
    NoInterval,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRunning => "a heap profile is being taken already, and there can only be one at a time",
            Self::NotWithChecks => "an allocator with the feature `check` takes no heap profile",
            Self::NoInterval => "the interval of a heap profile must be at least one byte",
        })
    }
}

impl std::error::Error for Error {}

/// A profile that is being taken. It ends when this is dropped.
#[derive(Debug)]
pub struct Profiler {
    number: usize,
    started: Instant,
    started_at: SystemTime,
}

impl Profiler {
    /// Starts a profile.
    ///
    /// Memory that was allocated before is not in it. Only what is allocated by `snmalloc-rs` is, whether or not it is the
    /// global allocator, also in private heaps and by the C interface.
    ///
    /// # Errors
    ///
    /// [`Error`] says which there are.
    ///
    /// ```
    /// use snmalloc_profiler::{Error, Profiler, ProfilerOptions};
    ///
    /// let profiler = Profiler::start(ProfilerOptions::default()).unwrap();
    /// assert_eq!(Profiler::start(ProfilerOptions::default()).unwrap_err(), Error::AlreadyRunning);
    /// drop(profiler);
    /// assert!(Profiler::start(ProfilerOptions::default()).is_ok());
    /// ```
    pub fn start(options: ProfilerOptions) -> Result<Self, Error> {
        if options.interval_bytes == 0 {
            return Err(Error::NoInterval);
        }
        #[cfg(unix)]
        fork::install_handlers();
        stack::capture(options.max_frames); // whatever the first one sets up
        let number = state::start(State::new(options))?;
        Ok(Self { number, started: Instant::now(), started_at: SystemTime::now() })
    }

    /// Returns a copy of what was sampled so far. Allocations that are sampled meanwhile wait.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let (interval_bytes, stacks) = state::copy();
        Snapshot { interval_bytes, started_at: self.started_at, duration: self.started.elapsed(), stacks }
    }
}

impl Drop for Profiler {
    /// Ends the profile. Objects that were sampled stay where they are until they are freed.
    fn drop(&mut self) {
        state::stop(self.number);
        walker::forget();
    }
}
