//! A piece of memory that knows what must stand in it.

use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use std::ptr::NonNull;

/// Memory of the global allocator that is filled with a pattern.
#[derive(Debug)]
pub struct Block {
    start: NonNull<u8>,
    layout: Layout,
    mark: u8,
}

// SAFETY: a block owns its memory and has no thread of its own.
unsafe impl Send for Block {}

/// Between the ends of a block one byte in this many is filled and checked.
const STRIDE_BYTES: usize = 509;
const END_BYTES: usize = 64;

impl Block {
    /// Allocates and fills memory, or returns nothing when that is refused. `layout` is not of size 0.
    #[must_use]
    pub fn new(layout: Layout, mark: u8) -> Option<Self> {
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { alloc(layout) })?;
        let block = Self { start, layout, mark };
        block.check_address();
        block.fill();
        Some(block)
    }

    /// As [`Block::new`] by way of zeroed memory, and checks that it is.
    #[must_use]
    pub fn new_zeroed(layout: Layout, mark: u8) -> Option<Self> {
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let block = Self { start, layout, mark };
        block.check_address();
        // SAFETY: all these bytes are ours and initialised.
        let bytes = unsafe { std::slice::from_raw_parts(start.as_ptr(), layout.size()) };
        let is_zero = |bytes: &[u8]| bytes == &[0; 4096][..bytes.len()];
        assert!(bytes.chunks(4096).all(is_zero), "dirty memory from alloc_zeroed: {block:?}");
        block.fill();
        Some(block)
    }

    /// Changes the size, and returns whether that was granted. `size_bytes` is not 0.
    pub fn resize(&mut self, size_bytes: usize) -> bool {
        self.check();
        // SAFETY: the memory is ours with this layout, and the size is not 0.
        let Some(start) = NonNull::new(unsafe { realloc(self.start.as_ptr(), self.layout, size_bytes) }) else {
            self.check();
            return false;
        };
        let kept_bytes = self.layout.size().min(size_bytes);
        let layout = Layout::from_size_align(size_bytes, self.layout.align()).expect("the size was granted");
        let old = std::mem::ManuallyDrop::new(std::mem::replace(self, Self { start, layout, mark: self.mark }));
        self.check_address();
        for at in old.filled().take_while(|&at| at < kept_bytes) {
            self.check_byte(at);
        }
        self.fill();
        true
    }

    /// Panics if what was written is no longer there.
    pub fn check(&self) {
        self.filled().for_each(|at| self.check_byte(at));
    }

    /// Returns the size in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.layout.size()
    }

    /// Returns the address.
    #[must_use]
    pub fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    fn check_address(&self) {
        assert_eq!(self.start.as_ptr() as usize % self.layout.align(), 0, "{self:?} is not aligned");
    }

    fn check_byte(&self, at: usize) {
        // SAFETY: `at` is below a size that this memory has or had when it was filled.
        let byte = unsafe { *self.start.as_ptr().add(at) };
        assert_eq!(byte, self.byte_at(at), "byte {at} of {self:?} was overwritten");
    }

    /// Returns the offsets that are filled, rising.
    fn filled(&self) -> impl Iterator<Item = usize> {
        let size = self.layout.size();
        let head = END_BYTES.min(size);
        let tail = size.saturating_sub(END_BYTES).max(head);
        (0..head).chain((head..tail).step_by(STRIDE_BYTES)).chain(tail..size)
    }

    fn byte_at(&self, at: usize) -> u8 {
        self.mark.wrapping_add(at as u8)
    }

    fn fill(&self) {
        for at in self.filled() {
            // SAFETY: `at` is below the size of this memory, which is ours.
            unsafe { *self.start.as_ptr().add(at) = self.byte_at(at) };
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
        // SAFETY: the memory is ours with this layout.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::Block;
    use std::alloc::Layout;
    use std::panic::catch_unwind;

    fn block(size_bytes: usize) -> Block {
        Block::new(Layout::from_size_align(size_bytes, 8).unwrap(), 7).unwrap()
    }

    #[test]
    fn keeps_its_pattern_through_changes_of_size() {
        let mut block = block(100);
        for size in [1, 128, 129, 5000, 64, 300_000, 2] {
            assert!(block.resize(size));
            block.check();
        }
        drop(Block::new_zeroed(Layout::from_size_align(10_000, 4096).unwrap(), 9).unwrap());
    }

    #[test]
    fn notices_what_others_write() {
        for at in [0, 63, 64, 64 + super::STRIDE_BYTES, 9_999] {
            let block = block(10_000);
            // SAFETY: the byte is inside the block.
            unsafe { *block.start().add(at) ^= 1 };
            assert!(catch_unwind(|| block.check()).is_err(), "byte {at}");
            // SAFETY: as above.
            unsafe { *block.start().add(at) ^= 1 };
        }
    }
}
