//! Many threads that once used objects of many sizes, and sleep.

use crate::block::block;
use crate::catalog::{Plan, Work};
use crate::pool::run_and_sleep;

const SIZES: usize = 30;
const OBJECTS_OF_A_SIZE: usize = 50;
const LEAST_BYTES: f64 = 16.0;
/// Thirty sizes are ten doublings: from 16 bytes to 13 KiB.
const STEP: f64 = 1.26;

/// Each thread has some objects of each size at once, and frees them.
pub fn prepare(plan: Plan) -> Work {
    Box::new(move || {
        run_and_sleep(plan.threads, |_| {
            for size in 0..SIZES {
                let bytes = (LEAST_BYTES * STEP.powi(size as i32)) as usize;
                let held: Vec<_> = (0..OBJECTS_OF_A_SIZE).map(|_| block(bytes)).collect();
                drop(held);
            }
            (SIZES * OBJECTS_OF_A_SIZE) as u64
        })
    })
}
