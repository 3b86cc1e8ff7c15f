//! Which column of trials is what, by its name: as Optuna's `trials_dataframe` has it (`number`,
//! `value` or one `values_*` an objective, `params_*`, `state`), scikit-learn's `cv_results_`
//! (`param_*`, `mean_test_score` or one `mean_test_*` a metric), or a plain table of parameters and
//! one or more metrics.

use super::TrialColumn;
use crate::experiment::sweep::{Direction, ParameterValue, SCORES};

/// Columns that hold the score, the most telling first; a metric's name comes after them.
pub(super) const SCORE_COLUMNS: &[&str] = &["score", "value", "values_0", "mean_test_score"];

/// How the columns of mean scores begin, one a metric, in scikit-learn's tables.
const MEAN: &str = "mean_test_";

/// How the columns of scores begin, one an objective, in Optuna's tables.
const OBJECTIVE: &str = "values_";

/// How the columns begin that look like scores and are none: single folds, spreads and ranks.
const NO_SCORES: &[&str] = &["split", "std_", "rank_", "params_", "param_", "user_attrs_"];

/// How the columns of parameters begin where others stand beside them.
const PARAMETER_PREFIXES: &[&str] = &["params_", "param_"];

/// Columns that name a trial, the most telling first.
pub(super) const NAME_COLUMNS: &[&str] = &["name", "number", "trial", "trial_id", "id"];

/// Metrics that may stand beside the score, by the end of their names.
const OTHER_METRICS: &[&str] = &["brier", "precision", "recall", "mse", "loss", "seconds"];

/// How the columns begin that tuning libraries add.
const ADDED: &[&str] = &[
    "datetime_",
    "user_attrs_",
    "system_attrs_",
    "values_",
    "mean_",
    "std_",
    "rank_",
    "split",
    "state",
    "duration",
];

/// The last word of a column's name tells a metric: `calib_auc`, `mean_squared_error`.
fn is_metric(name: &str) -> bool {
    let ends = |metric: &&&str| {
        name == **metric
            || name
                .strip_suffix(**metric)
                .is_some_and(|n| n.ends_with('_'))
    };
    SCORES
        .iter()
        .chain(OTHER_METRICS)
        .any(|metric| ends(&metric))
}

/// Every column that looks like a score.
pub(super) fn scores_by_name(columns: &[TrialColumn]) -> Vec<&TrialColumn> {
    let is_score = |column: &&TrialColumn| {
        let name = column.name.as_str();
        let is_other = NO_SCORES.iter().any(|start| name.starts_with(start));
        let is_time = name.ends_with("_time");
        let is_named = name.starts_with(MEAN) || name.starts_with(OBJECTIVE) || is_metric(name);
        !is_other && !is_time && (SCORE_COLUMNS.contains(&name) || is_named)
    };
    columns.iter().filter(is_score).collect()
}

/// The column of the score that counts: that of `metric`, or else the one whose name says most. Where
/// there are several of one kind, a note tells which was taken.
pub(super) fn score_column<'c>(
    columns: &'c [TrialColumn],
    metric: Option<&str>,
    notes: &mut Vec<String>,
) -> Option<&'c TrialColumn> {
    let scores = scores_by_name(columns);
    let named = |name: &str| scores.iter().copied().find(|column| column.name == name);
    if let Some(metric) = metric {
        let starts = [MEAN, OBJECTIVE].into_iter();
        let mut starts = starts.map(|start| format!("{start}{metric}"));
        let ends = format!("_{metric}");
        return named(metric)
            .or_else(|| starts.find_map(|name| named(&name)))
            .or_else(|| scores.iter().copied().find(|c| c.name.ends_with(&ends)));
    }
    let begins = |start: &str| scores.iter().copied().find(|c| c.name.starts_with(start));
    let metric = |metric: &&str| {
        let ends = format!("_{metric}");
        scores
            .iter()
            .copied()
            .find(|column| column.name.ends_with(&ends))
    };
    let found = SCORE_COLUMNS
        .iter()
        .find_map(|name| named(name))
        .or_else(|| begins(MEAN))
        .or_else(|| begins(OBJECTIVE))
        .or_else(|| SCORES.iter().find_map(|name| named(name)))
        .or_else(|| SCORES.iter().find_map(metric))?;
    for (start, what) in [(MEAN, "metrics"), (OBJECTIVE, "objectives")] {
        let others = scores.iter().filter(|c| c.name.starts_with(start));
        let others = others.filter(|c| c.name != found.name);
        let others: Vec<String> = others.map(|c| format!("`{}`", c.name)).collect();
        if found.name.starts_with(start) && !others.is_empty() {
            notes.push(format!(
                "the trials have {} {what}: `{}` is taken for the score, and {} left aside; \
                 `metric` under [hyperparameters] takes another",
                others.len() + 1,
                found.name,
                others.join(", ")
            ));
        }
    }
    Some(found)
}

/// Which score is better. scikit-learn's means are turned so that higher is, and its ranks say so.
pub(super) fn direction(columns: &[TrialColumn], score: &TrialColumn) -> Option<Direction> {
    let Some(metric) = score.name.strip_prefix(MEAN) else {
        return Direction::of_score(&score.name);
    };
    let ranks = format!("rank_test_{metric}");
    let ranks = columns.iter().find(|column| column.name == ranks);
    let number = |value: &Option<ParameterValue>| match value {
        Some(ParameterValue::Number(number)) => Some(*number),
        _ => None,
    };
    let first = ranks.and_then(|ranks| ranks.values.iter().position(|r| number(r) == Some(1.0)));
    let best = first.and_then(|row| number(&score.values[row]));
    let scores = score.values.iter().filter_map(number);
    let is_lowest = |best: f64| {
        let (low, high) = scores.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| {
            (low.min(s), high.max(s))
        });
        best <= low && best < high
    };
    Some(if best.is_some_and(is_lowest) {
        Direction::Minimize
    } else {
        Direction::Maximize
    })
}

/// The columns with a parameter's prefix, or where there are none, all that are nothing else.
pub(super) fn parameter_columns<'c>(
    columns: &'c [TrialColumn],
    score: Option<&TrialColumn>,
) -> Vec<&'c TrialColumn> {
    let has_prefix = |column: &&TrialColumn| {
        PARAMETER_PREFIXES
            .iter()
            .any(|p| column.name.starts_with(p))
    };
    let marked: Vec<&TrialColumn> = columns.iter().filter(has_prefix).collect();
    if !marked.is_empty() {
        return marked;
    }
    let is_other = |name: &str| {
        NAME_COLUMNS.contains(&name)
            || is_metric(name)
            || ADDED.iter().any(|start| name.starts_with(start))
            || score.is_some_and(|score| score.name == name)
            // An index that a library wrote without a name.
            || name.is_empty()
            || name.starts_with("Unnamed:")
    };
    columns
        .iter()
        .filter(|column| !is_other(&column.name))
        .collect()
}

pub(super) fn bare_name(name: &str) -> &str {
    let mut prefixes = PARAMETER_PREFIXES.iter();
    prefixes
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}
