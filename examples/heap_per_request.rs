//! A private heap for each request: what the request needs is gone at once when it ends, however much it was. That pays for
//! up to eight requests at a time; see `Heap::new`.
//!
//! ```text
//! cargo run --release --example heap_per_request
//! ```

use allocator_api2::vec::Vec;
use snmalloc_rs::{Heap, SnMalloc};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// Splits the words of a request, all in memory of the request's own.
fn answer(request: &str, heap: &Heap) -> usize {
    let mut words = Vec::new_in(heap);
    for word in request.split_whitespace() {
        let mut letters = Vec::new_in(heap);
        letters.extend(word.bytes().map(|letter| letter.to_ascii_uppercase()));
        words.push(letters);
    }
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    std::mem::forget(words); // the heap frees it all, without a look at any of it
    longest
}

fn main() {
    let request = "it was the best of times it was the worst of times ".repeat(1000);
    let before = ALLOC.stats().live_bytes;
    for number in 1..=100 {
        let heap = Heap::new().expect("out of memory");
        assert_eq!(answer(&request, &heap), 5);
        if number == 1 {
            println!("the first request holds {} KiB", (ALLOC.stats().live_bytes - before) / 1024);
        }
    }
    let left = ALLOC.stats().live_bytes.saturating_sub(before);
    println!("after 100 requests {} KiB are left", left / 1024);
    assert!(left < 64 << 10, "requests leave {left} bytes behind");
}
