//! What one run gave, as a line of `runs.csv`.

use crate::cli::RunArgs;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One run of one workload with one allocator.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub round: u32,
    pub workload: String,
    pub threads: usize,
    pub allocator: String,
    /// Wall time of the work; of a whole process for the program that does nothing.
    pub wall_s: Option<f64>,
    /// User and system time of the whole process.
    pub cpu_s: Option<f64>,
    pub operations: Option<u64>,
    pub peak_bytes: Option<u64>,
    /// Pages that the kernel had to provide, of the whole process.
    pub faults: Option<u64>,
    /// Resident when nothing called the allocator for a while after the work; not every round waits for it.
    pub idle_bytes: Option<u64>,
    /// Resident after the allocator's own trim, if it has one.
    pub trimmed_bytes: Option<u64>,
    /// Why the run gave nothing.
    pub failure: Option<String>,
}

/// Writes all records into `folder`, with a line about the machine and the run.
pub fn save(folder: &Path, records: &[Record], args: &RunArgs) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut writer = csv::Writer::from_path(folder.join("runs.csv"))?;
    for record in records {
        writer.serialize(record)?;
    }
    writer.flush()?;
    std::fs::write(folder.join("machine.txt"), description(args))?;
    Ok(())
}

/// Reads what [`save`] wrote.
pub fn load(folder: &Path) -> Result<(Vec<Record>, String)> {
    let runs = folder.join("runs.csv");
    let mut reader = csv::Reader::from_path(&runs).with_context(|| format!("{runs:?}"))?;
    let records = reader.deserialize().collect::<Result<_, _>>()?;
    Ok((records, std::fs::read_to_string(folder.join("machine.txt"))?))
}

fn description(args: &RunArgs) -> String {
    let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let date = chrono::Utc::now().date_naive();
    let command: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "{model}, {cores} cores, {}, profile {}, {} rounds, {date}: \
         `cargo run --release -- {}`\n",
        std::env::consts::OS,
        args.profile,
        args.rounds(),
        command.join(" ")
    )
}
