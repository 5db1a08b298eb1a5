//! Binary trees built, walked and dropped, beside one that lives on.

use crate::catalog::{Plan, Work};
use std::hint::black_box;

const SHORT_DEPTH: u32 = 12;
const LONG_DEPTH: u32 = 19;

struct Node {
    children: Option<(Box<Node>, Box<Node>)>,
    key: u64,
}

/// One tree of a million nodes, then many of 8,191.
pub fn prepare(plan: Plan) -> Work {
    let trees = plan.scaled(1_500);
    Box::new(move || {
        let long_lived = build(LONG_DEPTH, 1);
        for key in 0..trees {
            black_box(sum(&build(SHORT_DEPTH, key as u64)));
        }
        black_box(sum(&long_lived));
        (trees << (SHORT_DEPTH + 1)) as u64
    })
}

fn build(depth: u32, key: u64) -> Box<Node> {
    let children = (depth > 0).then(|| (build(depth - 1, 2 * key), build(depth - 1, 2 * key + 1)));
    Box::new(Node { children, key })
}

fn sum(node: &Node) -> u64 {
    let below = node.children.as_ref().map_or(0, |(left, right)| sum(left) ^ sum(right));
    node.key ^ below
}
