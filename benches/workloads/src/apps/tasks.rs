//! An async runtime with many tasks: requests that wait for each other.

use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use tokio::sync::oneshot;
use tokio::task::yield_now;

const IN_FLIGHT: usize = 1_000;

/// Waves of tasks; each asks another task and works on the answer.
pub fn prepare(plan: Plan) -> Work {
    let waves = plan.scaled(500);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(plan.threads)
        .build()
        .expect("threads can be started");
    Box::new(move || {
        runtime.block_on(async {
            for wave in 0..waves {
                let tasks: Vec<_> =
                    (0..IN_FLIGHT).map(|task| tokio::spawn(request((wave * IN_FLIGHT + task) as u64))).collect();
                for task in tasks {
                    task.await.expect("the task does not panic");
                }
            }
        });
        (waves * IN_FLIGHT) as u64
    })
}

async fn request(id: u64) -> usize {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let mut rng = Rng::new(id);
        let body = vec![id as u8; 64 + rng.skewed(4_000)];
        yield_now().await;
        sender.send(body).expect("the request waits");
    });
    let head = format!("GET /item/{id}");
    let body = receiver.await.expect("the answer comes");
    head.len() + body.iter().filter(|&&byte| byte == 0).count()
}
