//! Destructors of thread-locals that allocate and free: they work, and nothing leaks.

use std::alloc::Layout;
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::{isolated, Block, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

const THREADS: usize = 2_000;
/// A leak of one chunk for each thread would be more.
const ALLOWED_BYTES: usize = 24 * MIB;

/// Memory that destructors gave away for another thread to free.
static GIVEN_AWAY: Mutex<Vec<Block>> = Mutex::new(Vec::new());

fn block(random: &mut Random) -> Block {
    let size = random.size(20_000);
    Block::new(Layout::from_size_align(size, 8).unwrap(), size as u8).expect("memory is to be had")
}

/// Allocates and frees forty blocks and gives one away.
fn allocate_and_free(random: &mut Random) {
    let blocks: Vec<Block> = (0..40).map(|_| block(random)).collect();
    GIVEN_AWAY.lock().unwrap().push(block(random));
    drop(blocks);
}

/// Runs the threads in groups and checks that nothing of what they allocated stays.
fn leaks_nothing(thread_body: impl Fn(Random) + Copy + Send + 'static) {
    let mut random = Random::from_environment();
    let mut run = |threads: usize| {
        for _ in 0..threads / 4 {
            let threads = [(); 4].map(|()| random.fork()).map(|random| thread::spawn(move || thread_body(random)));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            drop(std::mem::take(&mut *GIVEN_AWAY.lock().unwrap()));
        }
        ALLOC.memory_stats().current_memory_usage
    };
    let start_bytes = run(100);
    let end_bytes = run(THREADS);
    assert!(end_bytes < start_bytes + ALLOWED_BYTES, "{start_bytes} bytes held at first, {end_bytes} in the end");
}

/// Allocates when it is dropped, and makes another thread-local come to life as late as that.
struct Late(Random, Vec<Block>);

impl Drop for Late {
    fn drop(&mut self) {
        allocate_and_free(&mut self.0);
        self.1.pop();
        let random = self.0.fork();
        let _ = LATER.try_with(|later| later.borrow_mut().get_or_insert(Later(random)).0.number());
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

struct Later(Random);

impl Drop for Later {
    fn drop(&mut self) {
        allocate_and_free(&mut self.0);
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    static LATER: RefCell<Option<Later>> = const { RefCell::new(None) };
}

#[test]
fn rust_destructors_allocate_and_free() {
    isolated("rust_destructors_allocate_and_free", || {
        leaks_nothing(|mut random| {
            let blocks = (0..10).map(|_| block(&mut random)).collect();
            LATE.with(|late| *late.borrow_mut() = Some(Late(random, blocks)));
        });
        assert_eq!(DROPPED.load(Ordering::Relaxed), (THREADS + 100) * 2);
    });
}

/// The only thing a thread does with memory is in its destructor: its heap is made after its exit began.
#[test]
fn first_allocation_in_a_destructor() {
    isolated("first_allocation_in_a_destructor", || {
        leaks_nothing(|random| LATE.with(|late| *late.borrow_mut() = Some(Late(random, Vec::new()))));
        assert_eq!(DROPPED.load(Ordering::Relaxed), (THREADS + 100) * 2);
    });
}

/// Destructors of thread-specific data, which Windows does not have.
#[cfg(unix)]
mod keys {
    use super::{allocate_and_free, block, leaks_nothing, THREADS};
    use snmalloc_tests::{isolated, Block, Random};
    use std::ptr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::OnceLock;

    /// Rounds in which the C library calls destructors that set their value again.
    const ROUNDS: usize = 4;
    const KEYS: usize = 8;
    static KEY_CALLS: AtomicUsize = AtomicUsize::new(0);
    static KEY_NUMBERS: OnceLock<[libc::pthread_key_t; KEYS]> = OnceLock::new();

    /// The value of a key: what it needs in the rounds to come.
    struct Armed {
        key: libc::pthread_key_t,
        rounds: usize,
        random: Random,
        kept: Vec<Block>,
    }

    /// Allocates, frees what the round before left, and arms itself again, so that it runs after every other hook.
    unsafe extern "C" fn run_round(armed: *mut libc::c_void) {
        // SAFETY: the value was made by `arm` and is passed here once.
        let mut armed = unsafe { Box::from_raw(armed.cast::<Armed>()) };
        KEY_CALLS.fetch_add(1, Ordering::Relaxed);
        allocate_and_free(&mut armed.random);
        armed.kept = vec![block(&mut armed.random), block(&mut armed.random)];
        armed.rounds -= 1;
        if armed.rounds > 0 {
            arm(armed);
        }
    }

    fn arm(armed: Box<Armed>) {
        let key = armed.key;
        // SAFETY: the key lives as long as the process; its destructor takes the box back.
        assert_eq!(unsafe { libc::pthread_setspecific(key, Box::into_raw(armed).cast()) }, 0);
    }

    #[test]
    fn c_destructors_run_after_ours_and_allocate() {
        isolated("keys::c_destructors_run_after_ours_and_allocate", || {
            KEY_NUMBERS.get_or_init(|| {
                [0; KEYS].map(|mut key| {
                    // SAFETY: `key` outlives the call, and the destructor fits what `arm` stores.
                    assert_eq!(unsafe { libc::pthread_key_create(ptr::from_mut(&mut key), Some(run_round)) }, 0);
                    key
                })
            });
            leaks_nothing(|mut random| {
                for &key in KEY_NUMBERS.get().expect("made above") {
                    arm(Box::new(Armed { key, rounds: ROUNDS, random: random.fork(), kept: Vec::new() }));
                }
            });
            assert_eq!(KEY_CALLS.load(Ordering::Relaxed), (THREADS + 100) * KEYS * ROUNDS);
        });
    }
}
