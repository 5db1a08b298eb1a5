//! What an allocator costs before a program runs: bytes and the time to build.

use crate::contenders::{Contender, OURS};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// An allocator's program, as a line of `programs.csv`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    pub allocator: String,
    /// Of the program without its symbols.
    pub stripped_bytes: u64,
    /// For a build of our core and its bindings from nothing.
    pub build_s: Option<f64>,
}

/// Measures all programs, and a build for this machine; `scratch` is a folder of its own, which is removed.
pub fn measure(contenders: &[Contender], builds: bool, scratch: &Path) -> Result<Vec<Program>> {
    fs::create_dir_all(scratch)?;
    let scratch = fs::canonicalize(scratch)?;
    let measured = contenders.iter().map(|contender| {
        let builds = builds && contender.name == OURS;
        Ok(Program {
            allocator: contender.name.to_owned(),
            stripped_bytes: stripped_bytes(&contender.program, &scratch.join("stripped"))?,
            build_s: if builds { Some(build_s(&scratch.join("target"))?) } else { None },
        })
    });
    let measured = measured.collect();
    fs::remove_dir_all(&scratch)?;
    measured
}

/// Writes them beside the runs.
pub fn save(folder: &Path, programs: &[Program]) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut writer = csv::Writer::from_path(folder.join("programs.csv"))?;
    programs.iter().try_for_each(|program| writer.serialize(program))?;
    Ok(writer.flush()?)
}

/// Reads what [`save`] wrote; nothing if it did not.
pub fn load(folder: &Path) -> Result<Vec<Program>> {
    match csv::Reader::from_path(folder.join("programs.csv")) {
        Ok(mut reader) => Ok(reader.deserialize().collect::<Result<_, _>>()?),
        Err(_) => Ok(Vec::new()),
    }
}

fn stripped_bytes(program: &Path, to: &Path) -> Result<u64> {
    let status = Command::new("strip").arg("-o").arg(to).arg(program).status().context("strip, of the binutils")?;
    if !status.success() {
        bail!("strip failed for {program:?}");
    }
    Ok(fs::metadata(to)?.len())
}

fn build_s(target: &Path) -> Result<f64> {
    let start = Instant::now();
    let status = Command::new("cargo")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")) // where the name means ours
        .args(["build", "--quiet", "--release", "--package", "snmalloc-sys", "--target-dir"])
        .arg(target)
        .status()?;
    if !status.success() {
        bail!("snmalloc-sys does not build from nothing");
    }
    Ok(start.elapsed().as_secs_f64())
}
