//! A program with collections and threads runs on the allocator.

use snmalloc_rs::SnMalloc;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

#[test]
fn it_is_the_allocator_of_this_program() {
    let boxed = Box::new([0_u8; 100]);
    assert!(ALLOC.usable_size(boxed.as_ptr()).unwrap() >= 100);
    let handle = SnMalloc;
    let copy = handle;
    assert_eq!(std::mem::size_of_val(&copy), 0);
    assert_eq!(format!("{handle:?}"), "SnMalloc");
    assert_eq!(<SnMalloc as Default>::default().usable_size(boxed.as_ptr()), copy.usable_size(boxed.as_ptr()));
}

/// What is thrown is an object of 56 bytes, and LLVM's unwinder takes it to lie at a multiple of 16.
#[test]
fn panics_are_caught_wherever_they_lie() {
    let _others: Vec<_> = (0..100)
        .map(|n: u64| {
            assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(n))).is_err());
            Box::new([n; 7])
        })
        .collect();
}

#[test]
fn collections_grow_and_shrink() {
    let mut by_number = HashMap::new();
    let mut by_name = BTreeMap::new();
    let mut queue = VecDeque::new();
    for n in 0..20_000_u32 {
        by_number.insert(n, n.to_string());
        by_name.insert(n.to_string(), n);
        queue.push_back(vec![n; n as usize % 50]);
        if n % 3 == 0 {
            queue.pop_front();
        }
    }
    by_number.retain(|n, _| n % 2 == 0);
    by_number.shrink_to_fit();
    assert_eq!(by_number.len(), 10_000);
    assert!(by_number.iter().all(|(n, name)| by_name[name] == *n));
    assert!(queue.iter().all(|run| run.iter().all(|n| *n as usize % 50 == run.len())));
}

#[test]
fn threads_free_what_others_allocated() {
    const MESSAGES: usize = 20_000;
    let (sender, receiver) = mpsc::sync_channel::<Vec<u8>>(256);
    let producers: Vec<_> = (0..3_u8)
        .map(|id| {
            let sender = sender.clone();
            thread::spawn(move || (0..MESSAGES).for_each(|n| sender.send(vec![id; n % 2000]).unwrap()))
        })
        .collect();
    drop(sender);

    let receiver = Arc::new(Mutex::new(receiver));
    let consumers: Vec<_> = (0..2)
        .map(|_| {
            let receiver = Arc::clone(&receiver);
            thread::spawn(move || {
                let mut bytes = 0;
                while let Ok(message) = { receiver.lock().unwrap().recv() } {
                    assert!(message.windows(2).all(|pair| pair[0] == pair[1]), "a message changed on its way");
                    bytes += message.len();
                }
                bytes
            })
        })
        .collect();

    producers.into_iter().for_each(|producer| producer.join().unwrap());
    let received: usize = consumers.into_iter().map(|consumer| consumer.join().unwrap()).sum();
    assert_eq!(received, 3 * (0..MESSAGES).map(|n| n % 2000).sum::<usize>());
}
