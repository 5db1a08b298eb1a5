//! Workloads of objects that have a range of pages to themselves, and of those just below.

pub mod batches;
pub mod sets;
pub mod vectors;
pub mod zeroed;
