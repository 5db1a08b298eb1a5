//! What the tests of bad circumstances stand on.
//!
//! Each file of `tests` is one row of the table, and a process of its own; each test in it runs in a further child
//! process ([`isolated()`]), so that limits, forks and figures of one do not reach the others, and a hang is an error.
#![warn(missing_docs)]

pub mod block;
pub mod churn;
pub mod isolated;
#[cfg(unix)]
pub mod misuse;
pub mod plugin;
pub mod process;
pub mod random;

pub use block::Block;
pub use isolated::{isolated, isolated_with, report, with_options};
pub use random::Random;

/// 2^20 bytes.
pub const MIB: usize = 1 << 20;
