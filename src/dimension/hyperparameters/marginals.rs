//! How the score runs along each parameter, whatever the others are.

use super::importance::Read;
use super::settings::{Parameter, Settings};
use crate::dimension::findings::{Findings, text};
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::axis::Axis;
use crate::metrics::moments::{mean, population_std};

/// Parameters that have a picture: those that matter most.
const MOST_CURVES: usize = 4;

/// Places of a range at which a forest is asked.
const PLACES: u32 = 12;

/// A parameter's value, and the score there.
struct Point {
    value: f64,
    mean: f64,
    std: Option<f64>,
}

pub(super) fn describe(settings: &Settings<'_>, read: &Read, findings: &mut Findings) {
    let Some(main) = &read.main else { return };
    let curves: Vec<Vec<Point>> = (0..settings.parameters.len())
        .map(|index| points(settings, read, index))
        .collect();
    let parameters = || settings.parameters.iter().zip(&curves);
    let rows = parameters().flat_map(|(parameter, points)| {
        points.iter().map(|point| {
            vec![
                text(parameter.name),
                text(parameter.words(point.value)),
                Cell::Number(point.mean),
                point.std.into(),
            ]
        })
    });
    let spread = if read.forest.is_some() {
        "std over the trees"
    } else {
        "std over all other settings"
    };
    findings.table(
        "marginals",
        format!("Mean score by parameter ({spread})"),
        &["parameter", "value", "mean", "std"],
        rows.collect(),
    );
    let mut order: Vec<usize> = (0..main.len()).collect();
    order.sort_by(|a, b| main[*b].total_cmp(&main[*a]));
    let drawn = order.into_iter().filter_map(|index| {
        let parameter = &settings.parameters[index];
        let series = series(parameter, &curves[index])?;
        Some(Figure::Curves {
            title: format!(
                "Mean score along {} (interval: one {spread})",
                parameter.name
            ),
            x_label: parameter.name.to_owned(),
            y_label: "score".to_owned(),
            series: vec![series],
            level: None,
            place: None,
        })
    });
    findings.figures.extend(drawn.take(MOST_CURVES));
}

/// Means over the variants of a full grid, where every value meets every other setting; a forest's
/// otherwise.
fn points(settings: &Settings<'_>, read: &Read, index: usize) -> Vec<Point> {
    let parameter = &settings.parameters[index];
    let Some(forest) = &read.forest else {
        let point = |value: f64| {
            let rows = parameter.values.iter().zip(&settings.scores);
            let scores = rows.filter(|(own, _)| **own == value);
            let scores: Vec<f64> = scores.map(|(_, score)| *score).collect();
            Some(Point {
                value,
                mean: mean(&scores)?,
                std: population_std(&scores),
            })
        };
        return parameter.distinct().into_iter().filter_map(point).collect();
    };
    let values = places(parameter);
    let points = values.iter().zip(forest.marginal(index, &values));
    points
        .map(|(value, point)| Point {
            value: *value,
            mean: point.mean,
            std: Some(point.std),
        })
        .collect()
}

/// The tried values where they are few, else even places between the lowest and the highest.
pub(super) fn places(parameter: &Parameter<'_>) -> Vec<f64> {
    let distinct = parameter.distinct();
    let Axis::Range { log, .. } = parameter.axis else {
        return distinct;
    };
    if distinct.len() <= PLACES as usize {
        return distinct;
    }
    let (low, high) = parameter.axis.ends();
    let at = |step: u32| {
        let place = low + (high - low) * f64::from(step) / f64::from(PLACES - 1);
        if log { place.exp() } else { place }
    };
    (0..PLACES).map(at).collect()
}

/// The curve of a parameter of numbers with more than one value.
fn series(parameter: &Parameter<'_>, points: &[Point]) -> Option<Series> {
    if parameter.axis.is_single() || !parameter.categories.is_empty() || points.is_empty() {
        return None;
    }
    Some(Series {
        name: "mean".to_owned(),
        points: points
            .iter()
            .map(|point| CurvePoint {
                x: point.value,
                y: point.mean,
                low: point.mean - point.std.unwrap_or(0.0),
                high: point.mean + point.std.unwrap_or(0.0),
            })
            .collect(),
    })
}
