//! Numbers that look random and can be had again from their seed.

use std::time::{SystemTime, UNIX_EPOCH};

/// The SplitMix64 generator.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Starts at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Starts at the seed in `SNMALLOC_TESTS_SEED`, else at a new one, and prints it.
    #[must_use]
    pub fn from_environment() -> Self {
        let given = std::env::var("SNMALLOC_TESTS_SEED").ok().map(|text| text.parse().expect("a decimal number"));
        let seed = given.unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is set");
            now.as_nanos() as u64 ^ u64::from(std::process::id()) << 32
        });
        eprintln!("SNMALLOC_TESTS_SEED={seed}");
        Self(seed)
    }

    /// Returns a generator that does not follow this one's numbers.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.number())
    }

    /// Returns the next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number in `0..end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end as u64) as usize
    }

    /// Returns a number in `1..=max` such that each power of two is as likely as the next.
    pub fn size(&mut self, max: usize) -> usize {
        let bits = self.below(max.ilog2() as usize + 1);
        ((1 << bits) + self.below(1 << bits)).min(max)
    }
}
