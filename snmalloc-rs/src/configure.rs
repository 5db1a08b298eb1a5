//! The macro `configure!`.

/// Chooses how the allocator of this program works, before its first allocation.
///
/// ```
/// #[global_allocator]
/// static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
///
/// snmalloc_rs::configure! {
///     purge_delay_ms: 500,
///     resident_budget: 64 << 20,
///     huge_pages: Never,
///     idle_purge: Auto,
///     memory_limit: 200 << 20,
///     stats: Never,
/// }
///
/// fn main() {
///     assert!(Vec::<u8>::new().try_reserve(100 << 20).is_ok());
///     assert!(Vec::<u8>::new().try_reserve(201 << 20).is_err());
/// }
/// ```
///
/// | name | value | default | meaning |
/// |---|---|---|---|
/// | `purge_delay_ms` | milliseconds | 1000 | free memory goes back after that time, at a later call of the allocator or by the idle thread |
/// | `resident_budget` | bytes | 8 MiB | so much free memory may stay resident meanwhile, or a 16th of what is in use if that is more; and what the program was seen to use again |
/// | `memory_limit` | bytes | none | an allocation that would make [`Stats::held_bytes`](crate::Stats) larger gets null, after all free memory was given back |
/// | `huge_pages` | `System`, `Never`, `Always` | `System` | whether to ask the system for huge pages |
/// | `idle_purge` | `Auto`, `Never`, `Always` | `Auto` | whether an idle thread gives memory back while the program's threads sleep |
/// | `stats` | `Never`, `Exit` | `Never` | whether a line of figures goes to stderr when the process exits |
///
/// All are constants; those that are not named keep their defaults.
///
/// # What a memory limit counts
///
/// What is charged is what the allocator holds, touched or not:
///
/// - an object of more than 32 KiB in whole chunks of 16 KiB; one that grew, up to an eighth more;
/// - smaller objects by the slab that they lie in. Each thread has at least one slab of its own for each size class that it
///   uses: of 32 to 256 KiB, or of 16 to 256 KiB where the limit is below 512 MiB. A thread that uses all classes is
///   charged with 3.7 MiB, or with 1.4 MiB, before it has a second object of any;
/// - the allocator's own data: some 40 KiB for each thread that is alive, 64 bytes for each slab and each large object
///   and a bit for each small one, 8 bytes for each 16 KiB of address space;
/// - free memory, until it has gone back to the system; but that makes room for what is asked for.
///
/// Before a request is refused, memory on its way back is waited for, and all heaps let go of what they keep for later.
/// When less than a quarter of the limit is left, they keep little, and small objects may get a place for up to four
/// times their size rather than a new slab.
///
/// # The idle thread
///
/// Free memory goes back in the slow paths of the allocator. A program whose threads all sleep, or need no more than the
/// allocator holds ready for each of them, has no slow paths. So a thread of the allocator's own gives back what nobody
/// has wanted for the delay. With `Auto` it is there in programs with several threads only: started when more than
/// `resident_budget` may be free, ended when nothing is left to give back. What a process sees of it:
///
/// - for that time it has one thread more, named `snmalloc-idle`, with a small stack;
///   that thread has all signals blocked, and wakes twice in each delay;
/// - a child of `fork` has none before it has a second thread of its own; so what needs a process of one thread, such as
///   `unshare(CLONE_NEWUSER)`, does not meet it there;
/// - a library that is unloaded ends it first;
/// - where the system refuses the thread, all is as with `Never`. A program that lets a system call filter *kill* it when
///   it starts threads should say `Never`;
/// - as `malloc` of a process (`override`, the preload library) it is started only where a thread makes its first
///   allocation, or ends: the C library may call `malloc` with locks taken that starting a thread needs. There it does
///   not end but sleep, so calls that need a process of one thread are refused for good.
///
/// Windows has no idle thread.
///
/// # Where it stands
///
/// Anywhere in the crate that is the program, once: two of them do not compile or do not link. A program is what cargo
/// builds as a binary, an example, a test (also a library's own tests), a benchmark or a documentation test.
///
/// A library does not choose for the programs that use it: in a library, `configure!` is an error of compilation. But a
/// `cdylib` or a `staticlib` has an allocator of its own, and may choose for it. Such a crate says what it is:
///
/// ```
/// # #[global_allocator]
/// # static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;
/// snmalloc_rs::configure! { cdylib; purge_delay_ms: 500 }
/// ```
///
/// Nothing tells a macro whether a crate is also an `rlib`. A crate that says `cdylib` or `staticlib` must not be: it could
/// choose for the Rust programs that link it. What was not built by cargo, or by a tool that sets cargo's variables
/// `CARGO_CRATE_NAME` and `CARGO_BIN_NAME`, counts as a program.
///
/// # The environment
///
/// Who starts the program can choose otherwise, by the variable `SNMALLOC_OPTIONS`: the same names, such as
/// `SNMALLOC_OPTIONS=purge_delay_ms=0,resident_budget=1M,memory_limit=2G,huge_pages=never,idle_purge=never`. Bytes may
/// have `K`, `M` or `G` behind them, for KiB, MiB and GiB, and `memory_limit=none` is no limit. `SNMALLOC_OPTIONS=help` shows all options on
/// stderr, with their defaults and what is chosen, and the program goes on. For each part that it does not understand, the allocator writes
/// one line to stderr that names what may have been meant, and goes on without that part. Programs that run with more rights than their
/// user has do not read the variable.
///
/// # A line of figures at the end
///
/// With `stats: Exit`, or `SNMALLOC_OPTIONS=stats=exit`, the allocator writes one line to stderr when the process exits:
///
/// ```text
/// snmalloc: stats pid=4711 copy=program held_bytes=2555904 peak_bytes=6291456 live_bytes=12345 …
/// ```
///
/// All but the first two words are pairs of a name and a value. `pid` is the process; `copy` tells allocators of one process
/// from each other: it is `program`, or the name of the library that carries this one. The other names are those of
/// [`Stats`](crate::Stats), and mean the same; more may come behind them.
#[macro_export]
macro_rules! configure {
    (cdylib; $($choices:tt)*) => {
        $crate::__configuration! { $($choices)* }
    };
    (staticlib; $($choices:tt)*) => {
        $crate::__configuration! { $($choices)* }
    };
    ($($choices:tt)*) => {
        const _: () = ::core::assert!(
            ::core::cfg!(test)
                || !$crate::__is_library(
                    ::core::module_path!(),
                    ::core::option_env!("CARGO_CRATE_NAME"),
                    ::core::option_env!("CARGO_BIN_NAME"),
                ),
            "`snmalloc_rs::configure!` is for programs: a library does not choose for those that use it. Move it to \
             the crate that has `main`; or, in a crate that is nothing but a `cdylib` or a `staticlib`, begin it with \
             `cdylib;` or `staticlib;`"
        );
        $crate::__configuration! { $($choices)* }
    };
}

