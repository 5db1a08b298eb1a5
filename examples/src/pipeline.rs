//! Reader → tokenizer threads → merger threads → [`Index`].
//!
//! ```text
//! reader ── text ──▶ tokenizer 1..t ── postings of one file and shard ──▶ merger 1..m ──▶ shard
//! ```
//!
//! Channels are bounded, so that memory is bounded by what the index itself needs. What a thread sends, the receiver
//! frees or keeps: every text, every word and every list of places crosses threads.

use std::collections::HashMap;
use std::path::PathBuf;
use std::{fs, thread};

use crossbeam_channel::{bounded, Receiver, Sender};

use crate::index::{shard_of, Document, DocumentId, Index, Posting, Shard};
use crate::scan::{Found, Unreadable};
use crate::words::for_each_word;

/// Messages that may wait in each channel.
const CHANNEL_DEPTH: usize = 64;

/// How many threads do what.
#[derive(Clone, Copy, Debug)]
pub struct Threads {
    /// Threads that split text into words, at least 1.
    pub tokenizers: usize,
    /// Threads that collect postings, at least 1; each builds one shard.
    pub mergers: usize,
}

/// The index and what was left out of it.
#[derive(Debug)]
pub struct Outcome {
    /// The index of all files that are text.
    pub index: Index,
    /// The number of words read.
    pub words: u64,
    /// Files that are not UTF-8 text.
    pub binary: Vec<PathBuf>,
    /// Files that could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// One file's text.
struct Text {
    document: DocumentId,
    text: String,
}

/// One file's words of one shard.
struct Postings {
    document: DocumentId,
    places_by_word: Vec<(Box<str>, Vec<u32>)>,
}

/// Reads and indexes `files`. Calls `on_progress` from the reading thread with each file's size as found, once it is read.
pub fn build(files: Vec<Found>, threads: Threads, on_progress: impl Fn(u64) + Send) -> Outcome {
    let (text_sender, text_receiver) = bounded(CHANNEL_DEPTH);
    let (postings_senders, postings_receivers): (Vec<_>, Vec<_>) =
        (0..threads.mergers).map(|_| bounded(CHANNEL_DEPTH)).unzip();

    thread::scope(|scope| {
        let reader = scope.spawn(|| read(files, text_sender, on_progress));
        let tokenizers: Vec<_> = (0..threads.tokenizers)
            .map(|_| {
                let (texts, shards) = (text_receiver.clone(), postings_senders.clone());
                scope.spawn(move || tokenize(&texts, &shards))
            })
            .collect();
        let mergers: Vec<_> =
            postings_receivers.into_iter().map(|postings| scope.spawn(move || merge(&postings))).collect();
        // A channel closes with its last sender: from here on only the tokenizers hold any.
        drop(postings_senders);
        drop(text_receiver);

        let read = reader.join().expect("the reader panicked");
        let words = tokenizers.into_iter().map(|t| t.join().expect("a tokenizer panicked")).sum();
        let shards = mergers.into_iter().map(|m| m.join().expect("a merger panicked")).collect();
        let index = Index { documents: read.documents, shards };
        Outcome { index, words, binary: read.binary, unreadable: read.unreadable }
    })
}

#[derive(Default)]
struct Read {
    documents: Vec<Document>,
    binary: Vec<PathBuf>,
    unreadable: Vec<Unreadable>,
}

fn read(files: Vec<Found>, texts: Sender<Text>, on_progress: impl Fn(u64)) -> Read {
    let mut read = Read::default();
    for Found { path, size_bytes } in files {
        match fs::read(&path).map(text_of) {
            Ok(Some(text)) => {
                let document = DocumentId::try_from(read.documents.len()).expect("more than 2^32 files");
                read.documents.push(Document { path, size_bytes: text.len() as u64 });
                // Fails only when all tokenizers panicked, which `build` reports.
                let _ = texts.send(Text { document, text });
            }
            Ok(None) => read.binary.push(path),
            Err(error) => read.unreadable.push(Unreadable { path, reason: error.to_string() }),
        }
        on_progress(size_bytes);
    }
    read
}

/// Returns `bytes` as text, or nothing if it is not UTF-8 or holds a NUL, which text does not.
fn text_of(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn tokenize(texts: &Receiver<Text>, shards: &[Sender<Postings>]) -> u64 {
    let mut words = 0;
    for Text { document, text } in texts {
        let mut places_by_word = HashMap::<Box<str>, Vec<u32>>::new();
        let mut place = 0;
        for_each_word(&text, |word| {
            match places_by_word.get_mut(word) {
                Some(places) => places.push(place),
                None => drop(places_by_word.insert(word.into(), vec![place])),
            }
            place += 1;
        });
        words += u64::from(place);

        let mut by_shard: Vec<Vec<_>> = shards.iter().map(|_| Vec::new()).collect();
        for (word, places) in places_by_word {
            by_shard[shard_of(&word, shards.len())].push((word, places));
        }
        for (places_by_word, shard) in by_shard.into_iter().zip(shards) {
            if !places_by_word.is_empty() {
                // Fails only when that merger panicked, which `build` reports.
                let _ = shard.send(Postings { document, places_by_word });
            }
        }
    }
    words
}

fn merge(messages: &Receiver<Postings>) -> Shard {
    let mut shard = Shard::new();
    for Postings { document, places_by_word } in messages {
        for (word, places) in places_by_word {
            shard.entry(word).or_default().postings.push(Posting { document, places });
        }
    }
    // Files overtake each other between the threads.
    for list in shard.values_mut() {
        list.postings.sort_unstable_by_key(|posting| posting.document);
        list.postings.shrink_to_fit();
    }
    shard
}

#[cfg(test)]
mod tests {
    use super::{build, text_of, Threads};
    use crate::scan::{scan, Found};
    use crate::words::for_each_word;
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::{env, fs, process};

    /// Word → file → places, made in the simplest way.
    type Plain = BTreeMap<String, BTreeMap<PathBuf, Vec<u32>>>;

    fn plain_index(files: &[Found]) -> Plain {
        let mut index = Plain::new();
        for file in files {
            let Ok(text) = fs::read_to_string(&file.path) else { continue };
            let mut words = Vec::new();
            for_each_word(&text, |word| words.push(word.to_owned()));
            for (place, word) in (0..).zip(words) {
                index.entry(word).or_default().entry(file.path.clone()).or_default().push(place);
            }
        }
        index
    }

    #[test]
    fn parallel_index_equals_the_plain_one() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for (tokenizers, mergers) in [(1, 1), (4, 3), (2, 8)] {
            // Many times the same files under different names, so that files overtake each other.
            let roots = vec![sources.clone(); 40];
            let files = scan(&roots).files;
            let plain = plain_index(&files[..files.len() / 40]);
            let found_bytes: u64 = files.iter().map(|file| file.size_bytes).sum();
            let seen_bytes = AtomicU64::new(0);

            let outcome = build(files, Threads { tokenizers, mergers }, |bytes| {
                seen_bytes.fetch_add(bytes, Ordering::Relaxed);
            });

            assert_eq!(seen_bytes.into_inner(), found_bytes);
            assert!(outcome.binary.is_empty() && outcome.unreadable.is_empty());
            assert_eq!(outcome.index.words().count(), plain.len());
            let mut words = 0;
            for (word, by_file) in &plain {
                let list = outcome.index.find(word).expect(word);
                assert_eq!(list.postings.len(), by_file.len() * 40, "{word}");
                assert!(list.postings.windows(2).all(|pair| pair[0].document < pair[1].document), "{word}");
                for posting in &list.postings {
                    let path = &outcome.index.documents[posting.document as usize].path;
                    assert_eq!(posting.places, by_file[path], "{word} in {}", path.display());
                }
                words += list.occurrences() as u64;
            }
            assert_eq!(outcome.words, words);
        }
    }

    #[test]
    fn leaves_out_what_is_no_text_and_loses_nothing_else() {
        let root = env::temp_dir().join(format!("snmalloc-pipeline-{}", process::id()));
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("binary"), [0xff, 0xfe, 0x00]).unwrap();
        fs::write(root.join("empty"), "").unwrap();
        fs::write(root.join("text"), "to be or not to be").unwrap();
        let mut files = scan(std::slice::from_ref(&root)).files;
        files.insert(0, Found { path: root.join("vanished"), size_bytes: 1 });

        let outcome = build(files, Threads { tokenizers: 2, mergers: 2 }, |_| ());
        fs::remove_dir_all(&root).unwrap();

        assert_eq!(outcome.binary, [root.join("binary")]);
        assert_eq!(outcome.unreadable.len(), 1);
        assert_eq!(outcome.unreadable[0].path, root.join("vanished"));
        assert_eq!(outcome.index.documents.len(), 2);
        assert_eq!(outcome.words, 6);
        assert_eq!(outcome.index.find("be").unwrap().postings[0].places, [1, 5]);
    }

    #[test]
    fn text_is_utf_8_without_nul() {
        assert_eq!(text_of(b"\xc3\xa4".to_vec()).as_deref(), Some("\u{e4}"));
        assert_eq!(text_of(b"\xe4".to_vec()), None);
        assert_eq!(text_of(b"a\0b".to_vec()), None);
    }
}
