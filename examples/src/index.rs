//! Word → the files and places where it stands.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;

/// The number of a file in [`Index::documents`].
pub type DocumentId = u32;

/// The places of one word in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The file.
    pub document: DocumentId,
    /// The word's places in it, counted in words from its start, rising.
    pub places: Vec<u32>,
}

/// Where one word stands: one posting for each file that has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostingList {
    /// The postings, rising by document once the index is complete.
    pub postings: Vec<Posting>,
}

impl PostingList {
    /// Returns how often the word stands in all files together.
    #[must_use]
    pub fn occurrences(&self) -> usize {
        self.postings.iter().map(|posting| posting.places.len()).sum()
    }
}

/// A file that was indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it is.
    pub path: PathBuf,
    /// Its length when it was read.
    pub size_bytes: u64,
}

/// The words of one shard.
pub type Shard = HashMap<Box<str>, PostingList>;

/// Returns which of `shard_count` shards holds `word`.
#[must_use]
pub fn shard_of(word: &str, shard_count: usize) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(word);
    // The high bits, since the shard's own map uses the low ones.
    (hash >> 32) as usize % shard_count
}

/// The finished index. Its words are spread over shards, each of which one merger built.
#[derive(Debug)]
pub struct Index {
    /// All files, by [`DocumentId`].
    pub documents: Vec<Document>,
    /// All words, each in the shard that [`shard_of`] names.
    pub shards: Vec<Shard>,
}

impl Index {
    /// Returns where `word` stands, which must be in lower case.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&PostingList> {
        self.shards[shard_of(word, self.shards.len())].get(word)
    }

    /// Returns all words with their lists, in no order.
    pub fn words(&self) -> impl Iterator<Item = (&str, &PostingList)> {
        self.shards.iter().flatten().map(|(word, list)| (&**word, list))
    }

    /// Returns the `count` words that `rank` puts highest, highest first; words of equal rank by name.
    pub fn top(&self, count: usize, rank: impl Fn(&PostingList) -> usize) -> Vec<(&str, usize)> {
        let mut ranked: Vec<_> = self.words().map(|(word, list)| (word, rank(list))).collect();
        ranked.sort_unstable_by_key(|&(word, rank)| (Reverse(rank), word));
        ranked.truncate(count);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(places_by_document: &[&[u32]]) -> PostingList {
        let posting =
            |(document, places): (usize, &&[u32])| Posting { document: document as u32, places: places.to_vec() };
        PostingList { postings: places_by_document.iter().enumerate().map(posting).collect() }
    }

    fn index() -> Index {
        let mut shards = vec![Shard::new(); 3];
        for (word, list) in [("a", list(&[&[0, 2], &[5]])), ("b", list(&[&[1]])), ("c", list(&[&[3, 4, 6, 7]]))] {
            shards[shard_of(word, 3)].insert(word.into(), list);
        }
        Index { documents: Vec::new(), shards }
    }

    #[test]
    fn finds_words_in_their_shard() {
        let index = index();
        assert_eq!(index.find("a").unwrap().occurrences(), 3);
        assert!(index.find("d").is_none());
        assert_eq!(index.words().count(), 3);
    }

    #[test]
    fn ranks_by_what_is_asked() {
        let index = index();
        assert_eq!(index.top(2, PostingList::occurrences), [("c", 4), ("a", 3)]);
        assert_eq!(index.top(9, |list| list.postings.len()), [("a", 2), ("b", 1), ("c", 1)]);
    }
}
