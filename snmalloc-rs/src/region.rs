//! Memory that the program gives.

use crate::{dangling, realloc_zero_sized};
use core::alloc::{GlobalAlloc, Layout};
use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, Ordering};
use snmalloc_sys::region as sys;

/// An allocator over memory that the program gives it: a static array, or what a boot loader found. It asks nobody for
/// more, and needs no operating system. If [`SnMalloc`](crate::SnMalloc) is there, too, each has memory of its own.
///
/// It is a zero-sized handle to the one region of the program. Any thread may use it: a lock that spins lets one thread at a
/// time in. An interrupt handler that allocates would wait for ever for the code that it interrupted. So a program keeps
/// interrupts out of the allocator, or does not allocate in them. The lock is an atomic flag, which the processor must have.
///
/// The slabs and ranges are those of `SnMalloc`. The region needs some 44 KiB and a 64th of the memory for itself, and hands out
/// the rest in units of 16 KiB.
///
/// ```
/// use snmalloc_rs::Region;
/// use std::alloc::{GlobalAlloc, Layout};
///
/// static REGION: Region = Region; // under #[global_allocator] in a kernel
///
/// let memory: &'static mut [u8] = Box::leak(vec![0; 1 << 20].into_boxed_slice());
/// let (start, end) = (memory.as_ptr() as usize, memory.as_ptr_range().end as usize);
/// assert!(REGION.add(memory));
/// let layout = Layout::new::<[u64; 100]>();
/// // SAFETY: the size is not zero; it is freed with its layout.
/// unsafe {
///     let block = REGION.alloc(layout);
///     assert!((start..end).contains(&(block as usize)));
///     REGION.dealloc(block, layout);
///     assert!(REGION.alloc(Layout::new::<[u8; 2 << 20]>()).is_null());
/// }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Region;

static IS_LOCKED: AtomicBool = AtomicBool::new(false);

/// Calls `function` while no other thread is in the region.
#[inline]
fn alone<R>(function: impl FnOnce() -> R) -> R {
    struct Unlock;
    impl Drop for Unlock {
        fn drop(&mut self) {
            IS_LOCKED.store(false, Ordering::Release);
        }
    }
    while IS_LOCKED.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
        spin_loop();
    }
    let _unlock = Unlock;
    function()
}

impl Region {
    /// Gives the region its memory, once, before anything is allocated. Returns `false` if that is too little, or if the
    /// region has memory already.
    pub fn add(&self, memory: &'static mut [u8]) -> bool {
        // SAFETY: nobody else has the memory, ever: it was borrowed alone and for ever. Memory that is not taken leaks.
        unsafe { self.add_raw(memory.as_mut_ptr(), memory.len()) }
    }

    /// As [`add`](Self::add), for the memory of `length` bytes at `start`, whatever is in it.
    ///
    /// # Safety
    ///
    /// The memory is valid for reads and writes, and nobody else's, for ever.
    pub unsafe fn add_raw(&self, start: *mut u8, length: usize) -> bool {
        // SAFETY: the caller vouches for the memory.
        alone(|| unsafe { sys::sn_region_add(start.cast(), length) }) != 0
    }

    /// Returns the number of bytes that the allocation at `ptr` really has, as
    /// [`SnMalloc::usable_size`](crate::SnMalloc::usable_size) does. Returns `None` if `ptr` is not the start of memory of the
    /// region.
    #[must_use]
    pub fn usable_size(&self, ptr: *const u8) -> Option<usize> {
        // SAFETY: any address may be asked about: nobody frees it meanwhile, for one thread at a time is in the core.
        match alone(|| unsafe { sys::sn_region_usable_size(ptr.cast()) }) {
            0 => None,
            size => Some(size),
        }
    }
}

// SAFETY: as for `SnMalloc`, in the region's memory; one thread at a time is in the core.
unsafe impl GlobalAlloc for Region {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: a `Layout` holds a power of two as its alignment.
        alone(|| unsafe { sys::sn_region_alloc(layout.align(), layout.size()) }).cast()
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller vouches that `ptr` was allocated with `layout` and is not used again.
            alone(|| unsafe { sys::sn_region_dealloc(ptr.cast(), layout.align(), layout.size()) });
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: a `Layout` holds a power of two as its alignment.
        alone(|| unsafe { sys::sn_region_alloc_zeroed(layout.align(), layout.size()) }).cast()
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.size() == 0 || new_size == 0 {
            // SAFETY: the caller vouches for all three arguments.
            return unsafe { realloc_zero_sized(self, ptr, layout, new_size) };
        }
        // SAFETY: the caller vouches that `ptr` was allocated with `layout`.
        alone(|| unsafe { sys::sn_region_realloc(ptr.cast(), layout.align(), layout.size(), new_size) }).cast()
    }
}
