//! One SVG per metric: a line for each workload, a dot for each allocator at its
//! ratio to the best peer.

use crate::contenders::OURS;
use crate::summary::{Metric, Summary};
use anyhow::Result;
use plotters::prelude::*;
use std::path::Path;

const WIDTH: u32 = 900;
const LINE_HEIGHT: u32 = 17;
const MARGINS_HEIGHT: u32 = 110;
const RATIOS: std::ops::Range<f64> = 0.2..12.0;
const PALETTE: [RGBColor; 7] = [
    RGBColor(214, 39, 40),
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
    RGBColor(152, 223, 138),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(127, 127, 127),
];

/// Draws `metric` of all rows; ratios beyond the edge are drawn at it.
pub fn write(file: &Path, summary: &Summary, metric: Metric) -> Result<()> {
    let names: Vec<String> = summary.rows.iter().map(|row| row.name()).collect();
    let lines = names.len() as u32;
    let area = SVGBackend::new(file, (WIDTH, LINE_HEIGHT * lines + MARGINS_HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(format!("{}, ratio to the best peer", metric.title()), ("sans-serif", 18))
        .margin(8)
        .x_label_area_size(30)
        .y_label_area_size(150)
        .build_cartesian_2d(RATIOS.log_scale(), -0.5..f64::from(lines) - 0.5)?;
    chart.configure_mesh().disable_y_mesh().x_label_formatter(&|ratio| format!("{ratio:.1}")).y_labels(0).draw()?;
    let from_top = |line: usize| f64::from(lines - 1) - line as f64;
    chart.draw_series(names.iter().enumerate().map(|(line, name)| {
        let style = ("sans-serif", 12).into_text_style(&area);
        EmptyElement::at((RATIOS.start, from_top(line))) + Text::new(name.clone(), (-145, -6), style)
    }))?;
    let even = [(1.0, -0.5), (1.0, f64::from(lines) - 0.5)];
    chart.draw_series(LineSeries::new(even, BLACK))?;

    // Ours comes last, to lie on top.
    for (number, allocator) in summary.allocators().into_iter().enumerate().rev() {
        let (size, colour) = (if allocator == OURS { 6 } else { 4 }, PALETTE[number % PALETTE.len()]);
        let dots = summary.rows.iter().enumerate().filter_map(|(line, row)| {
            let ratio = row.ratio(metric, allocator)?.clamp(RATIOS.start, RATIOS.end);
            Some(Circle::new((ratio, from_top(line)), size, colour.filled()))
        });
        chart.draw_series(dots)?.label(allocator).legend(move |(x, y)| Circle::new((x + 8, y), size, colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .draw()?;
    area.present()?;
    Ok(())
}
