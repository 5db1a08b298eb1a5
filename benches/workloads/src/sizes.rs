//! The sizes that programs ask for, from published measurements.
//!
//! - [`Sizes::fleet`]: servers. "Characterizing a Memory Allocator at
//!   Warehouse-Scale" (Zhou et al., ASPLOS 2024): about 98 % of the objects are
//!   below 1 KiB and hold about 30 % of the bytes; objects above 8 KiB hold half.
//!   Here: 98 % log-normal round a median of 64 bytes, 2 % log-uniform from
//!   1 KiB to 64 KiB (32 % of the bytes are below 1 KiB, 60 % above 8 KiB).
//! - [`Sizes::objects`]: the small part alone, as nodes, strings and short
//!   vectors are (the same shape as in "Mallacc", Kanev et al., ASPLOS 2017).
//! - [`Sizes::uniform`]: what the classic benchmarks draw from.
//!
//! The draws are made beforehand, so that the workload's cost is the allocator's.

use crate::rng::Rng;

const DRAWS: usize = 4096;
const WORD: usize = 8;

/// A cycle of sizes drawn from one distribution.
#[derive(Clone)]
pub struct Sizes {
    draws: Box<[u16; DRAWS]>,
    at: usize,
}

impl Sizes {
    /// Sizes as servers ask for.
    pub fn fleet(seed: u64) -> Self {
        Self::drawn(seed, |rng| if rng.below(100) < 98 { small_object(rng) } else { log_uniform(rng, 1024, 65_000) })
    }

    /// Sizes of small objects.
    pub fn objects(seed: u64) -> Self {
        Self::drawn(seed, small_object)
    }

    /// Sizes from `low` to `high`, all equally often.
    pub fn uniform(seed: u64, low: usize, high: usize) -> Self {
        Self::drawn(seed, |rng| low + rng.below(high - low + 1))
    }

    fn drawn(seed: u64, mut draw: impl FnMut(&mut Rng) -> usize) -> Self {
        let mut rng = Rng::new(seed);
        let mut draws = Box::new([0; DRAWS]);
        draws.fill_with(|| draw(&mut rng) as u16);
        Sizes { draws, at: 0 }
    }

    /// The next size in bytes, at least one word.
    #[inline]
    pub fn next(&mut self) -> usize {
        self.at = (self.at + 1) % DRAWS;
        usize::from(self.draws[self.at])
    }
}

fn small_object(rng: &mut Rng) -> usize {
    let bytes = (64f64.ln() + 1.25 * rng.normal()).exp() as usize;
    bytes.clamp(WORD, 1024)
}

/// A size from `low` to `high` whose logarithm is uniform.
pub fn log_uniform(rng: &mut Rng, low: usize, high: usize) -> usize {
    let (low, high) = (low as f64, high as f64);
    (low * (high / low).powf(rng.unit())) as usize
}
