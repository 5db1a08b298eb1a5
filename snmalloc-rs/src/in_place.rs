//! Growing and shrinking where an allocation is.

use crate::SnMalloc;
use core::alloc::Layout;
use core::ptr::NonNull;
use snmalloc_sys as sys;

impl SnMalloc {
    /// Makes the allocation at `ptr` larger without moving it, and returns the number of bytes that are usable afterwards.
    ///
    /// Afterwards its layout has the size `new_size`, in bytes, and the same alignment. An allocation of up to 32 KiB can
    /// grow as far as its [usable size](Self::usable_size), a larger one into free memory behind it. If it cannot, or if
    /// memory is refused, the function returns `None`, and nothing has changed. With the feature `check` nothing grows or
    /// shrinks in place. Any thread that owns the allocation may call it.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::new::<[u8; 100]>();
    /// let memory = SnMalloc.alloc_aligned(layout).expect("out of memory");
    /// // SAFETY: `memory` was allocated with `layout`, and is freed with what it has become.
    /// unsafe {
    ///     let grown = Layout::new::<[u8; 112]>();
    ///     let layout = match SnMalloc.try_grow_in_place(memory, layout, grown.size()) {
    ///         Some(_) => grown,
    ///         None => layout,
    ///     };
    ///     SnMalloc.dealloc(memory.as_ptr(), layout);
    /// }
    /// ```
    ///
    /// # Safety
    ///
    /// `ptr` was allocated by this allocator with `layout` and not freed since; `new_size` is at least `layout.size()`.
    #[inline]
    #[must_use = "it says whether the layout has changed"]
    pub unsafe fn try_grow_in_place(&self, ptr: NonNull<u8>, layout: Layout, new_size: usize) -> Option<usize> {
        debug_assert!(new_size >= layout.size());
        // SAFETY: the caller vouches for all arguments.
        unsafe { resize_in_place(ptr, layout, new_size) }
    }

    /// Makes the allocation at `ptr` smaller without moving it, and returns the number of bytes that are usable afterwards.
    ///
    /// Afterwards its layout has the size `new_size`, in bytes, and the same alignment. That works for a small allocation
    /// whose size class does not change. It works for one of more than 32 KiB that stays above 32 KiB: that gives back whole
    /// units of 16 KiB, or of an eighth of its size. If it cannot, the function returns `None`, and nothing has changed.
    ///
    /// ```
    /// use snmalloc_rs::SnMalloc;
    /// use std::alloc::{GlobalAlloc, Layout};
    ///
    /// let layout = Layout::array::<u8>(10 << 20).unwrap();
    /// let memory = SnMalloc.alloc_aligned(layout).expect("out of memory");
    /// // SAFETY: `memory` was allocated with `layout`, and is freed with what it has become.
    /// unsafe {
    ///     let shrunk = Layout::array::<u8>(1 << 20).unwrap();
    ///     let layout = match SnMalloc.try_shrink_in_place(memory, layout, shrunk.size()) {
    ///         Some(_) => shrunk,
    ///         None => layout,
    ///     };
    ///     SnMalloc.dealloc(memory.as_ptr(), layout);
    /// }
    /// ```
    ///
    /// # Safety
    ///
    /// `ptr` was allocated by this allocator with `layout` and not freed since; `new_size` is at most `layout.size()`.
    #[inline]
    #[must_use = "it says whether the layout has changed"]
    pub unsafe fn try_shrink_in_place(&self, ptr: NonNull<u8>, layout: Layout, new_size: usize) -> Option<usize> {
        debug_assert!(new_size <= layout.size());
        // SAFETY: the caller vouches for all arguments.
        unsafe { resize_in_place(ptr, layout, new_size) }
    }
}

/// SAFETY: `ptr` was allocated with `layout` and not freed since.
#[inline]
unsafe fn resize_in_place(ptr: NonNull<u8>, layout: Layout, new_size: usize) -> Option<usize> {
    if layout.size() == 0 || new_size == 0 {
        return if layout.size() == new_size { Some(0) } else { None };
    }
    // SAFETY: the caller vouches for `ptr` and `layout`.
    match unsafe { sys::sn_rust_resize_in_place(ptr.as_ptr().cast(), layout.align(), layout.size(), new_size) } {
        0 => None,
        usable => Some(usable),
    }
}
