//! The mean score where two parameters meet, for the pairs that explain most beyond each of the two.

use super::importance::Read;
use super::marginals::places;
use super::settings::{Parameter, Settings};
use crate::dimension::findings::Findings;
use crate::event::Figure;
use crate::experiment::{Direction, Sweep};
use crate::metrics::importance::Interaction;
use crate::metrics::moments::mean;

/// Pairs that have a picture.
const MOST_MAPS: usize = 2;

/// Values of a parameter in such a picture.
const MOST_VALUES: usize = 12;

pub(super) fn describe(
    settings: &Settings<'_>,
    read: &Read,
    sweep: &Sweep,
    findings: &mut Findings,
) {
    let telling = read.pairs.iter().filter(|pair| pair.fraction > 0.0);
    let maps = telling.filter_map(|pair| map(settings, read, sweep, pair));
    findings.figures.extend(maps.take(MOST_MAPS));
}

fn map(settings: &Settings<'_>, read: &Read, sweep: &Sweep, pair: &Interaction) -> Option<Figure> {
    let values = |index: usize| (index, shown(&settings.parameters[index], read));
    let (one, other) = (values(pair.first), values(pair.second));
    // A screen has more room down than across.
    let (down, across) = if one.1.len() > other.1.len() {
        (one, other)
    } else {
        (other, one)
    };
    if down.1.len() < 2 || across.1.len() < 2 {
        return None;
    }
    let rows = scores(settings, read, &down, &across);
    let words = |(index, values): &(usize, Vec<f64>)| {
        let parameter = &settings.parameters[*index];
        values.iter().map(|value| parameter.words(*value)).collect()
    };
    let name = |index: usize| settings.parameters[index].name.to_owned();
    Some(Figure::HeatMap {
        title: format!(
            "Mean {} where {} and {} meet ({:.1}% of the variance beyond each)",
            sweep.score,
            name(down.0),
            name(across.0),
            100.0 * pair.fraction
        ),
        x_label: name(across.0),
        y_label: name(down.0),
        value_label: format!("mean {}", sweep.score),
        x: words(&across),
        y: words(&down),
        best: best(&rows, sweep),
        rows,
    })
}

/// The values of a parameter that are shown: those that were tried, or even places where a forest
/// can be asked anywhere.
fn shown(parameter: &Parameter<'_>, read: &Read) -> Vec<f64> {
    let values = if read.forest.is_some() {
        places(parameter)
    } else {
        parameter.distinct()
    };
    let step = values.len().div_ceil(MOST_VALUES).max(1);
    values.into_iter().step_by(step).collect()
}

/// The mean score for each value down and each across.
fn scores(
    settings: &Settings<'_>,
    read: &Read,
    (a, down): &(usize, Vec<f64>),
    (b, across): &(usize, Vec<f64>),
) -> Vec<Vec<Option<f64>>> {
    if let Some(forest) = &read.forest {
        let rows = forest.joint_marginal((*a, down), (*b, across)).into_iter();
        return rows
            .map(|row| row.into_iter().map(Some).collect())
            .collect();
    }
    let (firsts, seconds) = (
        &settings.parameters[*a].values,
        &settings.parameters[*b].values,
    );
    let cell = |first: f64, second: f64| {
        let settings = firsts.iter().zip(seconds).zip(&settings.scores);
        let met = settings.filter(|((own, other), _)| **own == first && **other == second);
        let met: Vec<f64> = met.map(|(_, score)| *score).collect();
        mean(&met)
    };
    let row = |first: &f64| across.iter().map(|second| cell(*first, *second)).collect();
    down.iter().map(row).collect()
}

/// The row and the column of the best mean score.
fn best(rows: &[Vec<Option<f64>>], sweep: &Sweep) -> Option<(usize, usize)> {
    let lower_is_better = sweep.direction == Some(Direction::Minimize);
    let worth = |value: f64| if lower_is_better { -value } else { value };
    let cells = rows.iter().enumerate().flat_map(|(at, row)| {
        let cells = row.iter().enumerate();
        cells.filter_map(move |(column, value)| Some(((at, column), (*value)?)))
    });
    let best = cells.max_by(|(_, a), (_, b)| worth(*a).total_cmp(&worth(*b)));
    best.map(|(place, _)| place)
}
