//! One SVG per metric: a line for each workload, a dot for each allocator at its
//! ratio to the best peer. Ratios beyond the edges are drawn at them.

use crate::contenders::{CONTENDERS, OURS, is_peer};
use crate::summary::{Metric, Row, Summary};
use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;
use std::ops::Range;
use std::path::Path;

pub const WIDTH: u32 = 900;
const LINE_HEIGHT: u32 = 16;
pub const HEADER_HEIGHT: u32 = 60;
const AXIS_HEIGHT: u32 = 40;
const NAMES_WIDTH: i32 = 150;
const LEGEND_STEP: i32 = 105;
const RATIOS: Range<f64> = 0.2..12.0;
pub const FONT: &str = "sans-serif";
/// A colour for each contender.
const COLOURS: [RGBColor; CONTENDERS.len()] = [
    RGBColor(214, 39, 40),
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
    RGBColor(152, 223, 138),
    RGBColor(255, 127, 14),
    RGBColor(148, 103, 189),
    RGBColor(127, 127, 127),
    RGBColor(240, 150, 150),
    RGBColor(150, 190, 220),
    RGBColor(190, 90, 60),
    RGBColor(90, 20, 20),
];

pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws `metric` of all rows.
pub fn write(file: &Path, summary: &Summary, metric: Metric) -> Result<()> {
    let has_ratios = |row: &&Row| row.best(metric, is_peer).is_some();
    let rows: Vec<&Row> = summary.rows.iter().filter(has_ratios).collect();
    let height = HEADER_HEIGHT + LINE_HEIGHT * rows.len() as u32 + AXIS_HEIGHT;
    let area = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let (header, body) = area.split_vertically(HEADER_HEIGHT);
    let title = format!("{}, ratio to the best peer (less is better)", metric.title());
    header.draw_text(&title, &(FONT, 18).into_text_style(&area), (NAMES_WIDTH, 8))?;
    let allocators = summary.allocators();
    draw_legend(&header, &allocators, NAMES_WIDTH + 6)?;
    draw_rows(&body, &rows, metric, &allocators)?;
    area.present()?;
    Ok(())
}

/// A dot and a name for each allocator, from `left` on.
pub fn draw_legend(header: &Area, allocators: &[&str], left: i32) -> Result<()> {
    for (place, allocator) in allocators.iter().enumerate() {
        let (x, y) = (left + LEGEND_STEP * place as i32, 44);
        header.draw(&dot((x, y), allocator))?;
        header.draw_text(allocator, &(FONT, 13).into_text_style(header), (x + 9, y - 7))?;
    }
    Ok(())
}

/// The colour of an allocator in all pictures.
pub fn colour(allocator: &str) -> RGBColor {
    COLOURS[CONTENDERS.iter().position(|name| *name == allocator).expect("a contender")]
}

fn draw_rows(area: &Area, rows: &[&Row], metric: Metric, allocators: &[&str]) -> Result<()> {
    let bottom = rows.len() as f64 - 0.5;
    let mut chart = ChartBuilder::on(area)
        .margin_right(12)
        .x_label_area_size(AXIS_HEIGHT)
        .y_label_area_size(NAMES_WIDTH)
        .build_cartesian_2d(RATIOS.log_scale().base(2.0), bottom..-0.5)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_max_light_lines(0)
        .x_label_formatter(&|ratio| ratio.to_string())
        .y_labels(0)
        .draw()?;
    chart.draw_series([PathElement::new([(1.0, -0.5), (1.0, bottom)], BLACK)])?;
    for (line, row) in rows.iter().enumerate() {
        let line = line as f64;
        let style = (FONT, 13).into_text_style(area);
        let name = Text::new(row.name(), (10 - NAMES_WIDTH, -7), style);
        chart.draw_series([EmptyElement::at((RATIOS.start, line)) + name])?;
        // Ours comes last, to lie on top.
        let dots = allocators.iter().rev().filter_map(|allocator| {
            let ratio = row.ratio(metric, allocator)?.clamp(RATIOS.start, RATIOS.end);
            Some(dot((ratio, line), allocator))
        });
        chart.draw_series(dots)?;
    }
    Ok(())
}

fn dot<At>(at: At, allocator: &str) -> Circle<At, i32> {
    let size = if allocator == OURS { 6 } else { 4 };
    Circle::new(at, size, colour(allocator).filled())
}
