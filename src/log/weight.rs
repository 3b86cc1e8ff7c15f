//! About how much memory events take: what is large is rare, and must not add up for all that.

use crate::event::{Cell, DemandForecast, DimensionOutcome, EventKind, Figure, Forecast};

/// What every event takes, with the little that it points to.
const EVENT: usize = 256;
/// A name in a list.
const NAME: usize = 16;
/// A planned load, a row of a table, a bar: something with a few words.
const ENTRY: usize = 128;
/// A number in a list.
const NUMBER: usize = 32;

/// About how many bytes an event takes.
pub(super) fn weight(kind: &EventKind) -> usize {
    EVENT
        + match kind {
            EventKind::PlanMade { first, later } => (first.len() + later.len()) * NAME,
            EventKind::PlansCompared { forecasts, .. } => forecasts.iter().map(forecast).sum(),
            EventKind::DemandForecast(forecast) => demand(forecast),
            EventKind::DimensionFinished { outcome, .. } => found(outcome),
            EventKind::SessionRefused { problems, .. } => problems.len() * ENTRY,
            EventKind::ResourceDeclared(_) => ENTRY,
            EventKind::ShardTold { said, .. } => weight(said),
            _ => 0,
        }
}

fn forecast(forecast: &Forecast) -> usize {
    let entries = forecast.schedule.len() + forecast.avoids.len() + 1;
    entries * ENTRY + forecast.critical_path.len() * NAME
}

fn demand(forecast: &DemandForecast) -> usize {
    let opinions = forecast.predictors.iter().map(|share| share.opinions.len());
    (opinions.sum::<usize>() + forecast.ahead.len()) * ENTRY
}

fn found(outcome: &DimensionOutcome) -> usize {
    let cells = outcome.tables.values().flat_map(|table| &table.rows);
    let cells = cells.flatten().map(|cell| match cell {
        Cell::Text(text) => NUMBER + text.len(),
        _ => NUMBER,
    });
    let figures = outcome.figures.iter().map(|figure| match figure {
        Figure::Curves { series, .. } => series.iter().map(|s| s.points.len() * NUMBER).sum(),
        Figure::Bars { bars, .. } => bars.len() * ENTRY,
        Figure::Reliability { bins, .. } => bins.len() * NUMBER,
        Figure::HeatMap { x, y, .. } => (x.len() + y.len() + x.len() * y.len()) * NUMBER,
        Figure::Parallel { axes, lines, .. } => {
            axes.len() * ENTRY + lines.len() * (ENTRY + axes.len() * NUMBER)
        }
    });
    let words = outcome.metrics.len() + outcome.gates.len() + outcome.notes.len();
    words * ENTRY + cells.sum::<usize>() + figures.sum::<usize>()
}
