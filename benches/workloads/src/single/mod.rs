//! Workloads of one thread where the allocator is the work.

pub mod buffers;
pub mod bulk;
pub mod gigabyte;
pub mod pair;
pub mod replace;
pub mod vectors;
