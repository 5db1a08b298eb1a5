//! A memory allocator for multi-threaded programs. Memory that another thread frees travels back to its owner in messages,
//! many frees to one atomic operation, and neither side takes a lock.
//!
//! ```
//! #[global_allocator]
//! static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
//!
//! let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
//! assert_eq!(squares[999], 998_001);
//! assert!(ALLOC.memory_stats().current_memory_usage > 0);
//! ```
//!
//! # Threads and processes
//!
//! Every function may be called from any thread at any time: before `main`, in destructors of thread-locals, after
//! the thread's exit hooks ran, and in a child after `fork`. Memory that one thread allocated may be freed by any other.
//!
//! # Out of memory
//!
//! Every function that allocates reports failure to its caller, by a null pointer or `None`. Collections
//! pass that on to [`handle_alloc_error`], or return it from their `try_reserve`.
//!
//! [`handle_alloc_error`]: https://doc.rust-lang.org/alloc/alloc/fn.handle_alloc_error.html
//!
//! Under Miri and sanitizers the system's allocator takes the place of this one, so that they find what they look for.
//!
//! # Features
//!
//! On by default are `build_cmake` and `usewait-on-address`.
//!
//! - `build_cmake`: build the C++ core with cmake; where cmake is missing, `build_cc` is used, with a warning.
//! - `build_cc`: build the C++ core with a C++ compiler alone; wins over `build_cmake`.
//! - `debug`: assertions in the C++ core, with debug information; slow.
//! - `check`: end the program at misuse (double free, wrong layout, writes out of bounds or after free) with a line
//!   that names it.
//! - `stats`: count every allocation and free, so that all figures are exact; costs some speed.
//! - `profile`: sample allocations for a heap profile, as the crate `snmalloc-profiler` does; costs two instructions
//!   an allocation.
//! - `serde`: the figures can be serialised.
//! - `allocator-api2`: `SnMalloc` is an `Allocator` of the crate `allocator-api2`, which collections on stable Rust
//!   take.
//! - `nightly`: `SnMalloc` is a `core::alloc::Allocator`; needs a nightly compiler.
//! - `libc-api`: the C functions `sn_malloc`, `sn_free` and so on, to share memory with code in C.
//! - `region`: `Region`, an allocator over memory that the program gives, without an operating system.
//! - `override`: replace `malloc`, `free`, `operator new` and the rest in the whole program: Linux with glibc or
//!   static musl, and Android.
//! - `local_dynamic_tls`: the local-dynamic model of thread-local storage, for libraries that are loaded late.
//! - `notls`: thread-specific data of the C library instead of thread-local storage; wins over `local_dynamic_tls`.
//! - `native-cpu`: tune for the processor of the machine that builds; left out, with a warning, in cross builds.
//! - `lto`: objects fit for link-time optimisation with Rust, by clang and `-Clinker-plugin-lto`.
//! - `usecxx17`: compile the C++ core as C++17 instead of C++20.
//! - `qemu`: work under user-mode QEMU, whose `MADV_DONTNEED` may not clear memory.
//! - `usewait-on-address`: Windows: threads wait by `WaitOnAddress` where the system has it.
//! - `win8compat`: Windows: use no call that Windows 7 lacks, even where the system has it.
//!
//! Some more names are accepted for programs that were written for other releases, and change nothing. `docs/features.md` in
//! the repository has these, and says more about each.
//!
//! With both `allocator-api2` and `nightly`, both traits are implemented. Then `allocator-api2` must not have its own feature
//! `nightly`, with which the two traits are one.
//!
//! # A collection of its own
//!
//! With `allocator-api2`, single collections take their memory from here, whatever the global allocator is:
//!
#![cfg_attr(feature = "allocator-api2", doc = "```")]
#![cfg_attr(not(feature = "allocator-api2"), doc = "```ignore")]
//! use allocator_api2::vec::Vec;
//! use snmalloc_rs::SnMalloc;
//!
//! let mut numbers = Vec::new_in(SnMalloc);
//! numbers.extend(0..1000);
//! assert_eq!(numbers.iter().sum::<i32>(), 499_500);
//! ```
//!
//! A [`Heap`] is a place for collections that is freed at once, with all it holds, when it is dropped.
//!
//! # In the place of `malloc`
//!
//! With `override`, C and C++ libraries of the program allocate here, too, whether they are linked or loaded. What they
//! hold is in [`Stats`]. Each language may free what the other allocated, but for Rust's allocations of size 0, which are
//! none. Without `#[global_allocator]`, a `use snmalloc_rs as _;` puts the allocator into the program.
//!
//! It is for programs: a shared library (`cdylib`, `dylib`) with this feature does not link. There the names would be the
//! library's alone. It would get a string from the C library's `strdup`, and free it in another allocator.
#![no_std]
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
mod allocator;
mod configure;
mod heap;
mod in_place;
mod memory_stats;
#[cfg(feature = "region")]
mod region;
#[cfg(feature = "stats")]
mod thread_counters;

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use snmalloc_sys as sys;

