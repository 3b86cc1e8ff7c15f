//! All variants at once: a line for each, through its value of every parameter to its score.

use super::importance::Read;
use super::settings::{Parameter, Settings, number};
use crate::dimension::findings::Findings;
use crate::event::{Figure, ParallelAxis, ParallelLine};
use crate::experiment::{Direction, Sweep};

/// Parameters that have an axis: those that matter most.
const MOST_AXES: usize = 7;

/// Lines beyond these hide each other.
const MOST_LINES: usize = 100;

/// Marks of an axis; one of more values has its ends marked.
const MOST_MARKS: usize = 6;

pub(super) fn describe(
    settings: &Settings<'_>,
    read: &Read,
    sweep: &Sweep,
    findings: &mut Findings,
) {
    let parameters = chosen(settings, read);
    if parameters.len() < 2 {
        // One parameter has its curve.
        return;
    }
    let ends = settings
        .scores
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
            (low.min(*score), high.max(*score))
        });
    let lower_is_better = sweep.direction == Some(Direction::Minimize);
    let worth = |row: &usize| {
        let score = settings.scores[*row];
        if lower_is_better { score } else { -score }
    };
    let mut order: Vec<usize> = (0..settings.scores.len()).collect();
    order.sort_by(|a, b| worth(a).total_cmp(&worth(b)));
    let all = order.len();
    // From the best to the worst, the same way apart.
    let step = all.div_ceil(MOST_LINES).max(1);
    let lines: Vec<ParallelLine> = order
        .into_iter()
        .step_by(step)
        .map(|row| {
            let places = parameters.iter().map(|p| place(p, p.values[row]));
            let score = share(ends, settings.scores[row]);
            ParallelLine {
                name: settings.names[row].to_owned(),
                places: places.chain([Some(score)]).collect(),
            }
        })
        .collect();
    let score = ParallelAxis {
        name: sweep.score.clone(),
        marks: [(0.0, ends.0), (1.0, ends.1)]
            .map(|(place, value)| (place, number(value)))
            .to_vec(),
    };
    let axes = parameters.iter().map(|parameter| axis(parameter));
    findings.figures.push(Figure::Parallel {
        title: match lines.len() {
            shown if shown < all => format!("{shown} of {all} variants, from settings to score"),
            _ => "Variants, from settings to score".to_owned(),
        },
        axes: axes.chain([score]).collect(),
        lines,
    });
}

/// In the order of the file; where there are too many, those that matter most.
fn chosen<'s, 'a>(settings: &'s Settings<'a>, read: &Read) -> Vec<&'s Parameter<'a>> {
    let varying = |index: &usize| !settings.parameters[*index].axis.is_single();
    let mut order: Vec<usize> = (0..settings.parameters.len()).filter(varying).collect();
    if let Some(main) = &read.main {
        order.sort_by(|a, b| main[*b].total_cmp(&main[*a]));
    }
    order.truncate(MOST_AXES);
    order.sort_unstable();
    let parameters = order.into_iter().map(|index| &settings.parameters[index]);
    parameters.collect()
}

fn axis(parameter: &Parameter<'_>) -> ParallelAxis {
    let mut values = parameter.distinct();
    if values.len() > MOST_MARKS {
        values = vec![values[0], values[values.len() - 1]];
    }
    let mark = |value: &f64| Some((place(parameter, *value)?, parameter.words(*value)));
    ParallelAxis {
        name: parameter.name.to_owned(),
        marks: values.iter().filter_map(mark).collect(),
    }
}

/// Where a value lies between the ends of its parameter's scale.
fn place(parameter: &Parameter<'_>, value: f64) -> Option<f64> {
    let place = share(parameter.axis.ends(), parameter.axis.place(value));
    place.is_finite().then_some(place)
}

fn share((low, high): (f64, f64), value: f64) -> f64 {
    if high > low {
        (value - low) / (high - low)
    } else {
        0.5
    }
}