/// The part of `configure!` that makes the choice.
#[doc(hidden)]
#[macro_export]
macro_rules! __configuration {
    ($($name:ident: $value:expr),* $(,)?) => {
        const _: () = {
            #[no_mangle]
            #[used]
            #[allow(non_upper_case_globals, clippy::needless_update)]
            static sn_configuration: $crate::Options =
                $crate::Options { $($name: {
                    #[allow(unused_imports)]
                    use $crate::__values::$name::*;
                    $value
                },)* ..$crate::Options::DEFAULT };
        };
    };
}

/// The names that the value of each option may have.
#[doc(hidden)]
pub mod values {
    pub mod purge_delay_ms {}
    pub mod resident_budget {}
    pub mod memory_limit {}
    pub mod huge_pages {
        pub use crate::HugePages::*;
    }
    pub mod idle_purge {
        pub use crate::IdlePurge::*;
    }
    pub mod stats {
        pub use crate::StatsLine::*;
    }
}

/// Whether cargo compiles its library target, by the path of a module of the crate and by what it says of the target. It
/// names the crate of every target, and binaries and examples again. Documentation tests are crates of another name.
#[doc(hidden)]
#[must_use]
pub const fn is_library(module_path: &str, crate_name: Option<&str>, binary_name: Option<&str>) -> bool {
    match (crate_name, binary_name) {
        (Some(crate_name), None) => is_root(crate_name.as_bytes(), module_path.as_bytes()),
        _ => false,
    }
}

/// Whether the path begins with the name and ends there, or goes on to a module.
const fn is_root(name: &[u8], path: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if at >= path.len() || path[at] != name[at] {
            return false;
        }
        at += 1;
    }
    path.len() == name.len() || path[at] == b':'
}

#[cfg(test)]
mod tests {
    use super::is_library;

    #[test]
    fn cargo_tells_libraries_from_programs() {
        assert!(is_library("foo", Some("foo"), None));
        assert!(is_library("foo::bar::foo", Some("foo"), None));
        assert!(!is_library("foo::bar", Some("foo"), Some("foo")), "a binary");
        assert!(!is_library("foo", None, None), "no cargo");
        for doc_test in ["rust_out", "rust_out::foo", "doctest_bundle_2024::__doctest_0", "foo_bar", "fo", ""] {
            assert!(!is_library(doc_test, Some("foo"), None), "{doc_test}");
        }
    }
}
