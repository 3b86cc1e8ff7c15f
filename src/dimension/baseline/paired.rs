//! What has moved on the rows of the dataset, dimension by dimension.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Rows;
use super::{Held, Moved, groups};
use crate::dimension::Inputs;
use crate::metrics::paired::change::Change;
use crate::resource::TableId;
use crate::vocabulary::{Dimension, Problem};

/// The metrics of performance of any task.
pub(super) const PERFORMANCE: [&str; 7] =
    ["auc", "accuracy", "f1", "log_loss", "rmse", "mae", "r2"];

/// Metrics of the scores themselves.
const SCORES: [&str; 9] = [
    "brier",
    "log_loss",
    "ece",
    "mce",
    "ece_top_label",
    "mce_top_label",
    "rmse",
    "mae",
    "r2",
];

/// What both models say of the rows of the dataset.
pub(super) fn rows<'a>(
    held: &Held<'_>,
    inputs: &'a Inputs<'a>,
    was: &'a [f64],
) -> Result<Rows<'a>, Problem> {
    let outcome = inputs.outcome(&TableId::Dataset)?;
    let now = inputs.scores(TableId::Dataset)?;
    Rows::of(inputs, outcome, was, now, held.baseline.threshold)
}

/// All metrics of these dimensions of which it is known row by row how they move.
pub(super) fn moved(rows: &Rows<'_>, dimensions: &BTreeSet<Dimension>) -> Vec<Moved> {
    let parts: [(Dimension, &str, &[&str]); 3] = [
        (Dimension::Robustness, "baseline.", &PERFORMANCE),
        (Dimension::Resilience, "base.", &PERFORMANCE),
        (Dimension::Uncertainty, "", &SCORES),
    ];
    // Several dimensions tell the same metric, and to resample it takes a while.
    let mut known: BTreeMap<&str, Option<Change>> = BTreeMap::new();
    let mut moved = Vec::new();
    for (dimension, prefix, metrics) in parts {
        if !dimensions.contains(&dimension) {
            continue;
        }
        for metric in metrics {
            let change = known.entry(metric).or_insert_with(|| rows.change(metric));
            moved.extend(change.clone().map(|change| Moved {
                name: format!("{dimension}.{prefix}{metric}"),
                change,
            }));
        }
    }
    if dimensions.contains(&Dimension::Fairness) {
        groups::moved(rows, &mut moved);
    }
    moved
}
