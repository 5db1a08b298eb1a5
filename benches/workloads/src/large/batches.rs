//! Record batches, as databases that work by columns pass them on: columns aligned to a cache line, doubled while they
//! are filled, and dropped by another thread.

use crate::catalog::{Plan, Work};
use crossbeam_channel::bounded;
use std::hint::black_box;
use std::thread;

const COLUMNS: usize = 4;
const COLUMN_BYTES: usize = 8 << 20;
const BATCHES_WAITING: usize = 2;

/// A cache line of values.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

type Batch = [Vec<Line>; COLUMNS];

/// Half the threads fill batches, the other half drop them.
pub fn prepare(plan: Plan) -> Work {
    let pairs = plan.threads / 2;
    let batches = plan.scaled(80) / pairs;
    Box::new(move || {
        let (sender, receiver) = bounded::<Batch>(BATCHES_WAITING);
        thread::scope(|scope| {
            for _ in 0..pairs {
                let sender = sender.clone();
                scope.spawn(move || {
                    for _ in 0..batches {
                        sender.send(filled()).expect("the readers outlive the writers");
                    }
                });
                let receiver = receiver.clone();
                scope.spawn(move || receiver.iter().for_each(read_and_drop));
            }
            drop(sender);
        });
        (pairs * batches) as u64
    })
}

fn read_and_drop(batch: Batch) {
    let last = batch.each_ref().map(|column| column.last().map(|line| line.0[0]));
    black_box(last);
}

fn filled() -> Batch {
    let mut batch = Batch::default();
    for row in 0..COLUMN_BYTES / size_of::<Line>() {
        for column in &mut batch {
            column.push(Line([row as u64; 8]));
        }
    }
    batch
}
