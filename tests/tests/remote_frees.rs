//! A thread frees everything another allocated, for ever: memory stays bounded.

use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::process::resident_bytes;
use snmalloc_tests::{isolated, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

type Message = Vec<Vec<u8>>;

/// Bytes and blocks in one message, and messages that wait in one channel: live memory stays below 4 MiB each.
const MESSAGE_BYTES: usize = 256 * 1024;
const MESSAGES_WAITING: usize = 8;
/// What the allocator may hold beyond the start for 4 MiB live, caches, batches and kept pages included.
const ALLOWED_BYTES: usize = 64 * MIB;

fn message(random: &mut Random) -> Message {
    let limit_bytes = if random.below(20) == 0 { 200_000 } else { 2_000 };
    let mut message = Message::new();
    let mut bytes = 0;
    while bytes < MESSAGE_BYTES {
        let size = random.size(limit_bytes);
        let mut block = Vec::with_capacity(size);
        block.resize(size.min(64), 1);
        bytes += size;
        message.push(block);
    }
    message
}

/// The memory figures after a part of the work must bound those after all of it.
fn stays_bounded(name: &str, start: (usize, usize)) {
    let (held, resident) = (ALLOC.memory_stats().peak_memory_usage, resident_bytes());
    eprintln!("{name}: at most {held} bytes held, {resident} resident, from {start:?}");
    assert!(held < start.0 + ALLOWED_BYTES, "{held} bytes held, {} at the start", start.0);
    assert!(resident < start.1 + ALLOWED_BYTES, "{resident} bytes resident, {} at the start", start.1);
}

fn figures() -> (usize, usize) {
    (ALLOC.memory_stats().current_memory_usage, resident_bytes())
}

#[test]
fn consumer_frees_what_producer_allocates() {
    isolated("consumer_frees_what_producer_allocates", || {
        const TOTAL_BYTES: usize = 4 << 30;
        let mut random = Random::from_environment();
        let start = figures();
        let (sender, receiver) = sync_channel::<Message>(MESSAGES_WAITING);
        thread::scope(|scope| {
            scope.spawn(move || {
                (0..TOTAL_BYTES / MESSAGE_BYTES).for_each(|_| sender.send(message(&mut random)).unwrap())
            });
            scope.spawn(move || receiver.iter().for_each(drop));
        });
        stays_bounded("one way", start);
    });
}

/// Producers that allocate in turns, are silent in between, and end at last: what they hold meanwhile is bounded by
/// what each had live, however many turns there are, and nothing of it stays when they are gone.
#[test]
fn producers_fall_silent_and_end() {
    isolated("producers_fall_silent_and_end", || {
        const PRODUCERS: usize = 12;
        const TURNS: usize = 8;
        const MESSAGES_EACH: usize = 100;
        let mut random = Random::from_environment();
        let start = figures();
        for _generation in 0..3 {
            let (sender, receiver) = sync_channel::<Message>(MESSAGES_WAITING);
            let consumer = thread::spawn(move || receiver.iter().for_each(drop));
            let (turns, producers): (Vec<_>, Vec<_>) = (0..PRODUCERS)
                .map(|_| {
                    let (sender, mut random) = (sender.clone(), random.fork());
                    let (turn, my_turn) = sync_channel::<SyncSender<()>>(0);
                    let producer = thread::spawn(move || {
                        for _done in my_turn {
                            (0..MESSAGES_EACH).for_each(|_| sender.send(message(&mut random)).unwrap());
                        }
                    });
                    (turn, producer)
                })
                .unzip();
            for _ in 0..TURNS {
                for turn in &turns {
                    let (done, is_done) = sync_channel(0);
                    turn.send(done).unwrap();
                    // An error: the producer has dropped its end.
                    is_done.recv().unwrap_err();
                }
            }
            drop((turns, sender));
            producers.into_iter().for_each(|producer| producer.join().unwrap());
            consumer.join().unwrap();
            stays_bounded("in turns", start);
        }
    });
}

#[test]
fn ring_of_threads_passes_memory_on() {
    isolated("ring_of_threads_passes_memory_on", || {
        const THREADS: usize = 5;
        const ROUNDS: usize = 1_500;
        let mut random = Random::from_environment();
        let start = figures();
        let (senders, mut receivers): (Vec<SyncSender<Message>>, Vec<Receiver<Message>>) =
            (0..THREADS).map(|_| sync_channel(MESSAGES_WAITING)).unzip();
        receivers.rotate_right(1);
        thread::scope(|scope| {
            for (sender, receiver) in senders.into_iter().zip(receivers) {
                let mut random = random.fork();
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        sender.send(message(&mut random)).unwrap();
                        drop(receiver.recv().unwrap());
                    }
                });
            }
        });
        stays_bounded("ring", start);
    });
}
