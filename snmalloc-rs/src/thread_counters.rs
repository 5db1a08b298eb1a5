//! What one thread has allocated and freed.

use crate::SnMalloc;
use snmalloc_sys as sys;

/// What a thread has allocated and freed so far, in bytes: see [`SnMalloc::thread_counters`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ThreadCounters {
    /// Bytes that the thread allocated.
    pub allocated_bytes: usize,
    /// Bytes that the thread freed, whoever had allocated them.
    pub freed_bytes: usize,
}

impl SnMalloc {
    /// Returns how many bytes the calling thread has allocated and freed so far, whichever thread or heap the memory is of.
    /// It is there with the feature `stats` only.
    ///
    /// The difference of two calls is what a piece of work between them took, exactly, whatever other threads do. Small
    /// objects count by their size class, as their [`usable_size`](Self::usable_size) says without the feature `check`. Large
    /// ones count by their range. A large one that grows where it is counts as allocated by what it grew, and as freed by
    /// what it shrank. One that is copied counts as both, whole. What lives in a [`Heap`](crate::Heap) when that is dropped is
    /// freed by the thread that drops it.
    ///
    /// Both numbers begin at 0 in each thread, and only grow; on 32-bit targets they wrap around. When destructors of
    /// thread-locals run, they may be 0. It takes no lock, and allocates nothing. Under Miri and sanitizers it says 0.
    ///
    /// ```
    /// # #[global_allocator]
    /// # static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
    /// use snmalloc_rs::SnMalloc;
    ///
    /// let before = SnMalloc::thread_counters();
    /// drop(vec![0_u8; 1000]);
    /// let after = SnMalloc::thread_counters();
    /// assert_eq!(after.allocated_bytes - before.allocated_bytes, 1024);
    /// assert_eq!(after.freed_bytes - before.freed_bytes, 1024);
    /// ```
    #[inline]
    #[must_use]
    pub fn thread_counters() -> ThreadCounters {
        let mut counters = ThreadCounters::default();
        // SAFETY: both pointers are valid for a write of a `usize`; the core reads two words of the thread's own.
        unsafe { sys::sn_thread_counters(&mut counters.allocated_bytes, &mut counters.freed_bytes) };
        counters
    }
}
