//! Every read of the environment, so that each has its `rerun-if-env-changed`.

use std::env;
use std::process::Command;

/// A variable that the user may set. When it changes, cargo runs the build script again.
pub fn read(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok()
}

/// A variable that the `cc` and `cmake` crates look for under four names, the most particular first.
pub fn read_for_target(name: &str) -> Option<String> {
    let target = cargo("TARGET");
    let kind = if cargo("HOST") == target { "HOST" } else { "TARGET" };
    let names = [
        format!("{name}_{target}"),
        format!("{name}_{}", target.replace('-', "_")),
        format!("{kind}_{name}"),
        name.to_string(),
    ];
    // All four are watched, even when an earlier one is set.
    let values: Vec<_> = names.iter().map(|name| read(name)).collect();
    values.into_iter().flatten().next()
}

/// A variable that cargo sets for every build script, and watches itself. Empty if cargo does not set it.
pub fn cargo(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// What rustc tells of the target, with the flags of this build; empty where it fails.
pub fn rustc_cfg() -> String {
    let flags = cargo("CARGO_ENCODED_RUSTFLAGS");
    let flags = flags.split('\x1f').filter(|flag| !flag.is_empty());
    let output =
        Command::new(cargo("RUSTC")).args(["--print", "cfg", "--target", &cargo("TARGET")]).args(flags).output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

pub fn has_feature(name: &str) -> bool {
    !cargo(&format!("CARGO_FEATURE_{}", name.to_uppercase().replace('-', "_"))).is_empty()
}
