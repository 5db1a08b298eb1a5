//! Resident memory over the life of one program with each allocator, looked at from outside.

use crate::contenders::{Contender, OURS};
use crate::plot::{Area, FONT, HEADER_HEIGHT, WIDTH, colour, draw_legend};
use anyhow::{Context, Result, bail};
use plotters::prelude::*;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use workloads::timeline::{BURST_BYTES, STEPS, Step, THREADS};

const EACH: Duration = Duration::from_millis(20);
const HEIGHT: u32 = 440;
const LEFT: u32 = 70;
const AXIS_HEIGHT: u32 = 48;
const MIB: f64 = (1 << 20) as f64;
const LIVE_COLOUR: RGBColor = RGBColor(255, 232, 170);

/// Seconds since the start, and MiB resident then.
type Line = Vec<(f64, f64)>;

/// Runs the program with each contender, and writes `timeline.csv` and `timeline.svg`.
pub fn draw(contenders: &[Contender], folder: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for contender in contenders {
        eprintln!("with {}", contender.name);
        lines.push((contender.name, watch(&contender.program).with_context(|| contender.name)?));
    }
    fs::create_dir_all(folder)?;
    let mut writer = csv::Writer::from_path(folder.join("timeline.csv"))?;
    writer.write_record(["allocator", "seconds", "resident_mib"])?;
    for (name, line) in &lines {
        line.iter().try_for_each(|point| writer.serialize((name, point)))?;
    }
    writer.flush()?;
    plot(&folder.join("timeline.svg"), &lines)
}

fn watch(program: &Path) -> Result<Line> {
    let start = Instant::now();
    let arguments = ["timeline", &THREADS.to_string(), "1", "false"];
    let mut child = Command::new(program).args(arguments).stdout(Stdio::null()).spawn()?;
    let statm = format!("/proc/{}/statm", child.id());
    let mut line = Line::new();
    let status = loop {
        let pages = fs::read_to_string(&statm).ok().and_then(|text| text.split(' ').nth(1)?.parse().ok());
        // A process that has ended and is not reaped has no pages.
        if let Some(pages) = pages.filter(|pages: &f64| *pages > 0.0) {
            line.push((start.elapsed().as_secs_f64(), pages * page_bytes() / MIB));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(EACH);
    };
    if !status.success() {
        bail!("{status}");
    }
    Ok(line)
}

fn page_bytes() -> f64 {
    // SAFETY: it only asks.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as f64 }
}

fn plot(file: &Path, lines: &[(&'static str, Line)]) -> Result<()> {
    let area = SVGBackend::new(file, (WIDTH, HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let (header, body) = area.split_vertically(HEADER_HEIGHT);
    let title = "Resident memory of one program with each allocator (less is better)";
    header.draw_text(title, &(FONT, 18).into_text_style(&area), (LEFT as i32, 8))?;
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    draw_legend(&header, &names, LEFT as i32 + 6)?;
    draw_lines(&body, lines)?;
    area.present()?;
    Ok(())
}

fn draw_lines(area: &Area, lines: &[(&'static str, Line)]) -> Result<()> {
    let end_s = STEPS[STEPS.len() - 1].0 as f64 / 1e3;
    let most_mib = lines.iter().flat_map(|(_, line)| line).map(|point| point.1).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_right(12)
        .x_label_area_size(AXIS_HEIGHT)
        .y_label_area_size(LEFT)
        .build_cartesian_2d(0.0..end_s, 0.0..most_mib * 1.15)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("seconds")
        .y_desc("MiB resident")
        .x_label_formatter(&|seconds| format!("{seconds:.0}"))
        .y_label_formatter(&|mib| format!("{mib:.0}"))
        .axis_desc_style((FONT, 14))
        .label_style((FONT, 13))
        .draw()?;

    // What is live, as a ground; and above, what the program does.
    for (now, next) in STEPS.iter().zip(&STEPS[1..]) {
        let live_mib = now.1.live_bytes() as f64 / MIB;
        let corners = [(now.0 as f64 / 1e3, 0.0), (next.0 as f64 / 1e3, live_mib)];
        chart.draw_series([Rectangle::new(corners, LIVE_COLOUR.filled())])?;
    }
    let live = Text::new("live memory", (1.4, most_mib * 0.07), (FONT, 13).into_text_style(area));
    chart.draw_series([live])?;
    for (at_ms, step) in STEPS {
        let style = (FONT, 12).into_text_style(area);
        chart.draw_series([Text::new(what(step), (at_ms as f64 / 1e3, most_mib * 1.12), style)])?;
    }
    // Ours comes last, to lie on top.
    let (ours, peers): (Vec<_>, Vec<_>) = lines.iter().partition(|(name, _)| *name == OURS);
    for (name, line) in peers.into_iter().chain(ours) {
        let width = if *name == OURS { 4 } else { 2 };
        let points = line.iter().copied().take_while(|(at_s, _)| *at_s < end_s);
        chart.draw_series(LineSeries::new(points, colour(name).stroke_width(width)))?;
    }
    Ok(())
}

fn what(step: Step) -> String {
    let mib = BURST_BYTES >> 20;
    match step {
        Step::Allocate => format!("{mib} MiB"),
        Step::Free => "all freed".to_owned(),
        Step::ThinOut => "95 % freed at random, then sleep".to_owned(),
        Step::End => String::new(),
    }
}
