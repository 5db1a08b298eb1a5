//! Workloads that ask whether resident memory follows live memory. The work is done at every scale, and each reads what
//! is resident after some seconds of sleep.

pub mod bursts;
pub mod fragments;
pub mod idle_threads;
pub mod timeline;
