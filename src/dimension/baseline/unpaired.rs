//! Two runs whose rows cannot be set side by side, as two samples.

use super::super::Inputs;
use super::{Held, Moved};
use crate::metrics::paired::change::Change;
use crate::resource::TableId;
use crate::vocabulary::Problem;

/// What both have a value of and of which it is known how it varies: shares of rows by their counts; of
/// the other metrics of performance the errors are taken to be as large in both runs, row for row.
pub(super) fn moved(held: &Held<'_>, inputs: Option<&Inputs<'_>>) -> Result<Vec<Moved>, Problem> {
    let mut moved = Vec::new();
    let errors = inputs.map(errors).transpose()?.unwrap_or_default();
    for (name, was, now) in held.in_both() {
        let change = if let Some([before, after]) = rates(held, &name) {
            Some(Change::of_different_rows(
                (was, share_error(was, before)),
                (now, share_error(now, after)),
            ))
        } else {
            let metric = name
                .strip_prefix("robustness.baseline.")
                .or_else(|| name.strip_prefix("resilience.base."));
            let error = errors.iter().find(|(own, _)| Some(*own) == metric);
            error.and_then(|(_, error)| {
                let rows = rows_of(held)?;
                let before = error * (rows[1] / rows[0]).sqrt();
                Some(Change::of_different_rows((was, before), (now, *error)))
            })
        };
        moved.extend(change.map(|change| Moved { name, change }));
    }
    Ok(moved)
}

/// Standard errors of this run's metrics of performance.
fn errors(inputs: &Inputs<'_>) -> Result<Vec<(&'static str, f64)>, Problem> {
    let outcome = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let names = outcome.performance(&scores).into_iter();
    let errors = names.zip(outcome.standard_errors(&scores));
    let known = errors.filter_map(|((name, _), error)| Some((name, error?)));
    Ok(known.filter(|(name, _)| *name != "accuracy").collect())
}

fn share_error(share: f64, rows: f64) -> f64 {
    (share * (1.0 - share) / rows).sqrt()
}

/// The rows of both runs.
fn rows_of(held: &Held<'_>) -> Option<[f64; 2]> {
    let before = held.baseline.scored.as_ref().and_then(|scored| scored.rows);
    let both = [before?, held.rows?].map(|rows| rows as f64);
    both.iter().all(|rows| *rows > 0.0).then_some(both)
}

/// Of how many rows a metric is the share, in both runs; none where it is no share of rows.
fn rates(held: &Held<'_>, name: &str) -> Option<[f64; 2]> {
    if matches!(
        name,
        "robustness.baseline.accuracy" | "resilience.base.accuracy"
    ) {
        return rows_of(held);
    }
    let (group, metric) = name.strip_prefix("fairness.").and(name.rsplit_once('.'))?;
    let parts: &[&str] = match metric {
        "accuracy" | "selection_rate" => &["n"],
        "tpr" => &["tp", "fn"],
        "fpr" => &["fp", "tn"],
        "ppv" => &["tp", "fp"],
        _ => return None,
    };
    let sum = |of: &dyn Fn(&str) -> Option<f64>| -> Option<f64> {
        let counts = parts.iter().map(|part| of(&format!("{group}.{part}")));
        counts.sum::<Option<f64>>().filter(|rows| *rows > 0.0)
    };
    Some([sum(&|name| held.was(name))?, sum(&|name| held.now(name))?])
}
