//! The system refuses memory, at any step: null, nothing lost, the next call works.
#![cfg(unix)]

use std::alloc::{alloc, dealloc, Layout};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::churn::Churn;
use snmalloc_tests::process::{address_space_bytes, describe, fork, limit_address_space, wait};
use snmalloc_tests::{isolated, Random, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// Blocks of one size, linked through their first word, so that holding them takes no memory.
struct Chain {
    layout: Layout,
    first: *mut u8,
    count: usize,
}

impl Chain {
    fn new(size_bytes: usize) -> Self {
        Self { layout: Layout::from_size_align(size_bytes, 8).unwrap(), first: ptr::null_mut(), count: 0 }
    }

    fn grow(&mut self) -> bool {
        // SAFETY: the size is not 0, and holds a pointer.
        unsafe {
            let block = alloc(self.layout);
            if !block.is_null() {
                block.cast::<*mut u8>().write(self.first);
                self.first = block;
                self.count += 1;
            }
            !block.is_null()
        }
    }

    fn shrink(&mut self) {
        // SAFETY: the first block is ours, and holds the pointer to the next.
        unsafe {
            let next = self.first.cast::<*mut u8>().read();
            dealloc(self.first, self.layout);
            self.first = next;
        }
        self.count -= 1;
    }

    fn clear(&mut self) {
        while self.count > 0 {
            self.shrink();
        }
    }
}

#[test]
fn full_memory_empties_and_fills_again() {
    isolated("full_memory_empties_and_fills_again", || {
        const HEADROOM_BYTES: usize = 96 * MIB;
        const SIZES: [usize; 8] = [16, 48, 200, 1_024, 9_000, 40_000, 300_000, 5_000_000];
        let mut first_counts = [0; SIZES.len()];
        let mut counts = [[0; SIZES.len()]; 4];
        let mut is_freed_memory_lost = false;
        let limit = address_space_bytes() + HEADROOM_BYTES;
        limit_address_space(Some(limit)).unwrap();
        for round in &mut counts {
            for (size, count) in SIZES.into_iter().zip(round) {
                let mut chain = Chain::new(size);
                while chain.grow() {}
                *count = chain.count;
                // What is freed can be had again at once, and a call that was refused took nothing.
                for _ in 0..8 {
                    chain.shrink();
                    is_freed_memory_lost |= !chain.grow();
                }
                chain.clear();
            }
        }
        limit_address_space(None).unwrap();
        assert!(!is_freed_memory_lost, "memory was freed and could not be had again");
        first_counts.copy_from_slice(&counts[0]);
        for (size, first) in SIZES.into_iter().zip(first_counts) {
            assert!(first * size > HEADROOM_BYTES / 2, "only {first} blocks of {size} bytes in {HEADROOM_BYTES}");
        }
        for round in counts {
            for ((size, first), count) in SIZES.into_iter().zip(first_counts).zip(round) {
                assert!(count * 10 >= first * 9, "{first} blocks of {size} bytes at first, then {count}");
            }
        }
    });
}

#[test]
fn random_work_survives_refusal_at_every_step() {
    isolated("random_work_survives_refusal_at_every_step", || {
        let mut random = Random::from_environment();
        let refusals_before_grant = |random: Random, headroom_bytes: usize| {
            let mut churn = Churn::new(random, 1_000, 4 * MIB, 64 * MIB);
            limit_address_space(Some(address_space_bytes() + headroom_bytes)).unwrap();
            let refused = (0..3_000).filter(|_| !churn.step()).count();
            limit_address_space(None).unwrap();
            // With memory to be had again everything works, and all that was live is intact.
            churn.run(3_000);
            drop(churn.take_all());
            refused
        };
        let steps = (0..32).map(|step| step * 4_096).chain((1..32).map(|step| step * 2 * MIB));
        let mut saw_refusal = false;
        for headroom_bytes in steps {
            let mut pipe = [0; 2];
            // SAFETY: `pipe` has room for two descriptors.
            assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0);
            let child_random = random.fork();
            let status = fork(60, || {
                let refused = refusals_before_grant(child_random, headroom_bytes) > 0;
                // SAFETY: one byte of a live value.
                unsafe { libc::write(pipe[1], ptr::from_ref(&refused).cast(), 1) };
            });
            assert_eq!(status, 0, "{} with {headroom_bytes} bytes of address space left", describe(status));
            let mut refused = false;
            // SAFETY: the child wrote one byte that is a bool; then the descriptors are done with.
            unsafe {
                assert_eq!(libc::read(pipe[0], ptr::from_mut(&mut refused).cast(), 1), 1);
                libc::close(pipe[0]);
                libc::close(pipe[1]);
            }
            saw_refusal |= refused;
        }
        assert!(saw_refusal, "the limits refused nothing");
    });
}

