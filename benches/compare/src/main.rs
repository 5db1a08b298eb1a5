//! Compares the allocator with its peers: builds a program for each, runs them
//! in turn, and reports times and memory as ratios to the best peer.

mod cli;
mod contenders;
mod launch;
mod plot;
mod programs;
mod record;
mod report;
mod schedule;
mod statistics;
mod summary;
mod table;
mod targets;

use anyhow::Result;
use clap::Parser;
use cli::{Cli, Command, RunArgs};
use contenders::{OURS, is_peer};
use schedule::Job;
use std::fmt;
use std::path::Path;
use summary::{Metric, Summary};

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Report { folder } => report(&folder),
        Command::Micro { allocators, filter } => {
            contenders::chosen(&allocators).try_for_each(|name| contenders::run_micro(name, filter.as_deref()))
        }
    }
}

fn run(args: &RunArgs) -> Result<()> {
    let all_jobs = schedule::jobs(args)?;
    let jobs: Vec<_> = all_jobs.iter().collect();
    let contenders = contenders::build(&args.allocators, &args.profile, args.target.as_deref())?;
    let programs = programs::measure(&contenders, args.target.is_none(), &args.out.join("scratch"))?;
    let mut records = schedule::run(args, &jobs, &contenders);
    let mut result = Ok(());
    if let Some(limit) = args.check {
        result = check(&Summary::new(records.clone()), limit);
        for _ in 0..EXTRA_CHECKS {
            let Err(faults) = &result else { break };
            if !faults.crashes.is_empty() {
                break;
            }
            eprintln!("{faults}\nonce more:");
            records.extend(schedule::run(args, &faults.slow_jobs(&jobs), &contenders));
            result = check(&Summary::new(records.clone()), limit);
        }
    }
    record::save(&args.out, &records, args)?;
    programs::save(&args.out, &programs)?;
    report(&args.out)?;
    Ok(result?)
}

fn report(folder: &Path) -> Result<()> {
    let (records, machine) = record::load(folder)?;
    report::write(folder, &Summary::new(records), &programs::load(folder)?, &machine)
}

/// How often what a check finds slow is run again: noise only ever adds.
const EXTRA_CHECKS: usize = 5;

/// What a check found wrong.
#[derive(Debug)]
struct Faults {
    crashes: Vec<String>,
    /// Rows, and what is to be said of them.
    slow: Vec<(String, String)>,
}

impl Faults {
    fn slow_jobs<'j>(&self, jobs: &[&'j Job]) -> Vec<&'j Job> {
        jobs.iter().copied().filter(|job| self.slow.iter().any(|(row, _)| *row == job.row())).collect()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "the check failed:")?;
        let slow = self.slow.iter().map(|(_, message)| message);
        self.crashes.iter().chain(slow).try_for_each(|fault| write!(f, "\n{fault}"))
    }
}

impl std::error::Error for Faults {}

/// Fails if one of our runs failed or ours is slower than `limit` times the fastest peer, each by its fastest run. That
/// a peer crashes is only reported.
fn check(summary: &Summary, limit: f64) -> Result<(), Faults> {
    let mut faults = Faults { crashes: Vec::new(), slow: Vec::new() };
    for row in &summary.rows {
        let ours = row.failures().filter(|(who, _)| !is_peer(who));
        faults.crashes.extend(ours.map(|(who, why)| format!("{} with {who}: {why}", row.name())));
        let least = |name: &&str| row.spread(Metric::Wall, name).map(|spread| spread.min);
        let peers = summary.allocators().into_iter().filter(|name| is_peer(name));
        let fastest = peers.filter_map(|name| least(&name)).min_by(f64::total_cmp);
        let ratio = least(&OURS).zip(fastest).map(|(ours, fastest)| ours / fastest);
        if let Some(ratio) = ratio.filter(|ratio| *ratio > limit) {
            faults.slow.push((row.name(), format!("{}: {ratio:.2} of the fastest peer's wall time", row.name())));
        }
    }
    if faults.crashes.is_empty() && faults.slow.is_empty() { Ok(()) } else { Err(faults) }
}
