//! A program that holds no more than 64 MiB, and survives a request for more.
//!
//! ```text
//! cargo run --release --example limit
//! SNMALLOC_OPTIONS=memory_limit=200M cargo run --release --example limit
//! ```

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

snmalloc_rs::configure! { memory_limit: 64 << 20 }

fn main() {
    let mut blocks = Vec::new();
    let refused = loop {
        let mut block = Vec::<u8>::new();
        match block.try_reserve_exact(1 << 20) {
            Ok(()) => blocks.push(block),
            Err(error) => break error,
        }
        assert!(blocks.len() < 1000, "there is no limit");
    };
    let held = ALLOC.memory_stats().current_memory_usage;
    println!("{} blocks of 1 MiB fit into {} MiB; then: {refused}", blocks.len(), held >> 20);
    drop(blocks);
    assert!(Vec::<u8>::new().try_reserve_exact(32 << 20).is_ok(), "what was freed can be had again");
}