static GO: AtomicUsize = AtomicUsize::new(0);
static GRANTED: AtomicUsize = AtomicUsize::new(0);
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// A thread that allocates only after the limit is set, in sizes that no cache holds.
extern "C" fn allocate_first_under_limit(_: *mut libc::c_void) -> *mut libc::c_void {
    while GO.load(Ordering::Acquire) == 0 {
        thread::sleep(Duration::from_millis(1));
    }
    for size in [24, 24, 5_000, 70_000] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        // SAFETY: the size is not 0, and the memory is freed as it was allocated.
        unsafe {
            let block = alloc(layout);
            if block.is_null() {
                REFUSED.fetch_add(1, Ordering::Relaxed);
            } else {
                block.write_bytes(0xa5, size);
                dealloc(block, layout);
                GRANTED.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    ptr::null_mut()
}

#[test]
fn first_call_of_a_thread_may_be_refused() {
    isolated("first_call_of_a_thread_may_be_refused", || {
        const THREADS: usize = 64;
        let start = |threads: &mut [libc::pthread_t]| {
            for thread in threads {
                // SAFETY: the function takes no argument and touches only statics.
                let error =
                    unsafe { libc::pthread_create(thread, ptr::null(), allocate_first_under_limit, ptr::null_mut()) };
                assert_eq!(error, 0);
            }
        };
        let join = |threads: &[libc::pthread_t]| {
            for &thread in threads {
                // SAFETY: each was started and is joined once.
                assert_eq!(unsafe { libc::pthread_join(thread, ptr::null_mut()) }, 0);
            }
        };
        let mut threads = [0; THREADS];
        start(&mut threads);
        limit_address_space(Some(address_space_bytes())).unwrap();
        // No memory is left for anybody, this thread's caches aside.
        let mut chains = [5_000_000, 300_000, 40_000, 9_000, 1_024, 200, 48, 32, 16].map(Chain::new);
        for chain in &mut chains {
            while chain.grow() {}
        }
        GO.store(1, Ordering::Release);
        join(&threads);
        let refused = REFUSED.swap(0, Ordering::Relaxed);
        chains.iter_mut().for_each(Chain::clear);
        limit_address_space(None).unwrap();
        assert!(refused > 0, "nothing was refused");

        GRANTED.store(0, Ordering::Relaxed);
        start(&mut threads);
        join(&threads);
        assert_eq!(GRANTED.load(Ordering::Relaxed), THREADS * 4);
    });
}

#[test]
fn collections_say_that_memory_was_refused() {
    isolated("collections_say_that_memory_was_refused", || {
        limit_address_space(Some(address_space_bytes() + 32 * MIB)).unwrap();
        let mut kept: Vec<u8> = vec![7; 10_000];
        let refused = kept.try_reserve(256 * MIB).is_err() && kept.try_reserve_exact(isize::MAX as usize / 2).is_err();
        let is_intact = kept.iter().all(|&byte| byte == 7);
        let mut small: Vec<u8> = Vec::new();
        let granted = small.try_reserve(100_000).is_ok();
        limit_address_space(None).unwrap();
        assert!(refused && is_intact && granted, "{refused} {is_intact} {granted}");
    });
}

#[test]
fn refused_infallible_allocation_aborts_with_its_message() {
    isolated("refused_infallible_allocation_aborts_with_its_message", || {
        let mut pipe = [0; 2];
        // SAFETY: `pipe` has room for two descriptors.
        assert_eq!(unsafe { libc::pipe(pipe.as_mut_ptr()) }, 0);
        let child = snmalloc_tests::process::start_fork(20, || {
            // SAFETY: both descriptors are open; the child's stderr becomes the pipe.
            unsafe { libc::dup2(pipe[1], libc::STDERR_FILENO) };
            limit_address_space(Some(address_space_bytes() + 32 * MIB)).unwrap();
            std::hint::black_box(Vec::<u8>::with_capacity(1 << 40));
        });
        let status = wait(child);
        let mut text = [0u8; 256];
        // SAFETY: there is room for as many bytes; the child has ended and has written what it had to.
        let length = unsafe {
            libc::close(pipe[1]);
            libc::read(pipe[0], text.as_mut_ptr().cast(), text.len())
        };
        let text = String::from_utf8_lossy(&text[..length as usize]);
        assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGABRT, "{}", describe(status));
        assert!(text.contains("memory allocation of 1099511627776 bytes failed"), "{text}");
    });
}
