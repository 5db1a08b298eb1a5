//! `usable_size` covers what was asked for, can be written to its end, and knows foreign memory.

use snmalloc_rs::{Heap, SnMalloc};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

#[test]
fn covers_the_request_and_is_writable() {
    let sizes = (0..25).flat_map(|log2| [1_usize << log2, (1 << log2) + 1, 3 << log2]);
    for size in sizes {
        for align in [1, 64, 4096, 1 << 20] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let blocks = [(); 3].map(|()| SnMalloc.alloc_aligned(layout).expect("memory").as_ptr());
            // SAFETY: each block's usable bytes are the owner's; each is freed once, with its layout.
            unsafe {
                for (n, &block) in (0..).zip(&blocks) {
                    let usable = SnMalloc.usable_size(block).expect("it is live");
                    assert!(usable >= size, "{usable} bytes for {layout:?}");
                    assert_eq!(usable, SnMalloc.good_size(layout), "{layout:?}");
                    block.write_bytes(n, usable);
                }
                for (n, &block) in (0..).zip(&blocks) {
                    let usable = SnMalloc.usable_size(block).expect("it is live");
                    assert_eq!((*block, *block.add(usable - 1)), (n, n), "usable bytes of {layout:?} overlap");
                    SnMalloc.dealloc(block, layout);
                }
            }
        }
    }
}

#[test]
fn nothing_is_good_for_what_cannot_be() {
    let good_size = |size, align| SnMalloc.good_size(Layout::from_size_align(size, align).unwrap());
    assert_eq!((good_size(0, 1), good_size(0, 4096)), (0, 0));
    assert_eq!(good_size(isize::MAX as usize, 1), 0);
    if cfg!(target_pointer_width = "64") {
        assert_eq!(good_size(1, 1 << (usize::BITS - 2)), 0);
    }
}

#[test]
fn knows_what_is_not_its_own() {
    let on_the_stack = [0_u8; 64];
    let layout = Layout::from_size_align(1000, 16).unwrap();
    // SAFETY: the layout has a size; the block is freed with it.
    unsafe {
        let foreign = System.alloc(layout);
        assert_eq!(SnMalloc.usable_size(foreign), None);
        System.dealloc(foreign, layout);
    }
    let code = knows_what_is_not_its_own as *const u8;
    for address in [ptr::null(), 1 as *const u8, usize::MAX as *const u8, on_the_stack.as_ptr(), code] {
        assert_eq!(SnMalloc.usable_size(address), None, "{address:?}");
    }
    for shift in 0..usize::BITS {
        let wild = (1_usize << shift).wrapping_sub(16) as *const u8;
        assert_eq!(SnMalloc.usable_size(wild), None, "{wild:?}");
    }
}

#[test]
fn knows_the_start_of_a_block_from_its_inside() {
    for size in [16, 48, 1000, 50_000, 1 << 20, 20 << 20] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        let block = SnMalloc.alloc_aligned(layout).expect("memory").as_ptr();
        for inside in [1, 8, size / 2, size - 1] {
            assert_eq!(SnMalloc.usable_size(block.wrapping_add(inside)), None, "{inside} into {size}");
        }
        // SAFETY: the block was allocated with `layout`, and is not used again.
        unsafe { SnMalloc.dealloc(block, layout) };
    }
}

/// What an address is the start of is the answer while it lives: for every object of a slab, and in private heaps.
#[test]
fn of_every_live_object() {
    let heap = Heap::new().unwrap();
    for size in (1..400).chain((400..40_000).step_by(977)).chain([1 << 20]) {
        let layout = Layout::from_size_align(size, 1).unwrap();
        for _ in 0..(200_000 / size).clamp(3, 500) {
            let block = heap.alloc_aligned(layout).unwrap().as_ptr();
            let usable = SnMalloc.usable_size(block).expect("it is live");
            assert!(usable >= size && (usable == size || !cfg!(feature = "check")), "{usable} bytes for {size}");
            if !cfg!(feature = "check") {
                assert!(usable <= size.max(32) + size.max(32) / 4 || usable - size < 16 << 10, "{usable} for {size}");
            }
            assert_eq!(SnMalloc.usable_size(block.wrapping_add(1)), None, "1 into {size}");
        }
    }
}

/// The answer comes in destructors of thread-locals, too, after the thread's heap is gone.
#[test]
fn at_the_end_of_a_thread() {
    struct Asks(NonNull<u8>);
    impl Drop for Asks {
        fn drop(&mut self) {
            ASKED.fetch_add(SnMalloc.usable_size(self.0.as_ptr()).expect("it is live"), Ordering::Relaxed);
            // SAFETY: it was made with that layout, and is not used again.
            unsafe { SnMalloc.dealloc(self.0.as_ptr(), Layout::new::<[u8; 1000]>()) };
        }
    }
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static ASKS: Asks = Asks(SnMalloc.alloc_aligned(Layout::new::<[u8; 1000]>()).unwrap()));
    for _ in 0..10 {
        let keeps = thread::spawn(|| ASKS.with(|asks| SnMalloc.usable_size(asks.0.as_ptr())));
        assert!(keeps.join().unwrap().unwrap() >= 1000);
    }
    assert!(ASKED.load(Ordering::Relaxed) >= 10 * 1000);
}
