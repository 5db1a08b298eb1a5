//! An inverted index: texts split into words, postings by word, queries.

use super::words::{Hasher, text, vocabulary};
use crate::catalog::{Plan, Work};
use crate::rng::Rng;
use std::collections::HashMap;
use std::hint::black_box;

const WORDS_PER_TEXT: usize = 400;

type Index = HashMap<String, Vec<u32>, Hasher>;

/// Builds the index, asks it, drops it.
pub fn prepare(plan: Plan) -> Work {
    let mut rng = Rng::new(10);
    let vocabulary = vocabulary(&mut rng);
    let texts: Vec<String> = (0..plan.scaled(12_000)).map(|_| text(&mut rng, &vocabulary, WORDS_PER_TEXT)).collect();
    let queries = plan.scaled(20_000);
    Box::new(move || {
        let mut index = Index::default();
        for (id, text) in texts.iter().enumerate() {
            for word in text.split_whitespace() {
                let postings = index.entry(word.to_lowercase()).or_default();
                if postings.last() != Some(&(id as u32)) {
                    postings.push(id as u32);
                }
            }
        }
        for _ in 0..queries {
            let first = &vocabulary[vocabulary.len() - 1 - rng.skewed(vocabulary.len())];
            let second = &vocabulary[rng.skewed(vocabulary.len())];
            black_box(both(&index, first, second));
        }
        (texts.len() * WORDS_PER_TEXT + queries) as u64
    })
}

/// The texts that hold both words.
fn both(index: &Index, first: &str, second: &str) -> Vec<u32> {
    let (Some(first), Some(second)) = (index.get(first), index.get(second)) else {
        return Vec::new();
    };
    first.iter().filter(|id| second.binary_search(id).is_ok()).copied().collect()
}
