//! Does what programs do with the allocator, right; or, told so by an argument, one thing wrong.

use allocator_api2::vec::Vec as VecIn;
use snmalloc_rs::{libc_api, Heap, SnMalloc};
use std::alloc::{GlobalAlloc, Layout};
use std::{env, ptr, thread};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

snmalloc_rs::configure! { huge_pages: Never }

fn main() {
    match env::args().nth(1).as_deref() {
        None => (),
        Some("use-after-free") => return use_after_free(),
        Some("overflow") => return overflow(),
        Some("leak") => return leak(),
        Some("layout") => return layout(),
        Some(other) => panic!("there is no case `{other}`"),
    }
    collections();
    layouts();
    figures();
    heaps();
    interface_of_c();
    println!("done");
}

fn collections() {
    let words: Vec<_> = (0..4)
        .map(|thread| thread::spawn(move || (0..100).map(|n| (n * thread).to_string()).collect::<Vec<_>>()))
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(words.len(), 400);
}

fn layouts() {
    for (size, align) in [(0, 1), (1, 1), (100, 8), (100, 4096), (100_000, 64)] {
        let layout = Layout::from_size_align(size, align).unwrap();
        // SAFETY: each block has the layout that it is freed with.
        unsafe {
            let block = ALLOC.alloc_zeroed(layout);
            assert_eq!(block as usize % align, 0);
            assert!((0..size).all(|offset| *block.add(offset) == 0));
            block.write_bytes(7, size);
            let grown = ALLOC.realloc(block, layout, size + 1000);
            assert!((0..size).all(|offset| *grown.add(offset) == 7));
            ALLOC.dealloc(grown, Layout::from_size_align(size + 1000, align).unwrap());
        }
    }
    assert!(ALLOC.alloc_aligned(Layout::from_size_align(isize::MAX as usize - 10, 8).unwrap()).is_none());
}

fn figures() {
    let before = SnMalloc::memory_stats();
    let block = vec![1_u8; 8 << 20];
    let (now, stats) = (ALLOC.memory_stats(), ALLOC.stats());
    assert!(now.current_memory_usage >= block.len() && now.peak_memory_usage >= before.current_memory_usage);
    assert!(stats.live_bytes >= block.len() && stats.held_bytes >= stats.live_bytes, "{stats}");
    let good_size = ALLOC.good_size(Layout::array::<u8>(block.len()).unwrap());
    assert!(good_size >= block.len() && ALLOC.usable_size(block.as_ptr()) == Some(good_size));
    assert_eq!(ALLOC.usable_size(ptr::null()), None);
    ALLOC.trim();
}

/// What is left in a heap ends with it; what was freed elsewhere does not end twice.
fn heaps() {
    let (one, other) = (Heap::new().unwrap(), Heap::new().unwrap());
    let layout = Layout::new::<[u64; 10]>();
    let blocks: Vec<_> = (0..500).map(|n| [&one, &other][n % 2].alloc_aligned(layout).unwrap().as_ptr()).collect();
    for (n, &block) in blocks.iter().enumerate() {
        // SAFETY: each block is freed once, or with its heap.
        unsafe {
            block.write_bytes(1, layout.size());
            match n % 5 {
                0 => ALLOC.dealloc(block, layout),
                1 => one.dealloc(block, layout),
                2 => drop(other.realloc(block, layout, 1000)),
                _ => (),
            }
        }
    }
    let mut words = VecIn::new_in(&one);
    words.extend((0..100).map(|n| n.to_string()));
    assert_eq!(words.len(), 100);
    drop(words);
    thread::scope(|scope| {
        let mut sent = VecIn::new_in(other.by_message());
        sent.extend([1, 2, 3]);
        scope.spawn(move || drop(sent));
        drop(VecIn::<u64, _>::with_capacity_in(10, &other));
    });
    drop(one);
}

fn interface_of_c() {
    // SAFETY: each block is freed once, by a function that frees what the other allocates.
    unsafe {
        let block = libc_api::sn_realloc(libc_api::sn_malloc(10), 100);
        assert!(libc_api::sn_malloc_usable_size(block) >= 100);
        assert!(libc_api::sn_realloc(block, 0).is_null());
        libc_api::sn_free(libc_api::sn_calloc(10, 10));
        assert!(libc_api::sn_calloc(usize::MAX, 2).is_null());
        assert!(libc_api::sn_reallocarray(ptr::null_mut(), usize::MAX, 2).is_null());
        let aligned = libc_api::sn_aligned_alloc(256, 10);
        assert_eq!(aligned as usize % 256, 0);
        libc_api::sn_free(aligned);
        libc_api::sn_free(ALLOC.alloc(Layout::new::<[u64; 4]>()).cast());
    }
}

fn use_after_free() {
    let block = Box::into_raw(Box::new([1_u64; 8]));
    // SAFETY: none: this is what a tool is to find.
    unsafe {
        drop(Box::from_raw(block));
        println!("{}", ptr::read_volatile(block.cast::<u64>()));
    }
}

fn overflow() {
    let block = vec![1_u8; 21];
    // SAFETY: none: this is what a tool is to find.
    unsafe { println!("{}", ptr::read_volatile(block.as_ptr().add(21))) }
}

fn layout() {
    // SAFETY: none: the layout is another one.
    unsafe { ALLOC.dealloc(ALLOC.alloc(Layout::new::<[u8; 20]>()), Layout::new::<[u8; 21]>()) }
}

fn leak() {
    let block = Box::leak(Box::new([1_u64; 100]));
    println!("{}", block[7]);
}
