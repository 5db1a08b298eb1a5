//! `usable_size` may be asked of any address at any time, also of memory that others are freeing: all of this program is
//! safe code.
#![forbid(unsafe_code)]

use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::Layout;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const SIZES: [usize; 9] = [16, 48, 100, 500, 1000, 3000, 9000, 40_000, 1 << 20];

/// Vectors of vectors have room for so many.
const MOST: usize = 4096;

/// The sizes of all objects of more than 10 KiB, from 32 KiB on in units of 16 KiB: no other may be an answer.
const LARGE: [usize; 4] = [48 << 10, MOST * std::mem::size_of::<Vec<u8>>(), 1 << 20, 2 << 20];

static NOTED: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];
static IS_OVER: AtomicBool = AtomicBool::new(false);

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn note(random: &mut Random, address: usize) {
    NOTED[random.below(NOTED.len())].store(address, Ordering::Relaxed);
}

/// How many of a size make a few slabs, which end when all are freed.
fn some(random: &mut Random, size: usize) -> usize {
    1 + random.below(((128 << 20) / size).min(MOST))
}

/// Makes and drops vectors, some of which grow.
fn use_vectors(seed: u64) {
    let mut random = Random(seed);
    while !IS_OVER.load(Ordering::Relaxed) {
        let size = SIZES[random.below(SIZES.len())];
        let mut all = Vec::<Vec<u8>>::with_capacity(MOST);
        (0..some(&mut random, size)).for_each(|_| all.push(Vec::with_capacity(size)));
        for _ in 0..32 {
            let one = random.below(all.len());
            note(&mut random, all[one].as_ptr() as usize);
            if size == 1 << 20 {
                all[one].reserve_exact(2 << 20);
                all[one].shrink_to(size);
            }
        }
    }
}

/// Makes and drops heaps with objects in them.
fn use_heaps(seed: u64) {
    let mut random = Random(seed);
    while !IS_OVER.load(Ordering::Relaxed) {
        let heap = Heap::new().unwrap();
        for _ in 0..3 {
            let size = SIZES[random.below(SIZES.len())];
            for _ in 0..some(&mut random, size) {
                let block = heap.alloc_aligned(Layout::from_size_align(size, 1).unwrap()).unwrap();
                note(&mut random, block.as_ptr() as usize);
            }
        }
    }
}

#[test]
fn while_others_free() {
    let seconds = std::env::var("SN_SECONDS").map_or(2, |seconds| seconds.parse().unwrap());
    let mut answers = BTreeSet::new();
    let (mut asked, mut before) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| use_vectors(1));
        scope.spawn(|| use_vectors(2));
        scope.spawn(|| use_heaps(3));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(seconds) {
            for _ in 0..100 {
                for noted in &NOTED {
                    let answer = SnMalloc.usable_size(noted.load(Ordering::Relaxed) as *const u8).unwrap_or(0);
                    if answer != before {
                        before = answer;
                        answers.insert(answer);
                    }
                }
            }
            asked += 6400;
        }
        IS_OVER.store(true, Ordering::Relaxed);
    });
    let is_odd = |answer: &usize| *answer > 10 << 10 && !LARGE.contains(answer) && !cfg!(feature = "check");
    assert!(!answers.iter().any(is_odd), "{answers:?}, {asked} times asked");
    assert!(SIZES.iter().all(|size| answers.range(size..).next().is_some()), "{answers:?}");
}
