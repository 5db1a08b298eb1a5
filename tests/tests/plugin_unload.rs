//! A library that carries the allocator is loaded and unloaded again and again, from several threads.

use std::thread;

use snmalloc_rs::SnMalloc;
use snmalloc_tests::plugin::{Plugin, PluginFile};
use snmalloc_tests::process::{address_space_bytes, resident_bytes};
use snmalloc_tests::{isolated, MIB};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc::new();

/// On Windows, Rust's standard library takes process-wide TLS indices in each load and gives none back; there are 1,088.
const ROUNDS: usize = if cfg!(windows) { 40 } else { 100 };
const WARM_UP_ROUNDS: usize = 20;
/// A library that left its heap behind would leave more in each of the rounds together.
const ALLOWED_BYTES: usize = 16 * MIB;
const ALLOWED_ADDRESS_BYTES: usize = 512 * MIB;

/// Runs `round` that often, and checks that all after the warm-up leave neither memory nor address space behind.
fn leaves_nothing(round: impl FnMut(usize)) {
    leaves_at_most(1, round);
}

/// The same with so many times the allowance.
fn leaves_at_most(times: usize, mut round: impl FnMut(usize)) {
    let figures = || (resident_bytes(), address_space_bytes());
    (0..WARM_UP_ROUNDS).for_each(&mut round);
    let start = figures();
    (WARM_UP_ROUNDS..ROUNDS).for_each(&mut round);
    let end = figures();
    let text = format!("resident bytes and address space {start:?} after {WARM_UP_ROUNDS} rounds, {end:?} in the end");
    eprintln!("{text}");
    assert!(end.0 < start.0 + times * ALLOWED_BYTES, "{text}");
    assert!(end.1 < start.1 + times * ALLOWED_ADDRESS_BYTES, "{text}");
}

/// The library is used by threads that end before it goes, as Rust wants it: their thread-locals pin it.
#[test]
fn unused_library_is_really_unloaded() {
    isolated("unused_library_is_really_unloaded", || {
        let file = PluginFile::copy("unloaded");
        leaves_nothing(|round| {
            let plugin = Plugin::load(file.path());
            thread::scope(|scope| {
                let mut users = vec![scope.spawn(|| plugin.thread_work(3, MIB))];
                users.extend((0..3).map(|_| scope.spawn(|| plugin.work(4 * MIB))));
                // The end of the scope does not wait for destructors, as this does.
                users.into_iter().for_each(|user| user.join().unwrap());
            });
            assert!(file.is_loaded());
            drop(plugin);
            assert!(!file.is_loaded(), "still loaded after round {round}");
        });
    });
}

/// Copies that are there together, loaded by one thread, used by others, and unloaded in the reverse order: the C library
/// takes back only the newest piece of its reserve of static TLS.
#[test]
fn several_copies_come_and_go() {
    isolated("several_copies_come_and_go", || {
        let files = [0, 1, 2].map(|number| PluginFile::copy(&format!("copy-{number}")));
        leaves_nothing(|_| {
            let plugins = files.each_ref().map(|file| Plugin::load(file.path()));
            thread::scope(|scope| {
                let users = plugins.each_ref().map(|plugin| {
                    scope.spawn(|| {
                        plugin.work(2 * MIB);
                        plugin.thread_work(2, MIB);
                        drop(std::hint::black_box(vec![1; 100_000]));
                    })
                });
                users.into_iter().for_each(|user| user.join().unwrap());
            });
            plugins.into_iter().rev().for_each(drop);
        });
    });
}

/// One library, loaded and closed by all threads at once: the last one out unloads it under the others' next load.
#[test]
fn threads_load_and_unload_one_library() {
    isolated("threads_load_and_unload_one_library", || {
        let file = &PluginFile::copy("shared");
        // With 64 threads the C library's own malloc goes up and down by tens of MiB, and takes a GiB of address
        // space, however many rounds there are.
        for (threads, times) in [(4, 1), (64, 4)] {
            leaves_at_most(times, |_| {
                thread::scope(|scope| {
                    let work = || {
                        let plugin = Plugin::load(file.path());
                        let memory = plugin.hand_out(10_000, 7);
                        plugin.work(MIB);
                        plugin.take_back(memory);
                    };
                    let users: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                    users.into_iter().for_each(|user| user.join().unwrap());
                });
            });
        }
    });
}

/// A thread that used a library which is gone must still be able to end.
#[test]
fn threads_outlive_the_library() {
    isolated("threads_outlive_the_library", || {
        let file = PluginFile::copy("outlived");
        leaves_nothing(|_| {
            let plugin = Plugin::load(file.path());
            let memory = thread::scope(|scope| scope.spawn(|| plugin.hand_out(100_000, 3)).join().unwrap());
            let (unloaded, is_unloaded) = std::sync::mpsc::sync_channel::<()>(0);
            let (worked, has_worked) = std::sync::mpsc::sync_channel::<()>(0);
            let shared = std::sync::Arc::new(plugin);
            let theirs = shared.clone();
            let user = thread::spawn(move || {
                theirs.work(MIB);
                drop((theirs, worked));
                let _ = is_unloaded.recv();
            });
            let _ = has_worked.recv();
            shared.take_back(memory);
            drop(shared);
            drop(unloaded);
            user.join().unwrap();
        });
    });
}

#[cfg(target_os = "linux")]
mod file {
    use object::elf::{self, FileHeader64};
    use object::read::elf::{Dyn, FileHeader, ProgramHeader, Sym};
    use object::Endianness;
    use snmalloc_tests::plugin::path;

    /// What the file says of itself: little static TLS, nothing of the allocator exported, nothing unique to the process.
    #[test]
    fn library_file_is_modest() {
        const STATIC_TLS_LIMIT_BYTES: u64 = 128;
        let data = std::fs::read(path()).unwrap();
        let file = FileHeader64::<Endianness>::parse(&*data).unwrap();
        let endian = file.endian().unwrap();
        let headers = file.program_headers(endian, &*data).unwrap();

        let tls_bytes: u64 = headers
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_TLS)
            .map(|header| header.p_memsz(endian))
            .sum();
        let dynamic =
            headers.iter().find_map(|header| header.dynamic(endian, &*data).unwrap()).expect("a shared library");
        let flags =
            dynamic.iter().find(|entry| entry.tag32(endian) == Some(elf::DT_FLAGS)).map_or(0, |e| e.d_val(endian));
        let is_static = flags & u64::from(elf::DF_STATIC_TLS) != 0;
        eprintln!("{tls_bytes} bytes of TLS, static: {is_static}");
        assert!(tls_bytes > 0, "the allocator has a word of TLS: this reads the wrong file");
        assert!(tls_bytes <= STATIC_TLS_LIMIT_BYTES || !is_static, "{tls_bytes} bytes of static TLS");

        let sections = file.sections(endian, &*data).unwrap();
        let symbols = sections.symbols(endian, &*data, elf::SHT_DYNSYM).unwrap();
        let mut exported = 0;
        for symbol in symbols.iter().filter(|symbol| !symbol.is_undefined(endian)) {
            let name = String::from_utf8_lossy(symbol.name(endian, symbols.strings()).unwrap());
            assert_ne!(symbol.st_bind(), elf::STB_GNU_UNIQUE, "{name} is one for all copies, and pins the library");
            assert!(name.starts_with("plugin_") || name.starts_with("rust_"), "{name} is exported");
            exported += usize::from(name.starts_with("plugin_"));
        }
        assert_eq!(exported, 6);
    }
}
