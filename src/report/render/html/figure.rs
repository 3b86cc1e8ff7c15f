//! Pictures of results as SVG, in the colours of the page.

use std::fmt::Write;

use maud::{Markup, html as markup};

use super::scale::Scale;
use super::{bars, meeting};
use crate::display::{clean, metric};
use crate::event::{CurvePoint, Figure, ReferenceLine, ReliabilityBin, Series, bars_start};

/// Units of a picture, which is as wide as the page lets it be.
pub(super) const WIDTH: f64 = 660.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = WIDTH - 14.0;
pub(super) const TOP: f64 = 24.0;
pub(super) const BOTTOM: f64 = HEIGHT - 44.0;
/// More points are a line.
const MOST_DOTS: usize = 40;
/// Colours of curves.
const COLOURS: usize = 6;

pub(super) fn draw(figure: &Figure) -> Markup {
    let picture = match figure {
        Figure::Curves {
            x_label,
            y_label,
            series,
            level,
            place,
            ..
        } => curves((x_label, y_label), series, level.as_ref(), place.as_ref()),
        Figure::Bars {
            bars,
            reference,
            from,
            ..
        } => bars::draw(bars, reference.as_ref(), bars_start(bars, *from)),
        Figure::Reliability { bins, .. } => reliability(bins),
        Figure::HeatMap {
            x_label,
            y_label,
            x,
            y,
            rows,
            best,
            ..
        } => meeting::heat_map((x_label, y_label), (x, y), rows, *best),
        Figure::Parallel { axes, lines, .. } => meeting::parallel(axes, lines),
    };
    markup! {
        figure {
            figcaption { (clean(&figure.title_with_axis())) }
            (picture)
        }
    }
}

