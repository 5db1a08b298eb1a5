//! What of the user's flags reaches the compiler.

#[path = "../build/flags.rs"]
mod flags;

fn settle(arguments: &str, rust_flags: &str) -> (String, usize) {
    let (kept, warnings) = flags::settle(arguments.split(' ').collect(), rust_flags);
    (kept.join(" "), warnings.len())
}

#[test]
fn flags_that_need_a_library_go_with_those_of_rust() {
    for (flags, rust_flags) in [
        ("-fsanitize=address", "-Zsanitizer=address"),
        ("-fsanitize=undefined -fsanitize-recover", "-Clink-arg=-fsanitize=undefined"),
        ("--coverage", "-Cinstrument-coverage"),
        ("-fprofile-generate", "-Cprofile-generate=/tmp"),
        ("-fprofile-instr-generate -fcoverage-mapping", "-Cinstrument-coverage"),
    ] {
        assert_eq!(settle(flags, rust_flags), (flags.into(), 0));
        assert_eq!(settle(&format!("-g {flags} -O2"), "-Copt-level=3"), ("-g -O2".into(), flags.split(' ').count()));
    }
    assert_eq!(settle("-fno-sanitize=all -fprofile-use=x", ""), ("-fno-sanitize=all -fprofile-use=x".into(), 0));
}

#[test]
fn objects_hold_machine_code() {
    for flag in ["-flto", "-flto=auto", "-flto=thin", "-fno-fat-lto-objects", "-fwhole-program-vtables", "-GL"] {
        assert_eq!(settle(&format!("-O2 {flag} -g"), ""), ("-O2 -g".into(), 0));
    }
    assert_eq!(settle("-fno-lto -flto-partition=one", "").0, "-fno-lto -flto-partition=one");
}

#[test]
fn code_is_optimised_at_any_address() {
    assert_eq!(settle("-O3 -fPIC -O0 -fno-pic -fPIE", ""), ("-O3 -fPIC".into(), 0));
    assert_eq!(settle("-O2 -Od -Og", ""), ("-O2 -Og".into(), 0));
    // Where the `cc` crate does not ask for that, the user may decide.
    assert_eq!(settle("-O3 -fno-pic", ""), ("-O3 -fno-pic".into(), 0));
}
