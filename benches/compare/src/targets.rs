//! The targets of the project, each measured.

use crate::contenders::{
    OURS, OURS_CHECKED, OURS_PROFILE_OFF, OURS_PROFILED, PREDECESSOR, PREDECESSOR_CHECKED, SYSTEM, is_peer,
};
use crate::programs::Program;
use crate::summary::{Metric, Row, Summary};
use crate::table::{Table, ratio};
use workloads::Group;

const GIB_IN_MIB: f64 = 1024.0;
const BYTES_IN_KIB: f64 = 1024.0;
/// A peer whose vector of 1 GiB peaks above this share of it copies to grow.
const COPYING_PEAK: f64 = 1.2;

/// The table of targets; what was not run shows a dash.
pub fn table(summary: &Summary, programs: &[Program]) -> Table {
    let mut table = Table::new(["target", "limit", "measured", "against"]);
    let mut add = |what: &str, limit: f64, measured: Option<f64>, against: &str| {
        let verdict = match measured {
            Some(value) if value > limit => " (missed)",
            _ => "",
        };
        table.add([what, &format!("{limit:.2}"), &(ratio(measured) + verdict), against]);
    };

    let worst = worst(summary, Metric::Wall);
    let worst_name = worst.as_ref().map_or(String::new(), |(name, _)| name.clone());
    add("every workload, wall time", 1.05, worst.map(|(_, ratio)| ratio), &worst_name);

    for (what, limit, group) in
        [("allocator-bound, wall time", 0.80, Group::Allocator), ("applications, wall time", 0.97, Group::Application)]
    {
        let best = summary.best_single_peer(Metric::Wall, |_| true, |row| row.group == group);
        add(what, limit, best.map(|(_, ratio)| ratio), name_of(best));
    }

    let against_predecessor =
        |is_counted: fn(&Row) -> bool| summary.mean_against(Metric::Wall, OURS, PREDECESSOR, is_counted);
    add("all, wall time", 0.75, against_predecessor(|_| true), PREDECESSOR);
    let producers = against_predecessor(|row| row.workload == "producers");
    add("producers and consumers, wall time", 0.65, producers, PREDECESSOR);

    let leanest = summary.best_single_peer(Metric::Peak, |name| name != SYSTEM, |_| true);
    add("all, peak RSS", 1.00, leanest.map(|(_, ratio)| ratio), name_of(leanest));

    let median = |workload: &str, metric: Metric, allocator: &str| summary.row(workload)?.median(metric, allocator);
    for (what, workload) in
        [("1 GiB of small objects, MiB one second later", "burst-1g"), ("Vec of 1 GiB, MiB one second later", "vec-1g")]
    {
        add(what, 8.0, median(workload, Metric::Idle, OURS), "");
    }
    let peak = median("vec-1g", Metric::Peak, OURS).map(|peak| peak / GIB_IN_MIB);
    add("Vec of 1 GiB, peak RSS / live", 1.03, peak, "");
    let copying = summary.row("vec-1g").and_then(fastest_copying);
    let vec_time = summary
        .row("vec-1g")
        .and_then(|row| Some(row.median(Metric::Wall, OURS)? / row.median(Metric::Wall, copying?)?));
    add("Vec of 1 GiB, wall time", 0.5, vec_time, copying.unwrap_or("no peer copies"));

    for buffers in ["buffers-1.5m", "buffers-4m"] {
        let row = summary.row(buffers);
        let best = row.and_then(|row| row.best(Metric::Wall, is_peer));
        let measured = row.and_then(|row| row.ratio(Metric::Wall, OURS));
        add(&format!("{buffers}, wall time"), 1.00, measured, name_of(best));
    }

    for (what, limit, metric) in
        [("nothing, MiB above the system's", 0.6, Metric::Peak), ("nothing, ms above the system's", 0.1, Metric::Wall)]
    {
        let above = median("nothing", metric, OURS).and_then(|ours| Some(ours - median("nothing", metric, SYSTEM)?));
        add(what, limit, above, SYSTEM);
    }

    let of = |name: &str| programs.iter().find(|program| program.allocator == name);
    let added =
        of(OURS).and_then(|ours| Some((ours.stripped_bytes as f64 - of(SYSTEM)?.stripped_bytes as f64) / BYTES_IN_KIB));
    add("stripped program, KiB above the system's", 64.0, added, SYSTEM);
    add("clean build of snmalloc-sys, s", 6.0, of(OURS).and_then(|ours| ours.build_s), "");

    let flattest = summary
        .allocators()
        .into_iter()
        .filter(|name| is_peer(name))
        .filter_map(|name| Some((name, growth(summary, name)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let flatness = growth(summary, OURS).and_then(|ours| Some(ours / flattest?.1));
    add("cost growth, live set 1,000 to 1,000,000", 1.00, flatness, name_of(flattest));

    for (what, limit, metric) in
        [("with checks, wall time", 1.15, Metric::Wall), ("with checks, peak RSS", 1.25, Metric::Peak)]
    {
        add(what, limit, summary.mean_against(metric, OURS_CHECKED, OURS, |_| true), OURS);
    }
    for (what, name) in [("ready for profiles", OURS_PROFILE_OFF), ("profiled", OURS_PROFILED)] {
        let is_application = |row: &Row| row.group == Group::Application;
        add(
            &format!("{what}, applications, wall time"),
            1.02,
            summary.mean_against(Metric::Wall, name, OURS, is_application),
            OURS,
        );
    }
    let checked = worst_checked(summary);
    let checked_name = checked.as_ref().map_or(String::new(), |(name, _)| format!("{PREDECESSOR_CHECKED}, {name}"));
    add("with checks, each of several threads, wall time", 1.00, checked.map(|(_, ratio)| ratio), &checked_name);
    table
}

/// The row where ours is worst against its best peer.
pub fn worst(summary: &Summary, metric: Metric) -> Option<(String, f64)> {
    summary
        .rows
        .iter()
        .filter_map(|row| Some((row.name(), row.ratio(metric, OURS)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The row of several threads where ours with checks is worst against its
/// predecessor with checks.
fn worst_checked(summary: &Summary) -> Option<(String, f64)> {
    let ratio =
        |row: &Row| Some(row.median(Metric::Wall, OURS_CHECKED)? / row.median(Metric::Wall, PREDECESSOR_CHECKED)?);
    let rows = summary.rows.iter().filter(|row| row.threads > 1);
    rows.filter_map(|row| Some((row.name(), ratio(row)?))).max_by(|a, b| a.1.total_cmp(&b.1))
}

fn name_of(best: Option<(&'static str, f64)>) -> &'static str {
    best.map_or("", |(name, _)| name)
}

fn fastest_copying(row: &Row) -> Option<&'static str> {
    let copies = |name: &str| row.median(Metric::Peak, name).is_some_and(|peak| peak > COPYING_PEAK * GIB_IN_MIB);
    row.best(Metric::Wall, |name| is_peer(name) && copies(name)).map(|(name, _)| name)
}

/// How much dearer a replacement is among a million objects than among a thousand.
fn growth(summary: &Summary, allocator: &str) -> Option<f64> {
    let many = summary.row("replace-1m")?.operation_ns(allocator)?;
    Some(many / summary.row("replace-1k")?.operation_ns(allocator)?)
}
