//! The life of a server in short, with each step at its time: two bursts, one of which few objects stay, and sleep. The
//! comparison looks at it from outside while it runs.

use crate::block::Block;
use crate::catalog::{Plan, Work};
use crate::memory::fragments::{mixed, thin_out};
use crate::pool::run_and_sleep;
use crate::sizes::Sizes;
use std::mem::take;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What all threads do at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 400 MiB of objects, of the sizes that servers ask for.
    Allocate,
    /// All of them.
    Free,
    /// 95 % of them, at random.
    ThinOut,
    /// The end of the program.
    End,
}

/// Bytes of a burst, of all threads.
pub const BURST_BYTES: usize = 400 << 20;
/// Threads that share the work.
pub const THREADS: usize = 4;
/// The steps, and their times in milliseconds.
pub const STEPS: [(u64, Step); 7] = [
    (1_000, Step::Allocate),
    (3_000, Step::Free),
    (4_500, Step::Allocate),
    (6_500, Step::Free),
    (8_500, Step::Allocate),
    (10_500, Step::ThinOut),
    (16_000, Step::End),
];

impl Step {
    /// What is live after it.
    pub fn live_bytes(self) -> usize {
        match self {
            Step::Allocate => BURST_BYTES,
            Step::Free | Step::End => 0,
            Step::ThinOut => BURST_BYTES / 20,
        }
    }
}

/// All steps, each at its time.
pub fn prepare(plan: Plan) -> Work {
    Box::new(move || {
        let start = Instant::now();
        run_and_sleep(plan.threads, move |thread| {
            let seed = thread as u64;
            let mut held: Vec<Block> = Vec::new();
            for (at_ms, step) in STEPS {
                sleep(Duration::from_millis(at_ms).saturating_sub(start.elapsed()));
                match step {
                    Step::Allocate => held = mixed(Sizes::fleet(seed), BURST_BYTES / plan.threads),
                    Step::Free => held = Vec::new(),
                    Step::ThinOut => thin_out(seed, take(&mut held)),
                    Step::End => {}
                }
            }
            STEPS.len() as u64
        })
    })
}
