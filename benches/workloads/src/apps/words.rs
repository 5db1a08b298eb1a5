//! Words and texts to work on.

use crate::rng::Rng;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;

/// A hasher without the random seed, so that every run does the same.
pub type Hasher = BuildHasherDefault<DefaultHasher>;

const LETTERS: &[u8] = b"etaoinshrdlucmfwypvbgkjqxz";

/// A word of 1–14 letters, mostly of 4–8.
pub fn word(rng: &mut Rng) -> String {
    let length = (5.5 + 2.5 * rng.normal()).clamp(1.0, 14.0) as usize;
    (0..length).map(|_| LETTERS[rng.skewed(LETTERS.len())] as char).collect()
}

/// `count` words of the vocabulary, as often as a language has them,
/// with a capital here and there.
pub fn text(rng: &mut Rng, vocabulary: &[String], count: usize) -> String {
    let mut text = String::new();
    for position in 0..count {
        let chosen = &vocabulary[rng.skewed(vocabulary.len())];
        if position % 12 == 0 {
            text.push_str(&chosen.to_uppercase());
        } else {
            text.push_str(chosen);
        }
        text.push(' ');
    }
    text
}

/// The vocabulary of [`text`].
pub fn vocabulary(rng: &mut Rng) -> Vec<String> {
    (0..30_000).map(|_| word(rng)).collect()
}