fn curves(
    labels: (&str, &str),
    series: &[Series],
    level: Option<&ReferenceLine>,
    place: Option<&ReferenceLine>,
) -> Markup {
    let points = || series.iter().flat_map(|one| &one.points);
    let across = points()
        .map(|point| point.x)
        .chain(place.map(|line| line.value));
    let up = points().flat_map(|point| [point.y, point.low, point.high]);
    let up = up.chain(level.map(|line| line.value));
    let x = Scale::of(across, false, LEFT, RIGHT);
    let y = Scale::of(up, true, BOTTOM, TOP);
    markup! {
        @if series.len() > 1 {
            p.legend {
                @for (at, one) in series.iter().enumerate() {
                    span.(colour(at)) { (clean(&one.name)) } " "
                }
            }
        }
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
            (axes(&x, &y, labels))
            @if let Some(line) = level {
                @let at = y.at(line.value);
                line.mark x1=(LEFT) x2=(RIGHT) y1=(at) y2=(at) {}
                text.tick x=(RIGHT) y=(at - 4.0) text-anchor="end" { (clean(&line.label)) }
            }
            @if let Some(line) = place {
                @let at = x.at(line.value);
                line.mark x1=(at) x2=(at) y1=(TOP) y2=(BOTTOM) {}
                text.tick x=(at) y=(TOP - 6.0) text-anchor="middle" { (clean(&line.label)) }
            }
            @for (at, one) in series.iter().enumerate() {
                @let points = known(&one.points);
                g.(colour(at)) {
                    @if has_band(&points) { path.band d=(band(&x, &y, &points)) {} }
                    polyline.line points=(joined(points.iter().map(|p| (x.at(p.x), y.at(p.y))))) {}
                    @if points.len() <= MOST_DOTS {
                        @for point in &points {
                            circle.dot cx=(x.at(point.x)) cy=(y.at(point.y)) r="2.5" {
                                title { (told(one, point)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Points that have a place.
fn known(points: &[CurvePoint]) -> Vec<CurvePoint> {
    let all = |point: &CurvePoint| [point.x, point.y, point.low, point.high];
    let points = points.iter().copied();
    points
        .filter(|point| all(point).iter().all(|value| value.is_finite()))
        .collect()
}

/// A point in words.
fn told(series: &Series, point: &CurvePoint) -> String {
    let mut words = format!(
        "{} at {}: {}",
        clean(&series.name),
        metric(point.x),
        metric(point.y)
    );
    if point.low < point.high {
        let _ = write!(words, " ({} to {})", metric(point.low), metric(point.high));
    }
    words
}

/// Lines at the ticks, and what they stand for.
fn axes(x: &Scale, y: &Scale, (x_label, y_label): (&str, &str)) -> Markup {
    markup! {
        @for (at, name) in y.ticks() {
            line.grid x1=(LEFT) x2=(RIGHT) y1=(at) y2=(at) {}
            text.tick x=(LEFT - 8.0) y=(at + 4.0) text-anchor="end" { (name) }
        }
        line.axis x1=(LEFT) x2=(RIGHT) y1=(BOTTOM) y2=(BOTTOM) {}
        @for (at, name) in x.ticks() {
            line.axis x1=(at) x2=(at) y1=(BOTTOM) y2=(BOTTOM + 4.0) {}
            text.tick x=(at) y=(BOTTOM + 17.0) text-anchor="middle" { (name) }
        }
        text.tick x=(f64::midpoint(LEFT, RIGHT)) y=(HEIGHT - 8.0) text-anchor="middle" { (clean(x_label)) }
        text.tick x="4" y=(TOP - 15.0) { (clean(y_label)) }
    }
}

fn has_band(points: &[CurvePoint]) -> bool {
    points.iter().any(|point| point.low < point.high)
}

fn band(x: &Scale, y: &Scale, points: &[CurvePoint]) -> String {
    let above = points.iter().map(|point| (x.at(point.x), y.at(point.high)));
    let below = points
        .iter()
        .rev()
        .map(|point| (x.at(point.x), y.at(point.low)));
    format!("M{}Z", joined(above.chain(below)))
}

pub(super) fn joined(points: impl Iterator<Item = (f64, f64)>) -> String {
    let points: Vec<String> = points.map(|(x, y)| format!("{x},{y}")).collect();
    points.join(" ")
}

fn reliability(bins: &[ReliabilityBin]) -> Markup {
    let known = |bin: &&ReliabilityBin| bin.mean_score.is_finite() && bin.observed_rate.is_finite();
    let bins: Vec<&ReliabilityBin> = bins.iter().filter(known).collect();
    let unit = || [0.0, 1.0].into_iter();
    let (left, right) = (LEFT, LEFT + 300.0);
    let bottom = BOTTOM + 60.0;
    let x = Scale::of(unit(), true, left, right);
    let y = Scale::of(unit(), true, bottom, TOP);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1).max(1);
    let at = |bin: &ReliabilityBin| (x.at(bin.mean_score), y.at(bin.observed_rate));
    markup! {
        svg viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + 60.0)) role="img" {
            @for (at, name) in y.ticks() {
                line.grid x1=(left) x2=(right) y1=(at) y2=(at) {}
                text.tick x=(left - 8.0) y=(at + 4.0) text-anchor="end" { (name) }
            }
            @for (at, name) in x.ticks() {
                text.tick x=(at) y=(bottom + 17.0) text-anchor="middle" { (name) }
            }
            text.tick x=(f64::midpoint(left, right)) y=(bottom + 36.0) text-anchor="middle" {
                "mean score (grey: how many rows)"
            }
            text.tick x="4" y=(TOP - 15.0) { "observed rate" }
            @for bin in &bins {
                @let height = tenths(60.0 * bin.count as f64 / most as f64).max(1.0);
                rect.count x=(x.at(bin.mean_score) - 5.0) y=(bottom - height) width="10" height=(height) {}
            }
            line.mark x1=(left) y1=(bottom) x2=(right) y2=(TOP) {}
            g.(colour(0)) {
                polyline.line points=(joined(bins.iter().copied().map(at))) {}
                @for bin in &bins {
                    @let (across, up) = at(bin);
                    circle.dot cx=(across) cy=(up) r="3.5" {
                        title {
                            "score " (metric(bin.mean_score)) ", observed " (metric(bin.observed_rate))
                            ", " (bin.count) " rows"
                        }
                    }
                }
            }
            line.axis x1=(left) x2=(right) y1=(bottom) y2=(bottom) {}
        }
    }
}

pub(super) fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

pub(super) const fn colour(place: usize) -> &'static str {
    ["s0", "s1", "s2", "s3", "s4", "s5"][place % COLOURS]
}