#[cfg(any(feature = "allocator-api2", feature = "nightly"))]
pub use allocator::ByMessage;
#[doc(hidden)]
pub use configure::{is_library as __is_library, values as __values};
pub use heap::Heap;
pub use memory_stats::{AllocStats, MemoryStats};
#[cfg(feature = "region")]
pub use region::Region;
#[cfg(feature = "libc-api")]
pub use sys::libc_api;
pub use sys::options::{HugePages, IdlePurge, Options, StatsLine};
pub use sys::stats::{ClassStats, Stats};
#[cfg(feature = "stats")]
pub use thread_counters::ThreadCounters;

/// The allocator. It is a zero-sized handle: all copies of it stand for the one allocator of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct SnMalloc;

impl SnMalloc {
    /// Returns the handle, as does the plain name `SnMalloc`.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Returns the version of this crate and of the core in it, such as `0.8.0`.
    ///
    /// ```
    /// println!("the allocator is snmalloc-rs {}", snmalloc_rs::SnMalloc::version());
    /// ```
    #[inline]
    #[must_use]
    pub const fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Allocates uninitialised memory for `layout`, whose size and alignment are in bytes. Every alignment that
    /// [`Layout`] can express works.
    ///
    /// Returns `None` when the system refuses memory or the request does not fit the address space. For a `layout` of
    /// size 0 the result is aligned but dangling: nothing is allocated, and freeing it does nothing.
    ///
    /// The memory is freed with [`GlobalAlloc::dealloc`] and the same `layout`.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let page = Layout::from_size_align(100, 4096).unwrap();
    /// let memory = SnMalloc.alloc_aligned(page).expect("out of memory");
    /// assert_eq!(memory.as_ptr() as usize % 4096, 0);
    /// // SAFETY: `memory` was allocated with `page`, and is not used again.
    /// unsafe { SnMalloc.dealloc(memory.as_ptr(), page) };
    /// ```
    #[inline]
    #[must_use = "the memory leaks unless it is freed"]
    pub fn alloc_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        NonNull::new(allocate(layout))
    }

    /// Returns the number of bytes that the allocation at `ptr` really has: at least the size asked for, all of them
    /// the owner's to use.
    ///
    /// Returns `None` if `ptr` is null, or is not the start of memory of this allocator. The dangling pointers of
    /// zero-sized layouts are not. Nothing at `ptr` is read.
    ///
    /// Any address may be asked about at any time, but the answer means something only while the allocation lives. If the
    /// memory was freed, or is freed or resized during the call, the answer is `None`, or the size of an earlier or later
    /// allocation at that address.
    ///
    /// For an allocation of up to 32 KiB it takes no lock. For a larger one it takes a lock that other threads may hold for
    /// some microseconds. With the feature `check` it takes locks for memory of other threads, and these may wait for it.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::Layout;
    ///
    /// let memory = SnMalloc.alloc_aligned(Layout::new::<[u8; 100]>()).expect("out of memory");
    /// assert!(SnMalloc.usable_size(memory.as_ptr()).unwrap() >= 100);
    ///
    /// let on_the_stack = 0_u8;
    /// assert_eq!(SnMalloc.usable_size(&on_the_stack), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn usable_size(&self, ptr: *const u8) -> Option<usize> {
        // SAFETY: any address may be asked about, whatever others do with it: the core reads atomics only, and what a lock
        // guards.
        match unsafe { sys::sn_rust_usable_size(ptr.cast()) } {
            0 => None,
            size => Some(size),
        }
    }

    /// Returns the [`usable_size`](Self::usable_size), in bytes, that an allocation with `layout` will have. So a buffer can
    /// be made as large as its memory will be anyway. It takes no lock, and allocates nothing.
    ///
    /// The result is 0 for a `layout` of size 0, and for one that is larger than any allocation can be. With the feature
    /// `check` it is the size itself. An allocation that a heap profile samples is larger than this says.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::Layout;
    ///
    /// let bytes = SnMalloc.good_size(Layout::array::<u8>(1000).unwrap());
    /// let layout = Layout::array::<u8>(bytes).unwrap();
    /// let memory = SnMalloc.alloc_aligned(layout).expect("out of memory");
    /// assert_eq!(SnMalloc.usable_size(memory.as_ptr()), Some(bytes));
    /// # unsafe { std::alloc::GlobalAlloc::dealloc(&SnMalloc, memory.as_ptr(), layout) };
    /// ```
    #[inline]
    #[must_use]
    pub fn good_size(&self, layout: Layout) -> usize {
        if layout.size() == 0 {
            return 0;
        }
        // SAFETY: a `Layout` holds a power of two as its alignment.
        unsafe { sys::sn_rust_good_size(layout.align(), layout.size()) }
    }

    /// Returns the figures of the allocator: what is live, what is free and where, by size class, and how often memory was
    /// asked for and given back.
    ///
    /// It allocates nothing, and takes a few microseconds; more with hundreds of threads. [`Stats`] says what each figure
    /// means, and which are exact. It prints as a table, the feature `serde` serialises it, and
    /// [`write_openmetrics`](Stats::write_openmetrics) writes what Prometheus reads.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    ///
    /// #[global_allocator]
    /// static ALLOC: SnMalloc = SnMalloc;
    ///
    /// let before = ALLOC.stats();
    /// let blocks: Vec<_> = (0..1000).map(|_| Box::new([0_u8; 100])).collect();
    /// let stats = ALLOC.stats();
    /// println!("{stats}");
    /// assert!(stats.live_bytes >= before.live_bytes + 1000 * 100);
    /// let class = stats.classes.iter().find(|class| class.object_bytes >= 100).unwrap();
    /// assert!(class.live_objects >= blocks.len());
    ///
    /// let mut text = String::new();
    /// stats.write_openmetrics(&mut text).unwrap();
    /// assert!(text.contains(&format!("\nsnmalloc_live_bytes {}\n", stats.live_bytes)));
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        // SAFETY: the pointer is valid for a write. What others write meanwhile the core reads as atomics or under locks; but
        // for the tops of magazines, each read once, as a word, and only subtracted from: no address that is read so is
        // followed.
        unsafe { sys::sn_read_stats(&mut stats) };
        stats
    }

    /// Gives back to the system at once what the allocator holds free, in the heaps of all threads, and returns how
    /// many bytes went back while it ran.
    ///
    /// Free memory goes back by itself, too, but not all of it, and not while the program does not allocate. Call this when
    /// the program goes idle, or has ended a phase that it will not repeat. It may be called from any thread. Threads that
    /// wait or sleep need not wake for it. Threads at work go on, but wait if they run out of free objects meanwhile. It
    /// takes as long as the system does to take the pages, about a tenth of a second a GiB.
    ///
    /// What stays:
    ///
    /// - metadata, and pages with a live object on them; on other systems than Linux, and with checks, slabs with one;
    /// - free objects in the magazines of every other thread that lives: of each size class at most 4 objects, and at most
    ///   1 KiB or one object; on other systems than Linux, and with checks, at most 128 objects, and 32 KiB or 4 objects;
    /// - what such a thread has freed for other threads and not sent yet: at most 2 MiB, or 10.25 MiB if it
    ///   is of thousands of threads;
    /// - the pages, or slabs, that these objects lie in.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    ///
    /// #[global_allocator]
    /// static ALLOC: SnMalloc = SnMalloc;
    ///
    /// drop(vec![1_u8; 4 << 20]);
    /// assert!(ALLOC.trim() >= 4 << 20);
    /// ```
    pub fn trim(&self) -> usize {
        // SAFETY: it may be called at any time: what it takes of other threads' heaps, it takes while they are kept out of
        // their slow paths, and their fast paths find it gone or have it.
        unsafe { sys::sn_trim() }
    }
}

