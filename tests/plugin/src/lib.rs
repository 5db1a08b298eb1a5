//! A shared library that carries the allocator: the C functions by which the tests make it work.

use std::sync::mpsc::{sync_channel, SyncSender};
use std::thread;

use snmalloc_rs::SnMalloc;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// More than C libraries keep for thread-local data of libraries that are loaded late.
#[cfg(feature = "local_dynamic_tls")]
mod late {
    use std::cell::Cell;

    thread_local! {
        static OWN: [Cell<u8>; 4096] = const { [const { Cell::new(0) }; 4096] };
    }

    pub fn touch(at: usize) {
        OWN.with(|own| std::hint::black_box(own)[at % own.len()].set(1));
    }
}

/// Allocates blocks of many sizes, `bytes` in all, frees them, and returns how many there were.
#[no_mangle]
pub extern "C" fn plugin_work(bytes: usize) -> usize {
    #[cfg(feature = "local_dynamic_tls")]
    late::touch(bytes);
    blocks(bytes).len()
}

/// Starts `count` threads that each allocate `bytes`; half are freed there, half by the caller. Returns the blocks.
#[no_mangle]
pub extern "C" fn plugin_thread_work(count: usize, bytes: usize) -> usize {
    let (sender, receiver) = sync_channel(1);
    let start = |sender: SyncSender<Vec<Vec<u8>>>| {
        thread::spawn(move || {
            let own = blocks(bytes / 2);
            sender.send(blocks(bytes / 2)).expect("the receiver waits for all senders");
            drop(own);
        })
    };
    let threads: Vec<_> = (0..count).map(|_| start(sender.clone())).collect();
    drop(sender);
    let count = receiver.iter().map(|blocks| blocks.len()).sum();
    // Not a scope, whose end does not wait for the destructors that still run code of this library.
    threads.into_iter().for_each(|thread| thread.join().expect("the threads do not panic"));
    count
}

/// Returns memory filled with `mark`, to be given back with `plugin_take_back`.
#[no_mangle]
pub extern "C" fn plugin_hand_out(bytes: usize, mark: u8) -> *mut u8 {
    Box::into_raw(vec![mark; bytes].into_boxed_slice()).cast()
}

/// Frees memory of `plugin_hand_out` and returns whether it was as handed out.
///
/// # Safety
/// `start` and the rest are those of one call of `plugin_hand_out`, and it is the first time.
#[no_mangle]
pub unsafe extern "C" fn plugin_take_back(start: *mut u8, bytes: usize, mark: u8) -> bool {
    // SAFETY: the caller gives back what `plugin_hand_out` made.
    let block = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, bytes)) };
    block.iter().all(|&byte| byte == mark)
}

/// Returns what this copy of the allocator holds, in bytes.
#[no_mangle]
pub extern "C" fn plugin_held_bytes() -> usize {
    ALLOC.memory_stats().current_memory_usage
}

/// Returns whether `start` is the start of memory of this copy of the allocator.
#[no_mangle]
pub extern "C" fn plugin_owns(start: *const u8) -> bool {
    ALLOC.usable_size(start).is_some()
}

fn blocks(bytes: usize) -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    let mut size = 1;
    let mut left = bytes;
    while left > 0 {
        size = (size * 5 / 3 + 1) % 100_000;
        let block = vec![1; size.clamp(1, left)];
        left -= block.len();
        blocks.push(block);
    }
    blocks
}
