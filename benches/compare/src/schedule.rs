//! Which runs are made, and in which order: A B C D E, B D A C E, …, so that what the
//! machine does meanwhile meets all alike, no allocator always comes first to
//! memory that nobody used for a while, and none always after the same other,
//! which leaves the system's memory in large pieces or in small ones.

use crate::cli::RunArgs;
use crate::contenders::Contender;
use crate::launch;
use crate::record::Record;
use crate::statistics::median;
use crate::summary::row_name;
use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::Duration;
use workloads::{CATALOG, Group, Workload};

const STARTS: usize = 60;

/// One workload at one number of threads.
pub struct Job {
    workload: &'static Workload,
    threads: usize,
}

/// The jobs that the arguments choose.
pub fn jobs(args: &RunArgs) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for workload in CATALOG {
        for &threads in workload.threads {
            let job = Job { workload, threads };
            if job.is_chosen(args) {
                jobs.push(job);
            }
        }
    }
    if jobs.is_empty() {
        bail!("no workload is called that; these are: {}", names().join(", "));
    }
    Ok(jobs)
}

/// Runs everything, `args.rounds()` times.
pub fn run(args: &RunArgs, jobs: &[&Job], contenders: &[Contender]) -> Vec<Record> {
    let runs = args.rounds() as usize * jobs.len() * contenders.len();
    let bar = ProgressBar::new(runs as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len}, {eta} left: {msg}").expect("the template is well-formed"),
    );
    let mut records = Vec::with_capacity(runs);
    for round in 0..args.rounds() {
        for job in jobs {
            for contender in order(round as usize, contenders.len()).map(|turn| &contenders[turn]) {
                let what = format!("round {} {job} with {}", round + 1, contender.name);
                bar.set_message(what.clone());
                let record = job.run(args, round, contender);
                if let Some(failure) = &record.failure {
                    bar.suspend(|| eprintln!("{what}: {failure}"));
                }
                records.push(record);
                bar.inc(1);
            }
        }
    }
    bar.finish_and_clear();
    records
}

/// The turns of a round: each begins with another, and has another stride.
fn order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    let strides: Vec<_> = (1..=count).filter(|stride| gcd(*stride, count) == 1).collect();
    let stride = strides[round % strides.len()];
    (0..count).map(move |turn| (round + turn * stride) % count)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl std::fmt::Display for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}@{}", self.workload.name, self.threads)
    }
}

impl Job {
    /// The name of its row.
    pub fn row(&self) -> String {
        row_name(self.workload.name, self.threads)
    }

    fn is_chosen(&self, args: &RunArgs) -> bool {
        let Workload { name, group, threads, .. } = self.workload;
        let is_named = args.workloads.is_empty() && !group.is_set()
            || args.workloads.iter().any(|w| w == name || *w == group.name() || *w == self.to_string());
        let quick_threads = if threads.contains(&2) { 2 } else { threads[0] };
        let has_threads = match &*args.threads {
            [] => !args.quick || self.threads == quick_threads || args.workloads.contains(&self.to_string()),
            chosen => chosen.contains(&self.threads),
        };
        is_named && has_threads
    }

    fn run(&self, args: &RunArgs, round: u32, contender: &Contender) -> Record {
        let mut record = Record {
            round,
            workload: self.workload.name.to_owned(),
            threads: self.threads,
            allocator: contender.name.to_owned(),
            ..Record::default()
        };
        let is_idle_run = args.is_idle_run(round, self.workload.group);
        let measured = self.measure(args, is_idle_run, &contender.program, &mut record);
        record.failure = measured.err().map(|error| format!("{error:#}"));
        record
    }

    fn measure(&self, args: &RunArgs, idle: bool, program: &Path, out: &mut Record) -> Result<()> {
        let timeout = Duration::from_secs(args.timeout);
        let work =
            [self.workload.name.to_owned(), self.threads.to_string(), args.scale().to_string(), idle.to_string()];
        let ended = launch::run(program, &work, timeout)?;
        let numbers: Vec<u64> = ended.stdout.split_whitespace().flat_map(str::parse).collect();
        let [wall_ns, operations, peak_bytes, ref resident @ ..] = numbers[..] else {
            bail!("it printed {:?}", ended.stdout);
        };
        out.wall_s = Some(wall_ns as f64 / 1e9);
        out.cpu_s = Some(ended.cpu_s);
        out.operations = Some(operations);
        out.peak_bytes = Some(peak_bytes);
        out.faults = Some(ended.faults);
        out.idle_bytes = resident.first().copied();
        out.trimmed_bytes = resident.get(1).copied();

        if self.workload.group == Group::Startup {
            let starts: Vec<_> = (0..STARTS).map(|_| launch::run(program, &[], timeout)).collect::<Result<_>>()?;
            out.wall_s = median(starts.iter().map(|start| start.wall_s));
            out.cpu_s = median(starts.iter().map(|start| start.cpu_s));
        }
        Ok(())
    }
}

fn names() -> Vec<&'static str> {
    CATALOG.iter().map(|workload| workload.name).collect()
}

#[cfg(test)]
mod tests {
    use super::order;
    use std::collections::HashSet;

    #[test]
    fn everyone_has_a_turn_in_each_round() {
        for count in 1..10 {
            for round in 0..20 {
                assert_eq!(order(round, count).collect::<HashSet<_>>().len(), count);
            }
        }
    }

    #[test]
    fn nobody_follows_the_same_one_twice() {
        let mut pairs = HashSet::new();
        for round in 0..6 {
            let turns: Vec<_> = order(round, 7).collect();
            assert_eq!(turns[0], round);
            assert!(turns.windows(2).all(|pair| pairs.insert((pair[0], pair[1]))));
        }
    }
}
