//! Pictures of settings that meet: heat maps, and lines through upright axes.

use maud::{Markup, html as markup};

use super::figure::{BOTTOM, TOP, WIDTH, joined, tenths};
use crate::display::layout::fit;
use crate::display::{clean, metric};
use crate::event::{ParallelAxis, ParallelLine};

/// Of a heat map's cells.
const ROW: f64 = 26.0;
/// Where they begin and end.
const CELLS: (f64, f64) = (110.0, WIDTH - 14.0);
/// Letters of a place's name.
const NAME: usize = 14;
/// The palest cell.
const PALEST: f64 = 0.08;
/// Wider cells have their values in them.
const WITH_VALUE: f64 = 44.0;
/// Where the first and the last upright axis stand.
const AXES: (f64, f64) = (40.0, WIDTH - 70.0);
/// One of so many lines is among the best.
const BEST: usize = 4;

pub(super) fn heat_map(
    (x_label, y_label): (&str, &str),
    (across, down): (&[String], &[String]),
    rows: &[Vec<Option<f64>>],
    best: Option<(usize, usize)>,
) -> Markup {
    let finite = rows.iter().flatten().flatten().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    let ink = |value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        format!("{:.2}", PALEST + (0.9 - PALEST) * share)
    };
    let width = (CELLS.1 - CELLS.0) / across.len().max(1) as f64;
    let end = TOP + ROW * down.len() as f64;
    let left = |column: usize| tenths(CELLS.0 + width * column as f64);
    let known = |value: &Option<f64>| value.filter(|value| value.is_finite());
    markup! {
        svg viewBox=(format!("0 0 {WIDTH} {}", end + 44.0)) role="img" {
            text.tick x="4" y=(TOP - 10.0) { (clean(y_label)) }
            @for (line, (name, values)) in down.iter().zip(rows).enumerate() {
                @let top = TOP + ROW * line as f64;
                text.tick x=(CELLS.0 - 8.0) y=(top + ROW / 2.0 + 4.0) text-anchor="end" {
                    (fit(&clean(name), NAME, "..."))
                }
                @for (column, (place, value)) in across.iter().zip(values).enumerate() {
                    @if let Some(value) = known(value) {
                        rect.heat x=(left(column)) y=(top) width=(tenths(width - 2.0)) height=(ROW - 2.0)
                            fill-opacity=(ink(value)) {
                            title {
                                (clean(y_label)) " " (clean(name)) ", " (clean(x_label)) " " (clean(place))
                                ": " (metric(value))
                            }
                        }
                        @if width > WITH_VALUE {
                            text x=(left(column) + width / 2.0) y=(top + ROW / 2.0 + 3.0)
                                text-anchor="middle" {
                                (metric(value)) @if best == Some((line, column)) { " ★" }
                            }
                        }
                    }
                }
            }
            @for (column, name) in across.iter().enumerate() {
                text.tick x=(left(column) + width / 2.0) y=(end + 16.0) text-anchor="middle" {
                    (fit(&clean(name), NAME, "..."))
                }
            }
            text.tick x=(f64::midpoint(CELLS.0, CELLS.1)) y=(end + 36.0) text-anchor="middle" {
                (clean(x_label))
            }
        }
    }
}

pub(super) fn parallel(axes: &[ParallelAxis], lines: &[ParallelLine]) -> Markup {
    let last = axes.len().saturating_sub(1).max(1) as f64;
    let across = |axis: usize| tenths(AXES.0 + (AXES.1 - AXES.0) * axis as f64 / last);
    let up = |place: f64| tenths(BOTTOM - (BOTTOM - TOP - 14.0) * place.clamp(0.0, 1.0));
    let best = lines.len().div_ceil(BEST);
    let kind = |rank: usize| match rank {
        0 => "s1",
        rank if rank < best => "s0",
        _ => "others",
    };
    let points = |line: &ParallelLine| {
        let places = line.places.iter().enumerate();
        let known = places.filter_map(|(axis, place)| {
            let place = place.filter(|place| place.is_finite())?;
            Some((across(axis), up(place)))
        });
        joined(known)
    };
    markup! {
        @if let Some(best) = lines.first() {
            p.legend {
                span.s1 { "★ " (clean(&best.name)) } " "
                span.s0 { "best quarter" } " "
                span.others { "others" }
            }
        }
        svg viewBox=(format!("0 0 {WIDTH} {}", BOTTOM + 14.0)) role="img" {
            // The best are drawn last, and lie over the others.
            @for (rank, line) in lines.iter().enumerate().rev() {
                g.(kind(rank)) {
                    polyline.line points=(points(line)) { title { (clean(&line.name)) } }
                }
            }
            @for (at, axis) in axes.iter().enumerate() {
                line.axis x1=(across(at)) x2=(across(at)) y1=(up(0.0)) y2=(up(1.0)) {}
                text x=(across(at)) y=(TOP - 6.0) text-anchor="middle" { (clean(&axis.name)) }
                @for (place, name) in &axis.marks {
                    text.tick x=(across(at) + 5.0) y=(up(*place) + 4.0) { (clean(name)) }
                }
            }
        }
    }
}
