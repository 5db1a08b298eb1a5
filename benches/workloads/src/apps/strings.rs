//! Strings and maps: sessions kept by key, extended, looked up and expired.

use super::words::{Hasher, word};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use std::collections::{BTreeMap, HashMap};

const KEYS: usize = 50_000;

/// Updates of a hash map of lists and of an ordered map, both by string.
pub fn prepare(plan: Plan) -> Work {
    let updates = plan.scaled(1_000_000);
    let mut rng = Rng::new(8);
    let words: Vec<String> = (0..1_000).map(|_| word(&mut rng)).collect();
    Box::new(move || {
        let mut sessions: HashMap<String, Vec<String>, Hasher> = HashMap::default();
        let mut last_seen: BTreeMap<String, usize> = BTreeMap::new();
        for update in 0..updates {
            let key = format!("session/{}", rng.below(KEYS));
            match rng.below(8) {
                0 => {
                    sessions.remove(&key);
                    last_seen.remove(&key);
                }
                1..3 => {
                    last_seen.insert(key, update);
                }
                _ => {
                    let event = format!("{} {update}", words[rng.below(words.len())]);
                    sessions.entry(key).or_default().push(event);
                }
            }
        }
        updates as u64
    })
}
