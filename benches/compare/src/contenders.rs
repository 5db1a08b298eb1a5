//! The allocators compared and the building of their programs.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The allocator of this project.
pub const OURS: &str = "snmalloc";
/// The crate whose place ours takes.
pub const PREDECESSOR: &str = "snmalloc-076";
/// The system's allocator.
pub const SYSTEM: &str = "system";
/// Ours with the feature `check`.
pub const OURS_CHECKED: &str = "snmalloc-check";
/// Its predecessor with the feature of that name.
pub const PREDECESSOR_CHECKED: &str = "snmalloc-076-check";
/// Ours with the feature `profile`, while nobody takes a profile.
pub const OURS_PROFILE_OFF: &str = "snmalloc-profile-off";
/// The same while one is taken, a sample in 512 KiB.
pub const OURS_PROFILED: &str = "snmalloc-profile";
/// All of them, in the order of the rounds and columns; `allocators/` has a
/// package for each.
pub const CONTENDERS: [&str; 11] = [
    OURS,
    PREDECESSOR,
    "mimalloc3",
    "mimalloc2",
    "jemalloc",
    "rpmalloc",
    SYSTEM,
    OURS_CHECKED,
    PREDECESSOR_CHECKED,
    OURS_PROFILE_OFF,
    OURS_PROFILED,
];

/// Whether it does more than allocate: measured beside the others when it is named.
pub fn is_variant(name: &str) -> bool {
    [OURS_CHECKED, PREDECESSOR_CHECKED, OURS_PROFILE_OFF, OURS_PROFILED].contains(&name)
}

/// Whether ours is measured against it.
pub fn is_peer(name: &str) -> bool {
    name != OURS && !is_variant(name)
}

/// An allocator's program.
pub struct Contender {
    pub name: &'static str,
    pub program: PathBuf,
}

/// The allocators of that name; if none is named, all that do nothing but allocate.
pub fn chosen(names: &[String]) -> impl Iterator<Item = &'static str> {
    CONTENDERS.into_iter().filter(
        |name| {
            if names.is_empty() { !is_variant(name) } else { names.iter().any(|n| n == name) }
        },
    )
}

/// Builds the chosen allocators' programs, one at a time so that cargo does not
/// unite the features of two of them.
pub fn build(names: &[String], profile: &str, target: Option<&str>) -> Result<Vec<Contender>> {
    chosen(names)
        .map(|name| {
            eprintln!("building with {name}");
            let program = program_of(name, profile, target).with_context(|| format!("building {name}"))?;
            Ok(Contender { name, program })
        })
        .collect()
}

/// Runs criterion's benchmarks of one allocator.
pub fn run_micro(name: &str, filter: Option<&str>) -> Result<()> {
    let mut cargo = cargo("bench", name);
    cargo.args(["--bench", "micro", "--"]).args(filter);
    if !cargo.status()?.success() {
        bail!("the micro benchmarks of {name} failed");
    }
    Ok(())
}

fn program_of(name: &str, profile: &str, target: Option<&str>) -> Result<PathBuf> {
    let output = cargo("build", name)
        .args(target.map(|target| format!("--target={target}")))
        .args(["--quiet", "--profile", profile, "--message-format=json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        bail!("cargo failed");
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .context("cargo named no executable")
}

fn cargo(command: &str, name: &str) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).args([command, "--package", &format!("with-{name}")]);
    cargo
}
