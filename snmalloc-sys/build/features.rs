//! The one table of features: name, meaning, and effect on the plan. A later row wins over an earlier one.

use super::{Builder, Plan};

pub struct Feature {
    pub name: &'static str,
    /// One line for the reader. Tests compare every document with it.
    #[allow(dead_code)] // read by the tests
    pub doc: &'static str,
    pub apply: fn(&mut Plan),
}

pub const FEATURES: &[Feature] = &[
    Feature {
        name: "build_cmake",
        doc: "build the C++ core with cmake; where cmake is missing, `build_cc` is used, with a warning",
        apply: |plan| plan.builder = Builder::Cmake,
    },
    Feature {
        name: "build_cc",
        doc: "build the C++ core with a C++ compiler alone; wins over `build_cmake`",
        apply: |plan| plan.builder = Builder::Cc,
    },
    Feature {
        name: "debug",
        doc: "assertions in the C++ core, with debug information; slow",
        apply: |plan| {
            plan.opt_level = 1;
            plan.has_debug_info = true;
            plan.defines.retain(|&(name, _)| name != "NDEBUG");
            plan.defines.push(("SN_DEBUG", Some("1")));
        },
    },
    Feature {
        name: "check",
        doc: "end the program at misuse (double free, wrong layout, writes out of bounds or after free) with a line that names it",
        apply: |plan| {
            plan.defines.push(("SN_CHECK", Some("1")));
            plan.has_fast_path = false; // every call is to be checked
        },
    },
    Feature {
        name: "stats",
        doc: "count every allocation and free, so that all figures are exact; costs some speed",
        apply: |plan| {
            plan.defines.push(("SN_STATS", Some("1")));
            plan.has_fast_path = false; // every call is to be counted
        },
    },
    Feature {
        name: "profile",
        doc: "sample allocations for a heap profile, as the crate `snmalloc-profiler` does; costs two instructions an allocation",
        apply: |plan| plan.defines.push(("SN_PROFILE", Some("1"))),
    },
    Feature {
        name: "serde",
        doc: "the figures can be serialised",
        apply: |_| {},
    },
    Feature {
        name: "libc-api",
        doc: "the C functions `sn_malloc`, `sn_free` and so on, to share memory with code in C",
        apply: |plan| plan.defines.push(("SN_LIBC_API", Some("1"))),
    },
    Feature {
        name: "region",
        doc: "`Region`, an allocator over memory that the program gives, without an operating system",
        apply: |plan| plan.has_region = true,
    },
    Feature {
        name: "native-cpu",
        doc: "tune for the processor of the machine that builds; left out, with a warning, in cross builds",
        apply: |plan| match plan.target.native_cpu_flag() {
            Some(flag) => plan.flags.push(flag),
            None => plan.warnings.push("native-cpu is left out: this compiler cannot tune for that target".into()),
        },
    },
    Feature {
        name: "qemu",
        doc: "work under user-mode QEMU, whose `MADV_DONTNEED` may not clear memory",
        apply: |plan| plan.defines.push(("SN_QEMU", Some("1"))),
    },
    Feature {
        name: "local_dynamic_tls",
        doc: "the local-dynamic model of thread-local storage, for libraries that are loaded late",
        apply: |plan| {
            if plan.target.is_windows() {
                plan.warnings.push("local_dynamic_tls is left out: Windows has no such model".into());
            } else {
                plan.set_tls_model(Some("-ftls-model=local-dynamic"));
            }
        },
    },
    Feature {
        name: "notls",
        doc: "thread-specific data of the C library instead of thread-local storage; wins over `local_dynamic_tls`",
        apply: |plan| {
            plan.set_tls_model(None);
            plan.defines.push(("SN_NOTLS", Some("1")));
        },
    },
    Feature {
        name: "override",
        doc: "replace `malloc`, `free`, `operator new` and the rest in the whole program: Linux with glibc or static musl, and Android",
        apply: |plan| {
            let is_musl = plan.target.env == "musl";
            if !matches!(plan.target.os.as_str(), "linux" | "android") || is_musl && !plan.target.has_static_crt {
                plan.warnings.push(format!("override is left out: malloc of {} {} stays the system's", plan.target.os, plan.target.env));
                return;
            }
            if plan.defines.contains(&("SN_NOTLS", Some("1"))) {
                plan.warnings.push("notls is left out: with override, what it does instead may call malloc".into());
                plan.defines.retain(|&(name, _)| name != "SN_NOTLS");
                plan.set_tls_model(plan.target.has_spare_static_tls().then_some("-ftls-model=initial-exec"));
            }
            plan.defines.push(("SN_OVERRIDE", Some("1")));
        },
    },
    Feature {
        name: "usecxx17",
        doc: "compile the C++ core as C++17 instead of C++20",
        apply: |plan| plan.standard = "c++17",
    },
    Feature {
        name: "lto",
        doc: "objects fit for link-time optimisation with Rust, by clang and `-Clinker-plugin-lto`",
        apply: |plan| plan.has_lto = true,
    },
    Feature {
        name: "android-lld",
        doc: "accepted: the NDK links with lld since r22, and this crate links nothing",
        apply: |_| {},
    },
    Feature {
        name: "android-shared-std",
        doc: "accepted: the core needs no C++ library, neither a shared nor a static one",
        apply: |_| {},
    },
    Feature {
        name: "usewait-on-address",
        doc: "Windows: threads wait by `WaitOnAddress` where the system has it",
        apply: |plan| {
            if plan.target.is_windows() {
                plan.defines.push(("SN_WAIT_ON_ADDRESS", Some("1")));
            }
        },
    },
    Feature {
        name: "win8compat",
        doc: "Windows: use no call that Windows 7 lacks, even where the system has it",
        apply: |plan| {
            if plan.target.is_windows() {
                plan.defines.push(("SN_WIN8COMPAT", Some("1")));
            }
        },
    },
    Feature {
        name: "check-loads",
        doc: "accepted: `check` finds writes out of bounds, and `libsnmallocshim-checks.so` bounds copies",
        apply: |_| {},
    },
    Feature {
        name: "pageid",
        doc: "accepted: the page map knows already who owns each page",
        apply: |_| {},
    },
    Feature {
        name: "gwp-asan",
        doc: "accepted: no allocation is guarded by sampling; `check` stops misuse of every one",
        apply: |_| {},
    },
    Feature {
        name: "tracing",
        doc: "accepted: the core writes no trace; `stats` and `profile` say what it does",
        apply: |_| {},
    },
    Feature {
        name: "fuzzing",
        doc: "accepted: the fuzz tests of the core need no other build",
        apply: |_| {},
    },
    Feature {
        name: "vendored-stl",
        doc: "accepted: the core needs no C++ library at run time",
        apply: |_| {},
    },
    Feature {
        name: "usecxx20",
        doc: "accepted, with a warning: C++20 is the default",
        apply: |plan| plan.warnings.push("the feature usecxx20 of older releases does nothing any more: C++20 is the default".into()),
    },
    Feature {
        name: "1mib",
        doc: "accepted, with a warning: a chunk always has 16 KiB",
        apply: |plan| plan.warnings.push("the feature 1mib of older releases does nothing any more: there is one size of chunks".into()),
    },
    Feature {
        name: "16mib",
        doc: "accepted, with a warning: a chunk always has 16 KiB",
        apply: |plan| plan.warnings.push("the feature 16mib of older releases does nothing any more: there is one size of chunks".into()),
    },
    Feature {
        name: "cache-friendly",
        doc: "accepted, with a warning: magazines do what it was for",
        apply: |plan| plan.warnings.push("the feature cache-friendly of older releases does nothing any more: magazines leave no need for it".into()),
    },
];
