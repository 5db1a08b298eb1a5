//! JSON documents parsed into values and dropped, some alive at a time.

use super::words::word;
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use serde_json::{Value, json};

const DOCUMENTS: usize = 64;
const LIVE: usize = 16;

/// Parses generated documents of 5–60 KiB.
pub fn prepare(plan: Plan) -> Work {
    let parses = plan.scaled(3_000);
    let mut rng = Rng::new(9);
    let documents: Vec<String> = (0..DOCUMENTS).map(|_| document(&mut rng)).collect();
    Box::new(move || {
        let mut live = [const { Value::Null }; LIVE];
        for parse in 0..parses {
            let text = &documents[parse % DOCUMENTS];
            live[rng.below(LIVE)] = serde_json::from_str(text).expect("it was generated as JSON");
        }
        parses as u64
    })
}

fn document(rng: &mut Rng) -> String {
    let records = 20 + rng.below(200);
    json!({
        "page": rng.below(100),
        "records": (0..records).map(|_| record(rng)).collect::<Vec<_>>(),
    })
    .to_string()
}

fn record(rng: &mut Rng) -> Value {
    let tags = rng.below(6);
    json!({
        "id": rng.next(),
        "name": format!("{} {}", word(rng), word(rng)),
        "email": format!("{}@{}.example", word(rng), word(rng)),
        "score": rng.unit(),
        "active": rng.below(2) == 0,
        "address": { "street": word(rng), "city": word(rng), "number": rng.below(300) },
        "tags": (0..tags).map(|_| word(rng)).collect::<Vec<_>>(),
        "note": null,
    })
}
