//! When the system's allocator stands in for the core.

#[path = "../build/stand_in.rs"]
mod stand_in;

use stand_in::Core;

#[test]
fn miri_never_gets_the_core() {
    assert_eq!(core(&[("CARGO_CFG_MIRI", "")]), Ok(Core::Miri));
    assert_eq!(core(&[("CARGO_CFG_MIRI", ""), ("SNMALLOC_CORE", "always")]), Ok(Core::Miri));
}

#[test]
fn sanitizers_that_watch_an_allocator_get_theirs() {
    for name in ["address", "hwaddress", "leak", "memory", "thread"] {
        let flag = format!("-Copt-level=1\u{1f}-Zsanitizer={name}");
        let in_two_words = format!("-Z\u{1f}sanitizer=cfi,{name}");
        for told in [
            ("CARGO_CFG_SANITIZE", name),
            ("CARGO_ENCODED_RUSTFLAGS", flag.as_str()),
            ("CARGO_ENCODED_RUSTFLAGS", in_two_words.as_str()),
        ] {
            let left_out = core(&[told]);
            assert!(matches!(&left_out, Ok(Core::LeftOut(why)) if why.contains(name)), "{told:?}: {left_out:?}");
            assert_eq!(core(&[told, ("SNMALLOC_CORE", "always")]), Ok(Core::Linked), "{told:?}");
        }
    }
}

#[test]
fn everything_else_is_linked() {
    for set in [
        &[][..],
        &[("SNMALLOC_CORE", "")],
        &[("CARGO_CFG_SANITIZE", "cfi,shadow-call-stack")],
        &[("CARGO_ENCODED_RUSTFLAGS", "-Copt-level=3\u{1f}--cfg\u{1f}address")],
    ] {
        assert_eq!(core(set), Ok(Core::Linked), "{set:?}");
    }
}

#[test]
fn a_choice_is_heeded_or_named() {
    assert!(matches!(core(&[("SNMALLOC_CORE", "never")]), Ok(Core::LeftOut(_))));
    let message = core(&[("SNMALLOC_CORE", "off")]).unwrap_err();
    assert!(message.contains("SNMALLOC_CORE is `off`"), "{message}");
}

fn core(set: &[(&str, &str)]) -> Result<Core, String> {
    stand_in::core(|name| set.iter().find(|(set, _)| *set == name).map(|(_, value)| value.to_string()))
}
