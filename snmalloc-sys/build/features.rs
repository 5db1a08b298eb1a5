//! The one table of features: name, meaning, and effect on the plan. A later row wins over an earlier one.

use super::plan::{Builder, Plan};

pub struct Feature {
    pub name: &'static str,
    /// One line for the reader of the table.
    #[allow(dead_code)] // read by the tests, which hold README and table together
    pub doc: &'static str,
    pub apply: fn(&mut Plan),
}

pub const FEATURES: &[Feature] = &[
    Feature {
        name: "build_cmake",
        doc: "build the C++ core with cmake; where cmake is missing, a warning says so and `build_cc` is used",
        apply: |plan| plan.builder = Builder::Cmake,
    },
    Feature {
        name: "build_cc",
        doc: "build the C++ core with nothing but a C++ compiler; wins over `build_cmake`",
        apply: |plan| plan.builder = Builder::Cc,
    },
    Feature {
        name: "debug",
        doc: "assertions and the invariant walker in the C++ core, with debug information",
        apply: |plan| {
            plan.opt_level = 1;
            plan.has_debug_info = true;
            plan.defines.retain(|&(name, _)| name != "NDEBUG");
            plan.defines.push(("SN_DEBUG", Some("1")));
        },
    },
    Feature {
        name: "check",
        doc: "stop the program at misuse (double free, wrong layout, writes out of bounds or after free) with a line that names it",
        apply: |plan| {
            plan.defines.push(("SN_CHECK", Some("1")));
            plan.has_fast_path = false; // every call is to be checked
        },
    },
    Feature {
        name: "libc-api",
        doc: "the C interface `sn_malloc`, `sn_free` and so on, to share memory with code in C",
        apply: |plan| plan.defines.push(("SN_LIBC_API", Some("1"))),
    },
    Feature {
        name: "usewait-on-address",
        doc: "on Windows, threads that wait sleep by `WaitOnAddress` where the system has it, and else by condition variables",
        apply: |plan| {
            if plan.target.is_windows() {
                plan.defines.push(("SN_WAIT_ON_ADDRESS", Some("1")));
            }
        },
    },
    Feature {
        name: "win8compat",
        doc: "on Windows, no call that Windows 7 lacks, even where the system has it: neither `VirtualAlloc2` nor `WaitOnAddress`",
        apply: |plan| {
            if plan.target.is_windows() {
                plan.defines.push(("SN_WIN8COMPAT", Some("1")));
            }
        },
    },
];
