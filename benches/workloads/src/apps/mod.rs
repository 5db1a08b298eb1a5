//! Workloads of applications: the allocator serves them, it is not the work.

pub mod index;
pub mod json;
pub mod pipeline;
pub mod sort;
pub mod strings;
pub mod tasks;
pub mod trees;
mod words;
