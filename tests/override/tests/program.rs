//! C, C++, SQLite and zlib in a Rust program, all of which use its allocator.

use rusqlite::{ffi, Connection};
use snmalloc_override_test as native;
use snmalloc_rs::SnMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::{c_void, CStr};
use std::thread;

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

const MIB: usize = 1 << 20;

fn use_sqlite(rows: usize) -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT)", []).unwrap();
    database.execute("CREATE INDEX by_word ON words (word)", []).unwrap();
    let mut insert = database.prepare("INSERT INTO words (word) VALUES (?1)").unwrap();
    for row in 0..rows {
        insert.execute([format!("{:x}{}", row * 0x9e37_79b9 % 0x10_0000, "x".repeat(row % 100))]).unwrap();
    }
    drop(insert);
    let last: String = database.query_row("SELECT max(word) FROM words", [], |row| row.get(0)).unwrap();
    assert!(!last.is_empty());
    database
}

fn use_zlib() {
    let text: Vec<u8> = (0..MIB).map(|at| (at / 7 % 251) as u8).collect();
    let mut packed = vec![0; text.len()];
    let mut unpacked = vec![0; text.len()];
    let (mut packed_len, mut unpacked_len) = (packed.len() as _, unpacked.len() as _);
    // SAFETY: each length is that of its buffer.
    unsafe {
        assert_eq!(libz_sys::compress(packed.as_mut_ptr(), &mut packed_len, text.as_ptr(), text.len() as _), 0);
        assert_eq!(libz_sys::uncompress(unpacked.as_mut_ptr(), &mut unpacked_len, packed.as_ptr(), packed_len), 0);
    }
    assert!((packed_len as usize) < MIB / 10 && unpacked == text);
}

fn use_everything() {
    drop(use_sqlite(1000));
    use_zlib();
    // SAFETY: neither asks anything of its caller.
    unsafe {
        assert_eq!(native::c_work(), 0, "the line in work.c");
        assert_eq!(native::cxx_work(), 0, "the line in work.cc");
    }
}

#[test]
fn the_c_library_is_never_asked() {
    use_everything();
    let threads: Vec<_> = (0..4).map(|_| thread::spawn(use_everything)).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    native::expect_idle_c_library();
}

#[test]
fn the_figures_hold_what_c_holds() {
    fn growth<T>(make: impl FnOnce() -> T) -> (usize, T) {
        let before = ALLOC.stats().live_bytes;
        let made = make();
        (ALLOC.stats().live_bytes.saturating_sub(before), made)
    }
    // More than the other tests free meanwhile.
    const MUCH: usize = 256 * MIB;
    // SAFETY: what is allocated is freed by the function that belongs to it.
    unsafe {
        let (bytes, object) = growth(|| native::c_malloc(MUCH));
        assert!(bytes > MUCH / 2, "{bytes}");
        native::c_free(object);
        let (bytes, object) = growth(|| native::cxx_new(MUCH));
        assert!(bytes > MUCH / 2, "{bytes}");
        native::cxx_delete(object);
    }
    let database = use_sqlite(100);
    // SAFETY: SQLite is asked for memory, and to take it back.
    unsafe {
        let (bytes, object) = growth(|| ffi::sqlite3_malloc64(MUCH as u64));
        assert!(bytes > MUCH / 2, "{bytes}");
        ffi::sqlite3_free(object);
    }
    drop(database);
}

#[test]
fn memory_passes_both_ways() {
    for size in [1, 24, 100, 5000, 40_000, 3 * MIB] {
        // With checks, the layout is that of C's malloc: 16 bytes, and the size that was asked for.
        let layout = Layout::from_size_align(size, 16).unwrap();
        // SAFETY: all is freed once, with the size that it was allocated with.
        unsafe {
            let from_c = native::c_malloc(size).cast::<u8>();
            from_c.write_bytes(1, size);
            assert!(ALLOC.usable_size(from_c) >= Some(size));
            thread::scope(|scope| {
                let from_c = from_c as usize;
                scope.spawn(move || ALLOC.dealloc(from_c as *mut u8, layout));
            });

            let from_rust = ALLOC.alloc(layout);
            from_rust.write_bytes(2, size);
            assert!(native::c_usable_size(from_rust.cast()) >= size);
            let grown = native::c_realloc(from_rust.cast(), 2 * size).cast::<u8>();
            assert_eq!((*grown, *grown.add(size - 1)), (2, 2));
            ALLOC.dealloc(grown, Layout::from_size_align(2 * size, 16).unwrap());

            let from_rust = ALLOC.alloc(layout);
            thread::scope(|scope| {
                let from_rust = from_rust as usize;
                scope.spawn(move || native::c_free(from_rust as *mut c_void));
            });
        }
    }
    // SAFETY: strdup returns a text that its caller frees.
    unsafe {
        let copy = native::c_strdup(c"a text".as_ptr());
        assert_eq!(CStr::from_ptr(copy).to_str().unwrap(), "a text");
        ALLOC.dealloc(copy.cast(), Layout::from_size_align(7, 16).unwrap());
    }
}

/// In the child, all goes on as in the parent.
#[test]
fn a_child_goes_on() {
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..5).for_each(|_| use_zlib()));
        }
        for _ in 0..20 {
            // SAFETY: the child ends without a look at what other threads held.
            let child = unsafe { libc::fork() };
            if child == 0 {
                use_zlib();
                let done = unsafe { native::c_work() | native::cxx_work() };
                // SAFETY: it ends this process.
                unsafe { libc::_exit(done) };
            }
            let mut status = -1;
            // SAFETY: the status is written.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status}");
        }
    });
}
