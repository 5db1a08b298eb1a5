//! When the system's allocator stands in for the core: for tools that understand only that allocator.

/// The user's choice: `always` links the core even under a sanitizer, `never` leaves it out of every build.
pub const VARIABLE: &str = "SNMALLOC_CORE";

/// The sanitizers that watch an allocator. With another allocator they miss faults, or report faults that are none.
const SANITIZERS: &[&str] = &["address", "hwaddress", "leak", "memory", "thread"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Core {
    Linked,
    /// Why the core is left out.
    LeftOut(String),
    /// Miri runs no C++ at all.
    Miri,
}

/// `read` gives the value of a variable that the user or cargo sets.
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

/// Compilers that know `cfg(sanitize)` tell by it. For others the flags of rustc tell.
fn sanitizer(read: &impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let told = read("CARGO_CFG_SANITIZE").unwrap_or_default();
    let flags = read("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let passed = flags.split('\u{1f}').filter_map(|flag| flag.trim_start_matches("-Z").strip_prefix("sanitizer="));
    let names: Vec<_> = passed.chain([told.as_str()]).flat_map(|names| names.split(',')).collect();
    SANITIZERS.iter().find(|name| names.contains(name)).copied()
}
