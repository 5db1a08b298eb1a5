//! The records of all rounds, brought together by workload, metric and allocator.

use crate::contenders::{CONTENDERS, OURS, is_peer};
use crate::record::Record;
use crate::statistics::{Spread, geometric_mean, spread};
use workloads::Group;

/// What is measured of a run. Less is better for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Wall,
    Cpu,
    Faults,
    Peak,
    Idle,
    Trimmed,
}

impl Metric {
    pub const ALL: [Metric; 6] =
        [Metric::Wall, Metric::Cpu, Metric::Faults, Metric::Peak, Metric::Idle, Metric::Trimmed];

    pub fn title(self) -> &'static str {
        match self {
            Metric::Wall => "Wall time",
            Metric::Cpu => "CPU time",
            Metric::Faults => "Page faults",
            Metric::Peak => "Peak RSS",
            Metric::Idle => "RSS when idle",
            Metric::Trimmed => "RSS after a trim",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Metric::Wall | Metric::Cpu => "ms",
            Metric::Faults => "faults",
            Metric::Peak | Metric::Idle | Metric::Trimmed => "MiB",
        }
    }

    fn of(self, record: &Record) -> Option<f64> {
        let mebibytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / (1 << 20) as f64);
        match self {
            Metric::Wall => record.wall_s.map(|s| s * 1e3),
            Metric::Cpu => record.cpu_s.map(|s| s * 1e3),
            Metric::Faults => record.faults.map(|faults| faults as f64),
            Metric::Peak => mebibytes(record.peak_bytes),
            Metric::Idle => mebibytes(record.idle_bytes),
            Metric::Trimmed => mebibytes(record.trimmed_bytes),
        }
    }
}

/// What one workload at one number of threads is called.
pub fn row_name(workload: &str, threads: usize) -> String {
    match workloads::find(workload) {
        Some(found) if found.threads.len() == 1 => workload.to_owned(),
        _ => format!("{workload}@{threads}"),
    }
}

/// One workload at one number of threads.
pub struct Row {
    pub workload: String,
    pub threads: usize,
    pub group: Group,
    /// What the work leaves alive.
    pub live_bytes: usize,
    records: Vec<Record>,
}

impl Row {
    /// `larson@4`, or the plain name where there is one thread by nature.
    pub fn name(&self) -> String {
        row_name(&self.workload, self.threads)
    }

    /// The measurements of one allocator, unless one of its runs failed.
    pub fn spread(&self, metric: Metric, allocator: &str) -> Option<Spread> {
        let failed = self.failures().any(|(failed, _)| failed == allocator);
        let own = self.records.iter().filter(|record| record.allocator == allocator);
        spread(own.filter_map(|record| metric.of(record))).filter(|_| !failed)
    }

    /// The median of one allocator.
    pub fn median(&self, metric: Metric, allocator: &str) -> Option<f64> {
        self.spread(metric, allocator).map(|spread| spread.median)
    }

    /// The best of the allocators that `is_rival` admits, with its median.
    pub fn best(&self, metric: Metric, is_rival: impl Fn(&str) -> bool) -> Option<(&'static str, f64)> {
        CONTENDERS
            .into_iter()
            .filter(|name| is_rival(name))
            .filter_map(|name| Some((name, self.median(metric, name)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The least that was ever measured of the allocators that `is_meant` admits.
    pub fn least(&self, metric: Metric, is_meant: impl Fn(&str) -> bool) -> Option<f64> {
        let meant = CONTENDERS.into_iter().filter(|name| is_meant(name));
        meant.filter_map(|name| Some(self.spread(metric, name)?.min)).min_by(f64::total_cmp)
    }

    /// An allocator's median over the best peer's; a peer's own best is 1.
    pub fn ratio(&self, metric: Metric, allocator: &str) -> Option<f64> {
        let (_, best) = self.best(metric, is_peer)?;
        Some(self.median(metric, allocator)? / best)
    }

    /// Nanoseconds per operation.
    pub fn operation_ns(&self, allocator: &str) -> Option<f64> {
        Some(self.median(Metric::Wall, allocator)? * 1e6 / self.operations()?)
    }

    /// Operations of a run.
    pub fn operations(&self) -> Option<f64> {
        self.records.iter().find_map(|record| record.operations).map(|operations| operations as f64)
    }

    /// The allocators that failed, with the reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let failed = |record: &'_ Record| record.failure.is_some();
        self.records
            .iter()
            .filter(move |record| failed(record))
            .map(|record| (&*record.allocator, record.failure.as_deref().unwrap_or_default()))
    }
}

/// All rows of a comparison.
pub struct Summary {
    pub rows: Vec<Row>,
}

impl Summary {
    pub fn new(records: Vec<Record>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for record in records {
            let is_same = |row: &&mut Row| row.workload == record.workload && row.threads == record.threads;
            if let Some(row) = rows.iter_mut().find(is_same) {
                row.records.push(record);
                continue;
            }
            // A workload that the catalogue no longer has is not reported.
            let Some(workload) = workloads::find(&record.workload) else { continue };
            rows.push(Row {
                workload: record.workload.clone(),
                threads: record.threads,
                group: workload.group,
                live_bytes: workload.live_bytes,
                records: vec![record],
            });
        }
        Summary { rows }
    }

    /// The allocators that were run, in the usual order.
    pub fn allocators(&self) -> Vec<&'static str> {
        let ran = |name: &&str| self.rows.iter().flat_map(|row| &row.records).any(|record| record.allocator == *name);
        CONTENDERS.into_iter().filter(ran).collect()
    }

    /// Whether any row has a best peer by it.
    pub fn has(&self, metric: Metric) -> bool {
        self.rows.iter().any(|row| row.best(metric, is_peer).is_some())
    }

    /// The row of one workload that is run with one number of threads only.
    pub fn row(&self, workload: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workload == workload)
    }

    /// Geometric mean of `allocator` over `rival`, on the rows that both finished.
    pub fn mean_against(
        &self,
        metric: Metric,
        allocator: &str,
        rival: &str,
        is_counted: impl Fn(&Row) -> bool,
    ) -> Option<f64> {
        let rows = self.rows.iter().filter(|row| is_counted(row));
        geometric_mean(rows.filter_map(|row| Some(row.median(metric, allocator)? / row.median(metric, rival)?)))
    }

    /// Geometric mean of `allocator` over the best peer of each row.
    pub fn mean_against_best(&self, metric: Metric, allocator: &str, is_counted: impl Fn(&Row) -> bool) -> Option<f64> {
        let rows = self.rows.iter().filter(|row| is_counted(row));
        geometric_mean(rows.filter_map(|row| row.ratio(metric, allocator)))
    }

    /// The one peer that is best over the rows, and ours against it.
    pub fn best_single_peer(
        &self,
        metric: Metric,
        is_rival: impl Fn(&str) -> bool,
        is_counted: impl Fn(&Row) -> bool + Copy,
    ) -> Option<(&'static str, f64)> {
        self.allocators()
            .into_iter()
            .filter(|name| is_peer(name) && is_rival(name))
            .filter_map(|name| Some((name, self.mean_against(metric, OURS, name, is_counted)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }
}
