//! Every read of the environment, so that each has its `rerun-if-env-changed`.

use std::env;

/// A variable that the user may set; a change of it runs the build script again.
pub fn read(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok()
}

/// A variable that cargo sets for every build script, and watches by itself. Empty where cargo leaves it out.
pub fn cargo(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

pub fn has_feature(name: &str) -> bool {
    !cargo(&format!("CARGO_FEATURE_{}", name.to_uppercase().replace('-', "_"))).is_empty()
}
