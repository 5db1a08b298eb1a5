//! What the allocator costs a finished program: no library beyond Rust's own, and a few bytes of static TLS. This test
//! looks at the program that it is itself.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

use object::elf::{FileHeader64, Sym64, DT_NEEDED, SHT_SYMTAB, STT_TLS};
use object::read::elf::{Dyn, FileHeader, Sym};
use object::Endianness;
use snmalloc_rs::SnMalloc;
use std::{env, fs};

#[global_allocator]
static ALLOC: SnMalloc = SnMalloc;

/// What rustc links into any program that uses std; libgcc_s is its unwinder.
const LIBRARIES_OF_RUST: &[&str] =
    &["libgcc_s.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "ld-linux"];

#[test]
fn needs_no_library_of_its_own() {
    let program = fs::read(env::current_exe().unwrap()).unwrap();
    let needed = needed_libraries(&program);
    assert!(needed.iter().any(|name| name.starts_with("libc.")), "not even a C library: {needed:?}");
    for name in needed {
        assert!(LIBRARIES_OF_RUST.iter().any(|known| name.starts_with(known)), "{name} is needed");
    }
}

#[test]
fn takes_little_static_tls() {
    let program = fs::read(env::current_exe().unwrap()).unwrap();
    let bytes = tls_bytes_of_core(&program);
    assert!((1..=128).contains(&bytes), "{bytes} bytes");
}

fn needed_libraries(program: &[u8]) -> Vec<String> {
    let header = FileHeader64::<Endianness>::parse(program).expect("a 64-bit ELF file");
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, program).unwrap();
    let (entries, strings) = sections.dynamic(endian, program).unwrap().expect("a dynamic section");
    let strings = sections.strings(endian, program, strings).unwrap();
    let needed = entries.iter().filter(|entry| entry.tag32(endian) == Some(DT_NEEDED));
    needed.map(|entry| String::from_utf8_lossy(entry.string(endian, strings).unwrap()).into_owned()).collect()
}

/// The sizes of the thread-local variables of the core: in its namespace `sn`, or with a C name.
fn tls_bytes_of_core(program: &[u8]) -> u64 {
    let header = FileHeader64::<Endianness>::parse(program).expect("a 64-bit ELF file");
    let endian = header.endian().unwrap();
    let sections = header.sections(endian, program).unwrap();
    let symbols = sections.symbols(endian, program, SHT_SYMTAB).unwrap();
    let is_of_core = |symbol: &&Sym64<Endianness>| {
        let name = symbol.name(endian, symbols.strings()).unwrap();
        symbol.st_type() == STT_TLS && (name.starts_with(b"_ZN2sn") || name.starts_with(b"sn_"))
    };
    symbols.iter().filter(is_of_core).map(|symbol| symbol.st_size(endian)).sum()
}
