//! How long single operations take with each allocator, the slowest above all.

use crate::contenders::Contender;
use crate::launch;
use crate::statistics::{median, quantile};
use crate::table::Table;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;
use workloads::{LATENCY, latency::CASES};

const TIMEOUT: Duration = Duration::from_secs(600);
const SLOWEST: usize = 10;

/// The shares of the samples below each figure.
const QUANTILES: [(&str, f64); 5] =
    [("median", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999), ("slowest", 1.0)];

/// Nanoseconds of each operation of a case, sorted.
#[derive(Default)]
struct Times {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

type Cases = HashMap<String, Times>;

/// Runs each contender; prints the report, and writes it to `latency.md`.
pub fn measure(contenders: &[Contender], folder: &Path) -> Result<()> {
    let mut measured = Vec::new();
    for contender in contenders {
        eprintln!("with {}", contender.name);
        measured.push((contender.name, cases(&contender.program).with_context(|| contender.name)?));
    }
    let text = text(&measured)?;
    print!("{text}");
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join("latency.md"), text)?)
}

fn cases(program: &Path) -> Result<Cases> {
    let mut cases = Cases::new();
    for workload in LATENCY {
        let args = [workload.name, "1", "1", "false"].map(str::to_owned);
        let ended = launch::run(program, &args, TIMEOUT).context(workload.name)?;
        add(&ended.stdout, &mut cases).context(workload.name)?;
    }
    for times in cases.values_mut() {
        times.wall.sort_by(f64::total_cmp);
        times.cpu.sort_by(f64::total_cmp);
    }
    Ok(cases)
}

/// Adds the samples of lines `CASE wall_ns [cpu_ns]`. The last line is what every workload prints.
fn add(stdout: &str, cases: &mut Cases) -> Result<()> {
    let (samples, _) = stdout.rsplit_once('\n').context("no samples")?;
    for line in samples.lines() {
        let mut words = line.split(' ');
        let times = cases.entry(words.next().context("no case")?.to_owned()).or_default();
        times.wall.push(words.next().context("no wall time")?.parse()?);
        times.cpu.extend(words.next().map(str::parse::<f64>).transpose()?);
    }
    Ok(())
}

fn text(measured: &[(&'static str, Cases)]) -> Result<String> {
    let mut text = String::from("# Latency\n\nMicroseconds of single operations. A dash: too few samples to tell.\n");
    for (case, what) in CASES {
        let mut table = Table::new([case].into_iter().chain(measured.iter().map(|(name, _)| *name)));
        for (clock, times) in [("processor time", cpu as fn(&Times) -> &[f64]), ("wall time", wall)] {
            let mut add = |figure: &str, of: &dyn Fn(&[f64]) -> Option<f64>| {
                let values: Vec<_> = measured.iter().map(|(_, cases)| of(times(cases.get(case)?))).collect();
                if values.iter().any(Option::is_some) {
                    table.add([format!("{clock}, {figure}")].into_iter().chain(values.into_iter().map(microseconds)));
                }
            };
            for (figure, share) in QUANTILES {
                add(figure, &|sorted| tail(sorted, share));
            }
            add("median of the slowest ten", &|sorted| median(sorted.iter().rev().take(SLOWEST).copied()));
        }
        write!(text, "\n## {what}\n\n{table}")?;
    }
    Ok(text)
}

fn cpu(times: &Times) -> &[f64] {
    &times.cpu
}

fn wall(times: &Times) -> &[f64] {
    &times.wall
}

/// The quantile, if at least one sample lies above it, or the slowest.
fn tail(sorted: &[f64], share: f64) -> Option<f64> {
    let is_told = share == 1.0 || (1.0 - share) * sorted.len() as f64 >= 1.0;
    if is_told { quantile(sorted, share) } else { None }
}

/// With three digits.
fn microseconds(nanoseconds: Option<f64>) -> String {
    match nanoseconds.map(|nanoseconds| nanoseconds / 1e3) {
        None => "-".to_owned(),
        Some(value) if value < 10.0 => format!("{value:.2}"),
        Some(value) if value < 100.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_needs_a_sample_above_it() {
        let sorted: Vec<f64> = (1..=1_000).map(f64::from).collect();
        assert_eq!(tail(&sorted, 0.5), Some(500.5));
        assert!((tail(&sorted, 0.99).unwrap() - 990.01).abs() < 1e-9);
        assert_eq!(tail(&sorted, 0.9999), None);
        assert_eq!(tail(&sorted, 1.0), Some(1_000.0));
        assert_eq!(tail(&[], 1.0), None);
    }

    #[test]
    fn processor_time_may_be_missing() {
        let mut cases = Cases::new();
        add("small 30 20\nsmall 10 5\nstarts 7\n1000 3 4096", &mut cases).unwrap();
        assert_eq!((&cases["small"].wall[..], &cases["small"].cpu[..]), (&[30.0, 10.0][..], &[20.0, 5.0][..]));
        assert_eq!((&cases["starts"].wall[..], &cases["starts"].cpu[..]), (&[7.0][..], &[][..]));
        assert!(add("1000 3 4096", &mut cases).is_err());
    }
}
