//! What a run with `--check` fails for: crashes, rows that are slow, memory that is kept, and page faults.

use crate::contenders::{OURS, is_peer};
use crate::schedule::Job;
use crate::summary::{Metric, Row, Summary};
use std::fmt;

/// How often what a check finds wrong is run again: noise only ever adds.
pub const EXTRA_RUNS: usize = 5;
/// What ours may keep of these workloads beside live memory, program included.
const KEPT_MIB: [(&str, f64); 4] =
    [("memory-burst", 10.0), ("memory-sparse", 45.0), ("memory-sleepers", 10.0), ("memory-idle-threads", 40.0)];
/// Page faults that an operation of ours may take. This row shows what is given back in vain; the peers take 0.16 at most.
const FAULTS_AN_OPERATION: [(&str, f64); 1] = [("replace-large", 0.15)];

/// What a check found wrong.
#[derive(Debug)]
pub struct Faults {
    pub crashes: Vec<String>,
    /// Rows, and what is to be said of them.
    costly: Vec<(String, String)>,
}

impl Faults {
    /// What is to be run again.
    pub fn costly_jobs<'j>(&self, jobs: &[&'j Job]) -> Vec<&'j Job> {
        jobs.iter().copied().filter(|job| self.costly.iter().any(|(row, _)| *row == job.row())).collect()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "the check failed:")?;
        let costly = self.costly.iter().map(|(_, message)| message);
        self.crashes.iter().chain(costly).try_for_each(|fault| write!(f, "\n{fault}"))
    }
}

impl std::error::Error for Faults {}

/// Fails if one of our runs failed, if ours is slower than `limit` times the fastest peer, or if it keeps more memory or
/// takes more page faults than it may; each by its best run. That a peer crashes is only reported.
pub fn check(summary: &Summary, limit: f64) -> Result<(), Faults> {
    let mut faults = Faults { crashes: Vec::new(), costly: Vec::new() };
    for row in &summary.rows {
        let ours = row.failures().filter(|(who, _)| !is_peer(who));
        faults.crashes.extend(ours.map(|(who, why)| format!("{} with {who}: {why}", row.name())));
        let costs = slow(row, limit).into_iter().chain(kept(row)).chain(faulting(row));
        faults.costly.extend(costs.map(|cost| (row.name(), format!("{}: {cost}", row.name()))));
    }
    if faults.crashes.is_empty() && faults.costly.is_empty() { Ok(()) } else { Err(faults) }
}

fn slow(row: &Row, limit: f64) -> Option<String> {
    let ratio = row.least(Metric::Wall, |name| name == OURS)? / row.least(Metric::Wall, is_peer)?;
    (ratio > limit).then(|| format!("{ratio:.2} of the fastest peer's wall time"))
}

fn kept(row: &Row) -> Option<String> {
    let (_, limit) = KEPT_MIB.into_iter().find(|(workload, _)| *workload == row.workload)?;
    let kept = row.least(Metric::Idle, |name| name == OURS)? - row.live_bytes as f64 / (1 << 20) as f64;
    (kept > limit).then(|| format!("{kept:.1} MiB kept beside live memory"))
}

fn faulting(row: &Row) -> Option<String> {
    let (_, limit) = FAULTS_AN_OPERATION.into_iter().find(|(workload, _)| *workload == row.workload)?;
    let faults = row.least(Metric::Faults, |name| name == OURS)? / row.operations()?;
    (faults > limit).then(|| format!("{faults:.2} page faults an operation"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    /// A run of the first row of [`KEPT_MIB`].
    fn run(allocator: &str, wall_s: f64, idle_mib: u64) -> Record {
        Record {
            workload: KEPT_MIB[0].0.to_owned(),
            threads: 1,
            allocator: allocator.to_owned(),
            wall_s: Some(wall_s),
            idle_bytes: Some(idle_mib << 20),
            ..Record::default()
        }
    }

    fn is_right(ours: [Record; 2]) -> bool {
        let peer = run("system", 1.0, 3);
        check(&Summary::new(ours.into_iter().chain([peer]).collect()), 1.5).is_ok()
    }

    #[test]
    fn the_best_run_decides() {
        assert!(is_right([run(OURS, 1.4, 100), run(OURS, 2.0, 4)]));
        assert!(!is_right([run(OURS, 1.6, 4), run(OURS, 2.0, 4)]), "slow");
        assert!(!is_right([run(OURS, 1.0, 100), run(OURS, 1.0, 50)]), "kept");
    }

    #[test]
    fn page_faults_are_counted_by_operation() {
        let of = |faults| {
            let workload = FAULTS_AN_OPERATION[0].0.to_owned();
            Record { workload, operations: Some(1_000), faults: Some(faults), ..run(OURS, 1.0, 4) }
        };
        assert!(check(&Summary::new(vec![of(900), of(140)]), 1.5).is_ok());
        assert!(check(&Summary::new(vec![of(900), of(160)]), 1.5).is_err());
    }

    #[test]
    fn a_crash_is_wrong() {
        let crash = Record { failure: Some("signal: 11".to_owned()), ..run(OURS, 1.0, 4) };
        assert!(!is_right([run(OURS, 1.0, 4), crash]));
    }
}
