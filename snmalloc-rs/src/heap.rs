//! Private heaps.

use crate::{dangling, realloc_zero_sized};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::NonNull;
use snmalloc_sys as sys;

/// A private heap, for objects that end together. Dropping it frees all that it holds, in a time that grows with its slabs
/// and its large objects, and not with the number of small ones.
///
/// It pays where few heaps exist at once and each holds much: see [`Heap::new`].
///
/// With the feature `allocator-api2` or `nightly` it is an `Allocator`, and so is `&Heap`, which is what collections take.
/// Without these features, its methods are those of [`GlobalAlloc`], which it implements, and
/// [`alloc_aligned`](Self::alloc_aligned).
///
/// ```
/// use snmalloc_rs::{Heap, SnMalloc};
/// use std::alloc::Layout;
///
/// let heap = Heap::new().expect("out of memory");
/// let before = SnMalloc.stats().live_bytes;
/// for _ in 0..10_000 {
///     let memory = heap.alloc_aligned(Layout::new::<[u8; 1000]>()).expect("out of memory");
///     // SAFETY: it has so many bytes.
///     unsafe { memory.as_ptr().write_bytes(1, 1000) };
/// }
/// assert!(SnMalloc.stats().live_bytes >= before + 10_000_000);
/// drop(heap);
/// assert!(SnMalloc.stats().live_bytes <= before);
/// ```
///
#[cfg_attr(feature = "allocator-api2", doc = "```")]
#[cfg_attr(not(feature = "allocator-api2"), doc = "```ignore")]
/// use allocator_api2::{boxed::Box, vec::Vec};
/// use snmalloc_rs::Heap;
///
/// let heap = Heap::new().expect("out of memory");
/// let mut words = Vec::new_in(&heap);
/// words.extend(["all", "of", "this"].map(|word| Box::new_in(word.to_string(), &heap)));
/// assert_eq!(words.len(), 3);
/// let kept: &mut [u32; 3] = Box::leak(Box::new_in([1, 2, 3], &heap)); // until the heap ends
/// assert_eq!(kept[2], 3);
/// ```
///
/// # What lives how long
///
/// A collection in `&'h Heap` borrows the heap: it cannot be dropped before them, and what is leaked there, as by
/// `Box::leak`, is borrowed for no longer than `'h`. Leaked objects are freed with the heap, and their destructors do not
/// run. What the methods with a [`Layout`] return is not borrowed: nobody may use it after the heap was dropped.
///
#[cfg_attr(feature = "allocator-api2", doc = "```compile_fail,E0505")]
#[cfg_attr(not(feature = "allocator-api2"), doc = "```ignore")]
/// use allocator_api2::boxed::Box;
/// use snmalloc_rs::Heap;
///
/// let heap = Heap::new().expect("out of memory");
/// let boxed = Box::new_in(1, &heap);
/// drop(heap);
/// println!("{boxed}");
/// ```
///
/// # Threads
///
/// A heap may go from thread to thread (`Send`), but one thread at a time uses it (not `Sync`). Any thread may free its
/// memory while the heap lives, by the `dealloc` of [`SnMalloc`](crate::SnMalloc), also while another thread uses the heap.
/// Then the memory comes home by message. `ByMessage`, which comes with the trait `Allocator`, does that for boxes and
/// collections.
///
/// ```compile_fail,E0277
/// fn share(_: impl Sync) {}
/// share(snmalloc_rs::Heap::new());
/// ```
///
/// After `fork` the child has a copy of every heap.
#[derive(Debug)]
pub struct Heap {
    inner: NonNull<sys::Heap>,
}

// SAFETY: the core binds a heap to no thread, and what one thread did is known to the one that it was moved to.
unsafe impl Send for Heap {}

impl Heap {
    /// Makes a heap, or returns `None` if the system refuses memory. Any thread.
    ///
    /// A heap takes 36 KiB for itself on 64-bit systems (40 KiB with the feature `check`), and a slab of 32 to 256 KiB for
    /// each size class that it uses. The next heap uses the memory of one that was dropped. Dropping one and making the next
    /// needs no system call, but where more than some hundred wait at once: then the oldest of them give their memory back to
    /// the system.
    #[must_use]
    pub fn new() -> Option<Self> {
        // SAFETY: it may be called at any time, and nobody else gets the same heap before it is deleted.
        NonNull::new(unsafe { sys::sn_heap_new() }).map(|inner| Self { inner })
    }

    /// Allocates uninitialised memory for `layout` in this heap, as [`SnMalloc::alloc_aligned`] does elsewhere.
    ///
    /// It is freed by [`GlobalAlloc::dealloc`] of this heap, or of [`SnMalloc`] on any thread, or when the heap is dropped.
    ///
    /// ```
    /// use snmalloc_rs::{Heap, SnMalloc};
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let heap = Heap::new().expect("out of memory");
    /// let layout = Layout::new::<[u64; 100]>();
    /// let (one, other) = (heap.alloc_aligned(layout).unwrap(), heap.alloc_aligned(layout).unwrap());
    /// // SAFETY: both were allocated with `layout`, and are not used again.
    /// unsafe { heap.dealloc(one.as_ptr(), layout) };
    /// let other = other.as_ptr() as usize;
    /// std::thread::spawn(move || unsafe { SnMalloc.dealloc(other as *mut u8, layout) }).join().unwrap();
    /// ```
    ///
    /// [`SnMalloc`]: crate::SnMalloc
    /// [`SnMalloc::alloc_aligned`]: crate::SnMalloc::alloc_aligned
    #[inline]
    #[must_use = "the memory stays until the heap is dropped, unless it is freed"]
    pub fn alloc_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: `alloc` of a heap takes a size of 0, too. The caller gets a pointer, which only `unsafe` code can follow.
        NonNull::new(unsafe { self.alloc(layout) })
    }
}

impl Drop for Heap {
    /// Frees all memory of the heap.
    fn drop(&mut self) {
        // SAFETY: no other thread has the heap. Whoever has its memory has borrowed the heap, or vouches for its use. A heap
        // that is forgotten keeps its memory for ever.
        unsafe { sys::sn_heap_delete(self.inner.as_ptr()) }
    }
}

/// Does what [`SnMalloc`](crate::SnMalloc) does, in this heap. Memory of other heaps may be freed and resized, too. If it
/// has to move, it moves into this heap.
// SAFETY: as for `SnMalloc`. The handle is not `Sync`, so that no other thread uses the heap meanwhile.
unsafe impl GlobalAlloc for Heap {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: the heap is this thread's for the length of the call; a `Layout` holds a power of two.
        unsafe { sys::sn_heap_alloc(self.inner.as_ptr(), layout.align(), layout.size()) }.cast()
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: as above; the caller vouches that `ptr` was allocated with `layout` and is not used again.
            unsafe { sys::sn_heap_dealloc(self.inner.as_ptr(), ptr.cast(), layout.align(), layout.size()) }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() == 0 {
            return dangling(layout);
        }
        // SAFETY: as in `alloc`.
        unsafe { sys::sn_heap_alloc_zeroed(self.inner.as_ptr(), layout.align(), layout.size()) }.cast()
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.size() == 0 || new_size == 0 {
            // SAFETY: the caller vouches for all three arguments.
            return unsafe { realloc_zero_sized(self, ptr, layout, new_size) };
        }
        // SAFETY: as in `alloc`; the caller vouches that `ptr` was allocated with `layout`.
        unsafe { sys::sn_heap_realloc(self.inner.as_ptr(), ptr.cast(), layout.align(), layout.size(), new_size) }.cast()
    }
}
