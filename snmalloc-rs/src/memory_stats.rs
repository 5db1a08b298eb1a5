//! What the allocator holds from the system, told by a function and by a method of one name.

use crate::SnMalloc;
use core::ops::Deref;
use snmalloc_sys as sys;

/// What the allocator holds from the system, in bytes: see [`SnMalloc::memory_stats`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AllocStats {
    /// Bytes that the allocator holds from the system, for objects and for its own metadata, and has not given back.
    pub current_memory_usage: usize,
    /// The largest value of `current_memory_usage` so far in this process.
    pub peak_memory_usage: usize,
}

impl SnMalloc {
    /// Returns what the allocator holds from the system, in bytes, now and at most so far.
    ///
    /// Memory of objects and metadata counts, live or kept for reuse, until it is given back. An object counts as a whole,
    /// touched or not, and so does a slab with live objects, although pages of it may have gone back:
    /// [`Stats::hole_bytes`](crate::Stats). Address space that is only reserved does not count, but for the guards of the feature `check`. The
    /// figures are of the whole process. While other threads allocate and free, the two may be of slightly different
    /// moments. It takes no lock; any thread may call it.
    ///
    /// It is called as a function or, by [`MemoryStats`], as a method of the allocator:
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    ///
    /// #[global_allocator]
    /// static ALLOC: SnMalloc = SnMalloc;
    ///
    /// let stats = SnMalloc::memory_stats();
    /// println!("{} bytes now, {} at most", stats.current_memory_usage, stats.peak_memory_usage);
    /// assert!(ALLOC.memory_stats().peak_memory_usage >= stats.peak_memory_usage);
    /// ```
    #[inline]
    #[must_use]
    pub fn memory_stats() -> AllocStats {
        let mut stats = AllocStats::default();
        // SAFETY: both pointers are valid for a write of a `usize`; the core reads two atomics.
        unsafe { sys::sn_rust_statistics(&mut stats.current_memory_usage, &mut stats.peak_memory_usage) };
        stats
    }
}

/// What [`SnMalloc`] dereferences to, so that `ALLOC.memory_stats()` compiles beside `SnMalloc::memory_stats()`.
///
/// A call by `.` ignores functions that take no `self`, and goes on with what the type dereferences to.
#[derive(Debug)]
#[non_exhaustive]
pub struct MemoryStats;

impl MemoryStats {
    /// The same as [`SnMalloc::memory_stats`].
    #[inline]
    #[must_use]
    pub fn memory_stats(&self) -> AllocStats {
        SnMalloc::memory_stats()
    }
}

impl Deref for SnMalloc {
    type Target = MemoryStats;

    #[inline]
    fn deref(&self) -> &MemoryStats {
        &MemoryStats
    }
}
