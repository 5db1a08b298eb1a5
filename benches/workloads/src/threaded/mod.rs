//! The classic benchmarks of several threads, as the literature describes them.

pub mod arrays;
pub mod handover;
pub mod larson;
pub mod owners;
pub mod producers;
pub mod sharing;
pub mod short_threads;
