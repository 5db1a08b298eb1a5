//! Compares the allocator with its peers: builds a program for each, runs them
//! in turn, and reports times and memory as ratios to the best peer.

mod cli;
mod contenders;
mod launch;
mod plot;
mod record;
mod report;
mod schedule;
mod statistics;
mod summary;
mod table;
mod targets;

use anyhow::{Result, bail};
use clap::Parser;
use cli::{Cli, Command, RunArgs};
use contenders::{OURS, is_peer};
use summary::{Metric, Summary};

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Report { folder } => {
            let (records, machine) = record::load(&folder)?;
            report::write(&folder, &Summary::new(records), &machine)
        }
        Command::Micro { allocators, filter } => {
            contenders::chosen(&allocators).try_for_each(|name| contenders::run_micro(name, filter.as_deref()))
        }
    }
}

fn run(args: &RunArgs) -> Result<()> {
    let jobs = schedule::jobs(args)?;
    let contenders = contenders::build(&args.allocators, &args.profile)?;
    let records = schedule::run(args, &jobs, &contenders);
    record::save(&args.out, &records, args)?;
    let (records, machine) = record::load(&args.out)?;
    let summary = Summary::new(records);
    report::write(&args.out, &summary, &machine)?;
    args.check.map_or(Ok(()), |limit| check(&summary, limit))
}

/// Fails if any run failed or ours is slower than `limit` times the fastest peer,
/// each by its fastest run: noise only ever adds.
fn check(summary: &Summary, limit: f64) -> Result<()> {
    let mut faults = Vec::new();
    for row in &summary.rows {
        let failures = row.failures();
        faults.extend(failures.map(|(who, why)| format!("{} with {who}: {why}", row.name())));
        let least = |name: &&str| row.spread(Metric::Wall, name).map(|spread| spread.min);
        let peers = summary.allocators().into_iter().filter(|name| is_peer(name));
        let fastest = peers.filter_map(|name| least(&name)).min_by(f64::total_cmp);
        let ratio = least(&OURS).zip(fastest).map(|(ours, fastest)| ours / fastest);
        if let Some(ratio) = ratio.filter(|ratio| *ratio > limit) {
            faults.push(format!("{}: {ratio:.2} of the fastest peer's wall time", row.name()));
        }
    }
    if !faults.is_empty() {
        bail!("the check failed:\n{}", faults.join("\n"));
    }
    Ok(())
}
