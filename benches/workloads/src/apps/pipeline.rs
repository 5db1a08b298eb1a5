//! A pipeline of boxed messages: each stage is a thread that rewrites a message
//! and passes it on; the last one drops it.

use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use crossbeam_channel::bounded;
use std::fmt::Write;
use std::thread;

const WAITING: usize = 1_024;

struct Message {
    route: String,
    payload: Vec<u8>,
}

/// One source and as many stages as the plan has threads.
pub fn prepare(plan: Plan) -> Work {
    let messages = plan.scaled(4_000_000) / (plan.threads + 1);
    Box::new(move || {
        thread::scope(|scope| {
            let (source, mut previous) = bounded::<Box<Message>>(WAITING);
            for stage in 1..plan.threads {
                let (sender, receiver) = bounded(WAITING);
                let input = std::mem::replace(&mut previous, receiver);
                scope.spawn(move || {
                    for message in input {
                        sender.send(rewritten(message, stage)).expect("the next stage listens");
                    }
                });
            }
            scope.spawn(move || previous.iter().for_each(drop));

            let mut rng = Rng::new(11);
            for id in 0..messages {
                let payload = vec![id as u8; 32 + rng.skewed(1_000)];
                let message = Message { route: format!("{id}"), payload };
                source.send(Box::new(message)).expect("the first stage listens");
            }
            drop(source);
        });
        messages as u64
    })
}

fn rewritten(mut message: Box<Message>, stage: usize) -> Box<Message> {
    write!(message.route, "/stage-{stage}").expect("strings take all");
    message.payload = message.payload.iter().map(|byte| byte ^ stage as u8).collect();
    message
}
