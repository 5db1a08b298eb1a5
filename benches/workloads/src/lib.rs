//! The workloads of the comparison: each one runs alone in a process, the same
//! for every allocator. Nothing here knows which allocator is below.

mod apps;
mod block;
mod catalog;
pub mod child;
mod large;
pub mod latency;
mod memory;
mod pool;
mod proc_memory;
mod rng;
mod single;
mod sizes;
mod threaded;

pub use catalog::{CATALOG, Group, LATENCY, Plan, Work, Workload, find};
pub use memory::timeline;
