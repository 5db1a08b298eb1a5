//! Compares the allocator with its peers: builds a program for each, runs them
//! in turn, and reports times and memory as ratios to the best peer.

mod check;
mod cli;
mod contenders;
mod latency;
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
mod timeline;

use anyhow::Result;
use check::check;
use clap::Parser;
use cli::{Cli, Command, RunArgs};
use std::path::Path;
use summary::Summary;

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Run(args) => run(&args),
        Command::Report { folder } => report(&folder),
        Command::Timeline { allocators, out } => {
            timeline::draw(&contenders::build(&allocators, "release", None)?, &out)
        }
        Command::Latency { allocators, out } => {
            latency::measure(&contenders::build(&allocators, "release", None)?, &out)
        }
        Command::Micro { allocators, filter } => {
            contenders::chosen(&allocators).try_for_each(|name| contenders::run_micro(name, filter.as_deref()))
        }
    }
}

fn run(args: &RunArgs) -> Result<()> {
    let all_jobs = schedule::jobs(args)?;
    let jobs: Vec<_> = all_jobs.iter().collect();
    let contenders = contenders::build(&args.allocators, &args.profile, args.target.as_deref())?;
    let programs = programs::measure(&contenders, args.measures_builds(), &args.out.join("scratch"))?;
    let mut records = schedule::run(args, &jobs, &contenders);
    let mut result = Ok(());
    if let Some(limit) = args.check {
        result = check(&Summary::new(records.clone()), limit);
        for _ in 0..check::EXTRA_RUNS {
            let Err(faults) = &result else { break };
            if !faults.crashes.is_empty() {
                break;
            }
            eprintln!("{faults}\nonce more:");
            records.extend(schedule::run(args, &faults.costly_jobs(&jobs), &contenders));
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
