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
///     memory_limit: 200 << 20,
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
/// | `purge_delay_ms` | milliseconds | 1000 | free memory goes back after that time, once the allocator's slow paths run |
/// | `resident_budget` | bytes | 8 MiB | so much may stay resident meanwhile, besides a 16th of what is in use, and what the program was seen to use again |
/// | `memory_limit` | bytes | none | an allocation that would make [`Stats::held_bytes`](crate::Stats) more than that gets null, after all that is free was given back |
/// | `huge_pages` | `System`, `Never`, `Always` | `System` | whether to ask the system for huge pages |
///
/// All are constants; those that are not named keep their defaults. The values stand in a `static` that is linked into
/// the program, so there is one `configure!` in a program, in the crate that is the program, and without effect elsewhere:
/// a library does not choose for the programs that use it. A `cdylib` has an allocator and a choice of its own.
///
/// # The environment
///
/// Who starts the program can choose otherwise, by the variable `SNMALLOC_OPTIONS`: the same names, such as
/// `SNMALLOC_OPTIONS=purge_delay_ms=0,resident_budget=1M,memory_limit=2G,huge_pages=never`. Bytes may have `K`, `M` or `G`
/// behind them, for KiB, MiB and GiB. For each part that it cannot make sense of, the allocator writes one line to stderr,
/// and goes on without it. Programs that run with more rights than who started them do not look.
#[macro_export]
macro_rules! configure {
    ($($name:ident: $value:expr),* $(,)?) => {
        const _: () = {
            #[allow(unused_imports)]
            use $crate::HugePages::*;

            #[no_mangle]
            #[used]
            #[allow(non_upper_case_globals, clippy::needless_update)]
            static sn_configuration: $crate::Options =
                $crate::Options { $($name: $value,)* ..$crate::Options::DEFAULT };
        };
    };
}
