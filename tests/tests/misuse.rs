//! What unsafe Rust does wrong ends the program with a line that names it, in builds with checks.
#![cfg(unix)]

use std::alloc::{alloc, dealloc, realloc, Layout};
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Barrier;
use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::misuse::{ends_with, show};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn box_dropped_twice() {
    ends_with("box_dropped_twice", "snmalloc: double free of {p}: an object of 100 bytes", |misuse| {
        let object = Box::new([1u8; 100]);
        show("p", format!("{:p}", object));
        // SAFETY: none, if misused.
        let copy = ManuallyDrop::new(unsafe { ptr::read(&object) });
        drop(object);
        if misuse {
            drop(ManuallyDrop::into_inner(copy));
        }
    });
}

#[test]
fn box_dropped_by_two_threads_at_once() {
    let expected = "snmalloc: double free of {p}: an object of 1000 bytes";
    ends_with("box_dropped_by_two_threads_at_once", expected, |misuse| {
        let object = Box::into_raw(Box::new([1u8; 1000])) as usize;
        show("p", format!("{object:#x}"));
        let barrier = &Barrier::new(2);
        let drop_it = move |really: bool| {
            barrier.wait();
            if really {
                // SAFETY: none, if misused.
                drop(unsafe { Box::from_raw(object as *mut [u8; 1000]) });
            }
        };
        thread::scope(|scope| {
            scope.spawn(move || drop_it(true));
            scope.spawn(move || drop_it(misuse));
        });
    });
}

#[test]
fn vec_of_another_capacity() {
    let expected = "snmalloc: free of {p}: passed size 200 and alignment 1, allocated with size 100 and alignment 1";
    ends_with("vec_of_another_capacity", expected, |misuse| {
        let mut vec = ManuallyDrop::new(Vec::<u8>::with_capacity(100));
        show("p", format!("{:p}", vec.as_ptr()));
        // SAFETY: none, if misused.
        drop(unsafe { Vec::from_raw_parts(vec.as_mut_ptr(), 0, if misuse { 200 } else { 100 }) });
    });
}

#[test]
fn box_of_another_type() {
    let expected = "snmalloc: free of {p}: passed size 8 and alignment 1, allocated with size 8 and alignment 8";
    ends_with("box_of_another_type", expected, |misuse| {
        let object = Box::into_raw(Box::new(7u64));
        show("p", format!("{object:p}"));
        // SAFETY: none, if misused.
        unsafe {
            if misuse {
                drop(Box::from_raw(object.cast::<[u8; 8]>()));
            } else {
                drop(Box::from_raw(object));
            }
        }
    });
}

#[test]
fn realloc_of_another_layout() {
    let expected = "snmalloc: realloc of {p}: passed size 90 and alignment 8, allocated with size 100 and alignment 8";
    ends_with("realloc_of_another_layout", expected, |misuse| {
        // SAFETY: none, if misused.
        unsafe {
            let object = alloc(layout(100, 8));
            show("p", format!("{object:p}"));
            let object = realloc(object, layout(if misuse { 90 } else { 100 }, 8), 300);
            dealloc(object, layout(300, 8));
        }
    });
}

#[test]
fn write_one_past_the_capacity() {
    let expected = "snmalloc: write out of bounds at {place}: behind an object of 96 bytes at {p}";
    ends_with("write_one_past_the_capacity", expected, |misuse| {
        let mut vec = Vec::<u32>::with_capacity(24);
        let end = vec.as_mut_ptr_range().start.wrapping_add(24);
        show("p", format!("{:p}", vec.as_ptr()));
        show("place", format!("{end:p}"));
        if misuse {
            // SAFETY: none.
            unsafe { end.write_volatile(1) };
        }
    });
}

#[test]
fn write_through_a_dangling_reference() {
    let expected = "snmalloc: write after free at {place}: in an object of 100 bytes at {p}";
    ends_with("write_through_a_dangling_reference", expected, |misuse| {
        let object = Box::into_raw(Box::new([1u8; 100])).cast::<u8>();
        show("p", format!("{object:p}"));
        show("place", format!("{:p}", object.wrapping_add(50)));
        // SAFETY: none for the write, if misused.
        unsafe {
            drop(Box::from_raw(object.cast::<[u8; 100]>()));
            if misuse {
                object.add(50).write_volatile(1);
            }
        }
    });
}

#[test]
fn box_of_the_stack() {
    ends_with("box_of_the_stack", "snmalloc: free of {p}: not memory of this allocator", |misuse| {
        let mut local = 7u64;
        show("p", format!("{:p}", &local));
        if misuse {
            // SAFETY: none.
            drop(unsafe { Box::from_raw(&mut local) });
        }
    });
}

#[test]
fn box_of_memory_from_c() {
    ends_with("box_of_memory_from_c", "snmalloc: free of {p}: not memory of this allocator", |misuse| {
        // SAFETY: none for the drop, if misused.
        unsafe {
            let object = libc::malloc(8).cast::<u64>();
            show("p", format!("{object:p}"));
            if misuse {
                drop(Box::from_raw(object));
            } else {
                libc::free(object.cast());
            }
        }
    });
}

#[test]
fn vec_of_the_rest_of_another() {
    let expected = "snmalloc: free of {place}: inside an object of 100 bytes at {p}";
    ends_with("vec_of_the_rest_of_another", expected, |misuse| {
        let mut vec = ManuallyDrop::new(vec![1u8; 100]);
        show("p", format!("{:p}", vec.as_ptr()));
        show("place", format!("{:p}", vec.as_ptr().wrapping_add(40)));
        // SAFETY: none, if misused.
        unsafe {
            if misuse {
                drop(Vec::from_raw_parts(vec.as_mut_ptr().add(40), 60, 60));
            }
            ManuallyDrop::drop(&mut vec);
        }
    });
}

#[test]
fn read_through_a_dangling_reference_sees_the_fill() {
    let object = Box::into_raw(Box::new(*b"secret, secret, secret"));
    // SAFETY: none for the read.
    let seen = unsafe {
        drop(Box::from_raw(object));
        object.read_volatile()
    };
    assert!(seen[0] >= 0x80 && seen.iter().all(|byte| *byte == seen[0]), "{seen:x?}");
}
