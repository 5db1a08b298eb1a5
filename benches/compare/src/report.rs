//! What the reader sees: targets, means, and a table per metric.

use crate::contenders::is_peer;
use crate::programs::Program;
use crate::summary::{Metric, Row, Summary};
use crate::table::{Table, ratio};
use crate::{plot, targets};
use anyhow::Result;
use std::fmt::Write;
use std::path::Path;
use workloads::Group;

const MIB: f64 = 1024.0 * 1024.0;

/// Writes `report.md`, `summary.csv` and the plots beside the runs, and prints
/// the report.
pub fn write(folder: &Path, summary: &Summary, programs: &[Program], machine: &str) -> Result<()> {
    let text = text(summary, programs, machine)?;
    print!("{text}");
    std::fs::write(folder.join("report.md"), text)?;
    write_csv(&folder.join("summary.csv"), summary)?;
    for metric in Metric::ALL.into_iter().filter(|metric| summary.has(*metric)) {
        let file = folder.join(format!("{metric:?}.svg").to_lowercase());
        plot::write(&file, summary, metric)?;
    }
    Ok(())
}

fn text(summary: &Summary, programs: &[Program], machine: &str) -> Result<String> {
    let mut text = format!("# Comparison\n\n{machine}");
    if summary.rows.iter().any(|row| !row.group.is_set()) {
        write!(text, "\n## Targets\n\n{}", targets::table(summary, programs))?;
    }
    if summary.rows.iter().any(|row| row.group == Group::Memory) {
        write!(text, "\n## Resident memory by live memory\n\n")?;
        write!(text, "MiB when idle, and after the allocator's own trim where it has one:\n\n{}", resident(summary))?;
    }
    for metric in Metric::ALL.into_iter().filter(|metric| summary.has(*metric)) {
        write!(text, "\n## {}\n\n", metric.title())?;
        if metric == Metric::Faults {
            write!(text, "Medians; ratios would say little, as a huge page is one fault:\n\n{}", faults(summary))?;
            continue;
        }
        write!(text, "Geometric means of the ratio to each row's best peer:\n\n")?;
        writeln!(text, "{}", means(summary, metric))?;
        write!(text, "Median of the best peer; each median as a ratio to it, ")?;
        write!(text, "± half the distance of the quartiles in percent:\n\n")?;
        write!(text, "{}", rows(summary, metric))?;
    }
    let failures = failures(summary);
    if !failures.is_empty() {
        write!(text, "\n## Failures\n\n{failures}")?;
    }
    Ok(text)
}

fn means(summary: &Summary, metric: Metric) -> Table {
    let allocators = summary.allocators();
    let mut table = Table::new(["workloads"].iter().chain(&allocators).copied());
    let mut add = |name: &str, is_counted: &dyn Fn(&Row) -> bool| {
        if summary.rows.iter().any(is_counted) {
            let mean = |allocator| ratio(summary.mean_against_best(metric, allocator, is_counted));
            table.add([name.to_owned()].into_iter().chain(allocators.iter().copied().map(mean)));
        }
    };
    let is_measured = |row: &Row| row.best(metric, is_peer).is_some();
    add("all", &is_measured);
    for group in Group::ALL {
        add(&group.name(), &|row| row.group == group && is_measured(row));
    }
    table
}

fn resident(summary: &Summary) -> Table {
    let allocators = summary.allocators();
    let mut table = Table::new(["workload", "live"].iter().chain(&allocators).copied());
    for row in summary.rows.iter().filter(|row| row.group == Group::Memory) {
        let cell = |allocator: &&str| {
            let mebibytes = |metric| row.median(metric, allocator).map(|median| format!("{median:.1}"));
            [Metric::Idle, Metric::Trimmed].into_iter().filter_map(mebibytes).collect::<Vec<_>>().join(" / ")
        };
        let live = format!("{:.1}", row.live_bytes as f64 / MIB);
        table.add([row.name(), live].into_iter().chain(allocators.iter().map(cell)));
    }
    table
}

fn faults(summary: &Summary) -> Table {
    let allocators = summary.allocators();
    let mut table = Table::new(["workload"].iter().chain(&allocators).copied());
    for row in &summary.rows {
        let median = |allocator: &&str| row.median(Metric::Faults, allocator);
        let cell = |allocator| median(allocator).map_or("-".to_owned(), |median| format!("{median:.0}"));
        table.add([row.name()].into_iter().chain(allocators.iter().map(cell)));
    }
    table
}

fn rows(summary: &Summary, metric: Metric) -> Table {
    let allocators = summary.allocators();
    let header = ["workload", "best peer", metric.unit()];
    let mut table = Table::new(header.iter().chain(&allocators).copied());
    for row in &summary.rows {
        let Some((best, median)) = row.best(metric, is_peer) else { continue };
        let first = [row.name(), best.to_owned(), format!("{median:.2}")];
        let cells = allocators.iter().map(|allocator| cell(row, metric, allocator));
        table.add(first.into_iter().chain(cells));
    }
    table
}

fn cell(row: &Row, metric: Metric, allocator: &str) -> String {
    let (Some(spread), Some(ratio)) = (row.spread(metric, allocator), row.ratio(metric, allocator)) else {
        let failed = row.failures().any(|(failed, _)| failed == allocator);
        return if failed { "failed" } else { "-" }.to_owned();
    };
    let half = (spread.third_quartile - spread.first_quartile) / 2.0 / spread.median;
    format!("{ratio:.2} ±{:.0}", 100.0 * half)
}

fn failures(summary: &Summary) -> String {
    let mut lines = String::new();
    for row in &summary.rows {
        for (allocator, reason) in row.failures() {
            lines += &format!("- {} with {allocator}: {reason}\n", row.name());
        }
    }
    lines
}

fn write_csv(file: &Path, summary: &Summary) -> Result<()> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record([
        "workload",
        "threads",
        "group",
        "metric",
        "unit",
        "allocator",
        "median",
        "first_quartile",
        "third_quartile",
        "min",
        "max",
        "ratio_to_best_peer",
    ])?;
    for row in &summary.rows {
        for metric in Metric::ALL {
            for allocator in summary.allocators() {
                let Some(spread) = row.spread(metric, allocator) else { continue };
                writer.serialize((
                    (&row.workload, row.threads, format!("{:?}", row.group)),
                    (metric.title(), metric.unit(), allocator),
                    (spread.median, spread.first_quartile, spread.third_quartile),
                    (spread.min, spread.max, row.ratio(metric, allocator)),
                ))?;
            }
        }
    }
    writer.flush()?;
    Ok(())
}