// SAFETY: the core returns memory that satisfies the layout and that no other live allocation shares. It does not unwind,
// and reports failure by null. `realloc` keeps the contents. Zero-sized layouts, which the trait leaves undefined, get
// dangling pointers that never reach the core.
unsafe impl GlobalAlloc for SnMalloc {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocate(layout)
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        // SAFETY: the caller vouches that `ptr` was allocated with `layout` and is not used again.
        unsafe {
            if !sys::fast::push(ptr.cast(), layout.align(), layout.size()) && layout.size() != 0 {
                sys::sn_rust_dealloc(ptr.cast(), layout.align(), layout.size());
            }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: a `Layout` holds a power of two as its alignment.
        unsafe { sys::sn_rust_alloc_zeroed(layout.align(), layout.size()) }.cast()
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.size() == 0 || new_size == 0 {
            // SAFETY: the caller vouches for all three arguments.
            return unsafe { realloc_zero_sized(self, ptr, layout, new_size) };
        }
        // SAFETY: the caller vouches that `ptr` was allocated with `layout`.
        unsafe { sys::sn_rust_realloc(ptr.cast(), layout.align(), layout.size(), new_size) }.cast()
    }
}

/// `realloc` from or to a size of zero, which the core never sees.
///
/// SAFETY: as of `realloc`.
#[cold]
unsafe fn realloc_zero_sized(of: &impl GlobalAlloc, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
    // SAFETY: the caller vouches that `new_size`, rounded up to the alignment, is at most `isize::MAX`, and that `ptr`
    // was allocated with `layout`; it holds no byte worth keeping.
    unsafe {
        let new_ptr = of.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
        if !new_ptr.is_null() {
            of.dealloc(ptr, layout);
        }
        new_ptr
    }
}

#[inline]
fn allocate(layout: Layout) -> *mut u8 {
    // SAFETY: a `Layout` holds a power of two as its alignment.
    unsafe {
        let object = sys::fast::pop(layout.align(), layout.size());
        if !object.is_null() {
            object.cast()
        } else if layout.size() == 0 {
            dangling(layout)
        } else {
            sys::fast::miss(layout.align(), layout.size()).cast()
        }
    }
}

/// What a zero-sized layout gets: not null, aligned, and never read or written.
#[inline]
fn dangling(layout: Layout) -> *mut u8 {
    layout.align() as *mut u8
}
