//! The command line.

use crate::contenders::CONTENDERS;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use workloads::Group;

/// Compares the allocator with its peers on real workloads.
#[derive(Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Build every allocator's program, run them in turn and report.
    Run(RunArgs),
    /// Report once more on the results in a folder.
    Report {
        #[arg(default_value = "results")]
        folder: PathBuf,
    },
    /// Draw resident memory over the life of one program, with every allocator.
    Timeline {
        /// Allocators to run, all by default.
        #[arg(long, value_delimiter = ',', value_parser = CONTENDERS)]
        allocators: Vec<String>,
        /// Folder of the results.
        #[arg(long, default_value = "results")]
        out: PathBuf,
    },
    /// Time single operations with every allocator, and report the slowest.
    Latency {
        /// Allocators to run, all by default.
        #[arg(long, value_delimiter = ',', value_parser = CONTENDERS)]
        allocators: Vec<String>,
        /// Folder of the results.
        #[arg(long, default_value = "results")]
        out: PathBuf,
    },
    /// Run criterion's micro benchmarks, one allocator after the other.
    Micro {
        /// Allocators to run, all by default.
        #[arg(long, value_delimiter = ',', value_parser = CONTENDERS)]
        allocators: Vec<String>,
        /// Only benchmarks whose name matches, such as `pair/64`.
        filter: Option<String>,
    },
}

#[derive(Args)]
pub struct RunArgs {
    /// Rounds, each of which runs everything once [default: 7, quick: 3].
    #[arg(long)]
    pub rounds: Option<u32>,
    /// A quarter of the work, two threads where there are several numbers, or the least.
    #[arg(long)]
    pub quick: bool,
    /// Workloads to run: names (`larson`), names with threads (`larson@4`) or
    /// groups (`allocator`, `application`, `gigabyte`, `startup`), which are run by default, or sets (`memory`, `large`,
    /// `owners`).
    #[arg(long, value_delimiter = ',')]
    pub workloads: Vec<String>,
    /// Allocators to run, all by default.
    #[arg(long, value_delimiter = ',', value_parser = CONTENDERS)]
    pub allocators: Vec<String>,
    /// Numbers of threads to run [default: all, quick: one of them].
    #[arg(long, value_delimiter = ',')]
    pub threads: Vec<usize>,
    /// Fail on a crash, where ours takes more than this times the fastest peer, or where it keeps more memory than it may.
    #[arg(long, value_name = "RATIO")]
    pub check: Option<f64>,
    /// Cargo profile of the programs: `release` or `thin-lto`.
    #[arg(long, default_value = "release")]
    pub profile: String,
    /// Target of the programs, if it is another than this machine's, which has to run them: `ci/compare-musl` knows
    /// which compilers it takes.
    #[arg(long)]
    pub target: Option<String>,
    /// Seconds after which a run counts as hung.
    #[arg(long, default_value_t = 120)]
    pub timeout: u64,
    /// Folder of the results.
    #[arg(long, default_value = "results")]
    pub out: PathBuf,
}

impl RunArgs {
    /// How often everything is run.
    pub fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 3 } else { 7 })
    }

    /// Whether a run waits for what stays resident: that varies little, and waiting takes half of the time, so not every
    /// round does.
    pub fn is_idle_run(&self, round: u32, group: Group) -> bool {
        match group {
            Group::Memory => true,
            Group::Large | Group::Owners => false,
            Group::Gigabyte if self.quick => round == 0,
            _ => !self.quick && round < 3,
        }
    }

    /// Whether a build from nothing is timed, for this machine. No check asks for it.
    pub fn measures_builds(&self) -> bool {
        self.target.is_none() && self.check.is_none()
    }

    /// Share of the full work in each run.
    pub fn scale(&self) -> f64 {
        if self.quick { 0.25 } else { 1.0 }
    }
}
