//! Trials: one setting of the parameters a row, with its score. No model is needed.
//!
//! Which column is what is told by its name ([`roles`]), as tuning libraries write them. The columns come
//! from a JSON file ([`json`]), or from a table, which is for those to read who read tables.

mod json;
mod roles;

pub(super) use json::from_json;

use std::path::Path;

use self::roles::{NAME_COLUMNS, SCORE_COLUMNS};
use self::roles::{bare_name, direction, parameter_columns, score_column, scores_by_name};
use super::sweep::{ParameterValue, SCORES, Sweep, Variant, VariantSource};
use crate::settings::{ProblemKind, Problems, SettingsError};

/// A column of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialColumn {
    /// Its name.
    pub name: String,
    /// One a row; none where a trial has no value.
    pub values: Vec<Option<ParameterValue>>,
}

/// Is this file a table of trials, by its name?
pub fn is_trial_table(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let extension = extension.to_ascii_lowercase();
    ["csv", "tsv", "parquet", "arrow", "arrows", "feather", "ipc"].contains(&extension.as_str())
}

pub(super) fn trials(
    shown: &str,
    columns: &[TrialColumn],
    metric: Option<&str>,
    mut notes: Vec<String>,
) -> Result<Sweep, SettingsError> {
    let mut problems = Problems::default();
    let score = score_column(columns, metric, &mut notes);
    let parameters = parameter_columns(columns, score);
    let rule = |words: &str| ProblemKind::Rule(words.to_owned());
    if let (None, Some(metric)) = (score, metric) {
        let words = match scores_by_name(columns).as_slice() {
            [] => format!("no column holds the metric `{metric}`, nor any other score"),
            known => {
                let known: Vec<String> = known.iter().map(|c| format!("`{}`", c.name)).collect();
                let known = known.join(", ");
                format!("no column holds the metric `{metric}`; the scores here are {known}")
            }
        };
        problems.add(None, "metric", rule(&words));
    } else if score.is_none() {
        let known = SCORE_COLUMNS.join("`, `");
        let words = format!(
            "no column holds the trials' score: call it `{known}`, or by its metric, one of {}",
            SCORES.join(", ")
        );
        problems.add(None, "score", rule(&words));
    } else if parameters.is_empty() {
        let words = "no column holds a parameter: beside the score there must be at least one, \
                     called `params_...` where other columns stand beside them";
        problems.add(None, "parameters", rule(words));
    }
    let Some(score) = score.filter(|_| problems.is_empty()) else {
        let nothing = Sweep {
            score: String::new(),
            direction: None,
            notes,
            variants: Vec::new(),
        };
        return problems.or(shown, nothing);
    };
    let kept = finished_rows(columns, score, &mut notes);
    for column in &parameters {
        let missing = kept.iter().filter(|row| column.values[**row].is_none());
        let missing = missing.count();
        if missing > 0 {
            notes.push(format!(
                "`{}` is not set in {missing} of {} trials: that counts as a value of its own, \
                 `none`",
                bare_name(&column.name),
                kept.len()
            ));
        }
    }
    let naming = NAME_COLUMNS
        .iter()
        .find_map(|name| columns.iter().find(|column| column.name == *name));
    let mut variants: Vec<Variant> = Vec::with_capacity(kept.len());
    for row in kept {
        let Some(ParameterValue::Number(value)) = score.values[row] else {
            continue;
        };
        let setting = parameters.iter().map(|column| {
            let value = column.values[row].clone();
            let none = || ParameterValue::Text("none".to_owned());
            (
                bare_name(&column.name).to_owned(),
                value.unwrap_or_else(none),
            )
        });
        variants.push(Variant {
            name: trial_name(naming, row),
            source: VariantSource::Score(value),
            parameters: setting.collect(),
        });
    }
    if let Some(name) = repeated_name(&variants) {
        let words = format!("two trials are called `{name}`; give each a name of its own");
        problems.add(None, "name", rule(&words));
    }
    let direction = direction(columns, score);
    if direction.is_none() {
        notes.push(format!(
            "the table does not say whether a higher or a lower `{}` is better: higher is taken for \
             better; if it is not, call the column by its metric, such as `log_loss` or `rmse`",
            score.name
        ));
    }
    let sweep = Sweep {
        score: score.name.clone(),
        direction,
        notes,
        variants,
    };
    problems.or(shown, sweep)
}

/// The rows of trials that came to their end with a score.
fn finished_rows(
    columns: &[TrialColumn],
    score: &TrialColumn,
    notes: &mut Vec<String>,
) -> Vec<usize> {
    let state = columns.iter().find(|column| column.name == "state");
    let is_complete = |row: usize| {
        state.is_none_or(|state| match &state.values[row] {
            Some(ParameterValue::Text(word)) => word
                .rsplit('.')
                .next()
                .is_some_and(|w| w.eq_ignore_ascii_case("complete")),
            _ => true,
        })
    };
    let rows = 0..score.values.len();
    let (ended, stopped): (Vec<usize>, Vec<usize>) = rows.partition(|row| is_complete(*row));
    let is_scored = |row: &usize| matches!(score.values[*row], Some(ParameterValue::Number(n)) if n.is_finite());
    let (kept, unscored): (Vec<usize>, Vec<usize>) = ended.into_iter().partition(is_scored);
    for (left_out, why) in [
        (stopped, "did not come to their end"),
        (unscored, "have no score"),
    ] {
        if !left_out.is_empty() {
            notes.push(format!("{} trials {why} and are left out", left_out.len()));
        }
    }
    kept
}

fn trial_name(naming: Option<&TrialColumn>, row: usize) -> String {
    match naming.and_then(|column| column.values[row].as_ref()) {
        Some(ParameterValue::Text(name)) => name.clone(),
        Some(ParameterValue::Number(number)) => format!("trial {number}"),
        _ => format!("row {}", row + 1),
    }
}

fn repeated_name(variants: &[Variant]) -> Option<&str> {
    let mut names: Vec<&str> = variants.iter().map(|v| v.name.as_str()).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map(|pair| pair[0])
}
