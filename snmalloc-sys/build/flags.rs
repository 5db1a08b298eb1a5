//! Which of the user's flags the core is compiled with: all but those that break it, or that features are for.

/// Flags whose code calls a library. rustc links that only if its own flags hold one of the words.
const NEED_A_LIBRARY: &[(&[&str], &[&str])] = &[
    (&["-fsanitize", "/fsanitize"], &["sanitize"]),
    (
        &["-fprofile-arcs", "-fprofile-generate", "-fprofile-instr-generate", "-fcs-profile-generate"],
        &["profile", "coverage"],
    ),
    (&["--coverage", "-coverage", "-ftest-coverage", "-fcoverage-mapping"], &["profile", "coverage"]),
];
/// One source gains nothing by it, and most linkers cannot use objects without machine code. Those who want it have the
/// feature `lto`.
const LINK_TIME: &[&str] =
    &["-flto", "-ffat-lto-objects", "-fno-fat-lto-objects", "-fwhole-program-vtables", "-GL", "/GL"];
/// Rust's programs are position-independent, and so are its libraries.
const POSITION: &[&str] = &["-fno-pic", "-fno-PIC", "-fpic", "-fpie", "-fPIE", "-fno-pie", "-fno-PIE"];
/// The feature `debug` is for that.
const NO_OPTIMISATION: &[&str] = &["-O0", "-Od", "/Od"];

/// Removes the arguments that the core is not compiled with, and returns a warning where one is due. `rust_flags` are the
/// flags of rustc.
pub fn settle<T: AsRef<str>>(arguments: Vec<T>, rust_flags: &str) -> (Vec<T>, Vec<String>) {
    let is_position_independent = arguments.iter().any(|argument| argument.as_ref() == "-fPIC");
    let (mut kept, mut warnings) = (Vec::new(), Vec::new());
    for argument in arguments {
        let flag = argument.as_ref();
        let needs = |(flags, words): &&(&[&str], &[&str])| {
            flags.iter().any(|start| flag.starts_with(start)) && !words.iter().any(|word| rust_flags.contains(word))
        };
        if NEED_A_LIBRARY.iter().any(|row| needs(&row)) {
            warnings.push(format!("{flag} is left out: it needs a library that RUSTFLAGS do not say is linked"));
        } else if !(LINK_TIME.iter().any(|name| is_or_sets(flag, name))
            || NO_OPTIMISATION.contains(&flag)
            || (is_position_independent && POSITION.contains(&flag)))
        {
            kept.push(argument);
        }
    }
    (kept, warnings)
}

/// Whether the flag is `name` or `name=…`.
fn is_or_sets(flag: &str, name: &str) -> bool {
    flag.strip_prefix(name).map_or(false, |rest| rest.is_empty() || rest.starts_with('='))
}
