//! The measured sequences of calls.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;

/// Calls on one allocator, with word alignment.
pub struct Calls<'a, A>(pub &'a A);

impl<A: GlobalAlloc> Calls<'_, A> {
    /// Allocates and frees.
    pub fn pair(&self, bytes: usize) {
        let layout = layout(bytes);
        // SAFETY: the size is not zero; freed once, with its layout.
        unsafe {
            let object = black_box(self.0.alloc(layout));
            self.0.dealloc(object, layout);
        }
    }

    /// Allocates zeroed memory, dirties one byte and frees it.
    pub fn zeroed(&self, bytes: usize) {
        let layout = layout(bytes);
        // SAFETY: as in `pair`; the byte is the object's own.
        unsafe {
            let object = black_box(self.0.alloc_zeroed(layout));
            object.write(1);
            self.0.dealloc(object, layout);
        }
    }

    /// Doubles an object and halves it again.
    pub fn grow_and_shrink(&self, bytes: usize) {
        let (small, large) = (layout(bytes), layout(2 * bytes));
        // SAFETY: every call passes the layout of the call before.
        unsafe {
            let object = black_box(self.0.alloc(small));
            let object = black_box(self.0.realloc(object, small, large.size()));
            let object = black_box(self.0.realloc(object, large, small.size()));
            self.0.dealloc(object, small);
        }
    }

    /// Fills the slots and frees them in the order given, each index once.
    pub fn bulk(&self, bytes: usize, slots: &mut [*mut u8], free_order: &[usize]) {
        let layout = layout(bytes);
        for slot in slots.iter_mut() {
            // SAFETY: the size is not zero.
            *slot = unsafe { self.0.alloc(layout) };
        }
        for &index in free_order {
            // SAFETY: the order names each slot once, so none is freed twice.
            unsafe { self.0.dealloc(slots[index], layout) };
        }
    }
}

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(bytes, 8).expect("the sizes are small")
}
