//! When the core is left out, and the system's allocator stands in for it: for tools that see through that one alone.

/// Chooses: `always` links the core also under a sanitizer, `never` leaves it out of any build.
pub const VARIABLE: &str = "SNMALLOC_CORE";

/// Those that watch an allocator. With another one they find nothing in its memory, or what is not there.
const SANITIZERS: &[&str] = &["address", "hwaddress", "leak", "memory", "thread"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Core {
    Linked,
    /// Why it is not.
    LeftOut(String),
    /// Miri runs no C++ at all.
    Miri,
}

/// `read` gives the value of a variable, whether the user or cargo sets it.
pub fn core(read: impl Fn(&str) -> Option<String>) -> Result<Core, String> {
    if read("CARGO_CFG_MIRI").is_some() {
        return Ok(Core::Miri);
    }
    match read(VARIABLE).unwrap_or_default().as_str() {
        "always" => Ok(Core::Linked),
        "never" => Ok(Core::LeftOut(format!("{VARIABLE}=never"))),
        "" => Ok(match sanitizer(&read) {
            Some(name) => {
                Core::LeftOut(format!("the {name} sanitizer watches that one; {VARIABLE}=always links the core"))
            }
            None => Core::Linked,
        }),
        other => Err(format!("{VARIABLE} is `{other}`; it should be `always`, `never`, or not set")),
    }
}

/// Compilers that know `cfg(sanitize)` tell by it; to others the flag itself may have been passed.
fn sanitizer(read: &impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let told = read("CARGO_CFG_SANITIZE").unwrap_or_default();
    let flags = read("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let passed = flags.split('\u{1f}').filter_map(|flag| flag.trim_start_matches("-Z").strip_prefix("sanitizer="));
    let names: Vec<_> = passed.chain([told.as_str()]).flat_map(|names| names.split(',')).collect();
    SANITIZERS.iter().find(|name| names.contains(name)).copied()
}
