//! The profile that is being taken, behind one lock, and what the allocator calls.
//!
//! 1. Whoever has the lock has sampling paused. So all memory that is allocated or freed under it is unsampled, and neither
//!    call comes again while it is held.
//! 2. Around a fork the forking thread holds it, and handlers of others may allocate: its calls know that
//!    ([`with_state`]).

use crate::snapshot::{Estimate, Stack};
use crate::{stack, Error, ProfilerOptions};
use snmalloc_sys::profile as core;
use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static STATE: Mutex<Option<State>> = Mutex::new(None);

thread_local! {
    /// What the thread keeps locked around a fork, or null.
    static LOCKED: Cell<*mut Option<State>> = const { Cell::new(std::ptr::null_mut()) };
}

/// [`ProfilerOptions::max_frames`], for stacks are taken without the lock.
static MAX_FRAMES: AtomicUsize = AtomicUsize::new(0);

pub struct State {
    number: usize,
    options: ProfilerOptions,
    numbers: HashMap<Box<[usize]>, usize>,
    totals: Vec<Totals>,
}

/// Of one stack.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    samples: u64,
    allocated: Sum,
    freed: Sum,
}

/// What samples stand for, in units of `1 / SCALE`: so sums are exact, and what is freed leaves nothing behind.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    objects: u128,
    bytes: u128,
}

const SCALE: f64 = 65536.0;

impl Sum {
    fn of_sample(bytes: usize, interval_bytes: usize) -> Self {
        let bytes = bytes.max(1);
        let probability = -(-(bytes as f64) / interval_bytes as f64).exp_m1();
        let objects = (SCALE / probability) as u128;
        Self { objects, bytes: objects * bytes as u128 }
    }

    fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
    }

    fn less(self, other: Self) -> Estimate {
        let scaled = |left: u128, right: u128| (left - right) as f64 / SCALE;
        Estimate { objects: scaled(self.objects, other.objects), bytes: scaled(self.bytes, other.bytes) }
    }
}

impl State {
    pub fn new(options: ProfilerOptions) -> Self {
        let _paused = Paused::new();
        Self { number: 0, options, numbers: HashMap::new(), totals: Vec::new() }
    }

    fn add_sample(&mut self, addresses: &[usize], bytes: usize) -> usize {
        let stack = match self.numbers.get(addresses) {
            Some(&stack) => stack,
            None => {
                let stack = self.totals.len();
                self.numbers.insert(addresses.into(), stack);
                self.totals.push(Totals::default());
                stack
            }
        };
        let totals = &mut self.totals[stack];
        totals.samples += 1;
        totals.allocated.add(Sum::of_sample(bytes, self.options.interval_bytes));
        stack
    }

    fn stacks(&self) -> Vec<Stack> {
        let stacks = self.numbers.iter().map(|(addresses, &number)| {
            let Totals { samples, allocated, freed } = self.totals[number];
            let addresses = addresses.clone();
            Stack { addresses, samples, allocated: allocated.less(Sum::default()), in_use: allocated.less(freed) }
        });
        stacks.collect()
    }
}

/// What the thread allocates meanwhile is not sampled.
struct Paused;

impl Paused {
    fn new() -> Self {
        // SAFETY: it may be called at any time.
        unsafe { core::sn_profile_pause() };
        Self
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { core::sn_profile_resume() };
    }
}

fn lock() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_state<R>(body: impl FnOnce(&mut Option<State>) -> R) -> R {
    let _paused = Paused::new();
    let locked = LOCKED.get();
    if locked.is_null() {
        return body(&mut lock());
    }
    // SAFETY: this thread holds the lock, and is in none of these calls: see 1.
    body(unsafe { &mut *locked })
}

/// What the forking thread keeps of the lock, from [`lock_for_fork`] to [`unlock_after_fork`].
#[cfg(unix)]
struct Kept(std::cell::UnsafeCell<(usize, Option<MutexGuard<'static, Option<State>>>)>);

// SAFETY: only the thread that holds the lock reads or writes it.
#[cfg(unix)]
unsafe impl Sync for Kept {}

/// How many forks the thread is in, for handlers may fork, and the guard.
#[cfg(unix)]
static KEPT: Kept = Kept(std::cell::UnsafeCell::new((0, None)));

/// Takes the lock, for as long as the calling thread forks.
#[cfg(unix)]
pub fn lock_for_fork() {
    let guard = LOCKED.get().is_null().then(lock);
    // SAFETY: this thread holds the lock.
    let (depth, kept) = unsafe { &mut *KEPT.0.get() };
    *depth += 1;
    if let Some(mut guard) = guard {
        LOCKED.set(&mut *guard);
        *kept = Some(guard);
    }
}

/// Lets the lock go, in parent and child.
#[cfg(unix)]
pub fn unlock_after_fork() {
    // SAFETY: this thread, or the one that it is a copy of, holds the lock.
    let (depth, kept) = unsafe { &mut *KEPT.0.get() };
    *depth -= 1;
    if *depth == 0 {
        LOCKED.set(std::ptr::null_mut());
        drop(kept.take());
    }
}

/// Starts the profile and returns its number.
pub fn start(mut new: State) -> Result<usize, Error> {
    // SAFETY: it may be called at any time.
    if unsafe { core::sn_profile_is_supported() } == 0 {
        return Err(Error::NotWithChecks);
    }
    // Other threads' first samples wait for the lock, until the number is known.
    with_state(|state| {
        if state.is_some() {
            return Err(Error::AlreadyRunning);
        }
        MAX_FRAMES.store(new.options.max_frames, Ordering::Relaxed);
        // SAFETY: the interval is not 0, and the functions live as long as the program; a panic in them aborts.
        new.number = unsafe { core::sn_profile_start(new.options.interval_bytes, on_sample, on_free) };
        if new.number == 0 {
            return Err(Error::AlreadyRunning);
        }
        let number = new.number;
        *state = Some(new);
        Ok(number)
    })
}

/// Ends the profile of that number.
pub fn stop(number: usize) {
    // The lock first, so that whoever starts the next one finds it empty.
    with_state(|state| {
        // SAFETY: it may be called at any time.
        unsafe { core::sn_profile_stop(number) };
        *state = None;
    });
}

/// The interval of the profile that runs, and a copy of its stacks.
pub fn copy() -> (usize, Vec<Stack>) {
    with_state(|state| state.as_ref().map_or((0, Vec::new()), |state| (state.options.interval_bytes, state.stacks())))
}

/// The state, if it is that of the profile that the caller means: a thread may lag behind.
fn of_profile(state: &mut Option<State>, number: usize) -> Option<&mut State> {
    state.as_mut().filter(|state| state.number == number)
}

extern "C" fn on_sample(profile: usize, bytes: usize) -> *mut c_void {
    let addresses = stack::capture(MAX_FRAMES.load(Ordering::Relaxed));
    let stack =
        with_state(|state| of_profile(state, profile).map(|state| state.add_sample(addresses.as_slice(), bytes)));
    stack.map_or(std::ptr::null_mut(), |stack| (stack + 1) as *mut c_void)
}

extern "C" fn on_free(profile: usize, token: *mut c_void, bytes: usize) {
    with_state(|state| {
        if let Some(state) = of_profile(state, profile) {
            state.totals[token as usize - 1].freed.add(Sum::of_sample(bytes, state.options.interval_bytes));
        }
    });
}
