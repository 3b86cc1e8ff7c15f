//! A table of trials: one setting of the parameters a row, with its score. No model is needed.
//!
//! Which column is what is told by its name, as tuning libraries write them: Optuna's
//! `trials_dataframe` (`number`, `value` or one `values_*` an objective, `params_*`, `state`),
//! scikit-learn's `cv_results_` (`param_*`, `mean_test_score` or one `mean_test_*` a metric), or a
//! plain table of parameters and one or more metrics.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::path::Path;

use polars_core::prelude::{AnyValue, DataFrame, PolarsResult};
use polars_io::prelude::{CsvReadOptions, IpcReader, ParquetReader, SerReader};

use super::sweep::{Direction, ParameterValue, SCORES, Sweep, Variant, VariantSource};
use crate::settings::{FileProblem, FromNode, Node, ProblemKind, Problems, SettingsError, Value};

/// Columns that hold the score, the most telling first; a metric's name comes after them.
const SCORE_COLUMNS: &[&str] = &["score", "value", "values_0", "mean_test_score"];

/// How the columns of mean scores begin, one a metric, in scikit-learn's tables.
const MEAN: &str = "mean_test_";

/// How the columns of scores begin, one an objective, in Optuna's tables.
const OBJECTIVE: &str = "values_";

/// How the columns begin that look like scores and are none: single folds, spreads and ranks.
const NO_SCORES: &[&str] = &["split", "std_", "rank_", "params_", "param_", "user_attrs_"];

/// How the columns of parameters begin where others stand beside them.
const PARAMETER_PREFIXES: &[&str] = &["params_", "param_"];

/// Columns that name a trial, the most telling first.
const NAME_COLUMNS: &[&str] = &["name", "number", "trial", "trial_id", "id"];

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

/// A column by name; none where a trial has no value.
struct Column {
    name: String,
    values: Vec<Option<ParameterValue>>,
}

/// Is this file a table, by its name?
pub(super) fn is_table(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let extension = extension.to_ascii_lowercase();
    ["csv", "parquet", "arrow", "feather", "ipc"].contains(&extension.as_str())
}

/// The trials of a CSV, Parquet or Arrow file.
pub(super) fn from_table(
    path: &Path,
    bytes: Vec<u8>,
    metric: Option<&str>,
) -> Result<Sweep, SettingsError> {
    let shown = path.display().to_string();
    let frame = read(path, Cursor::new(bytes)).map_err(|error| {
        let reason = error.to_string();
        let first = reason.lines().next().unwrap_or_default().to_owned();
        SettingsError::file(&shown, FileProblem::Unreadable(first))
    })?;
    let columns = frame.columns().iter().map(|column| Column {
        name: column.name().to_string(),
        values: (0..frame.height())
            .map(|row| column.get(row).ok().and_then(|value| parameter(&value)))
            .collect(),
    });
    trials(&shown, &columns.collect::<Vec<_>>(), metric)
}

fn read(path: &Path, bytes: Cursor<Vec<u8>>) -> PolarsResult<DataFrame> {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    match extension.to_ascii_lowercase().as_str() {
        "csv" => CsvReadOptions::default()
            .with_has_header(true)
            .with_infer_schema_length(None)
            .into_reader_with_file_handle(bytes)
            .finish(),
        "parquet" => ParquetReader::new(bytes).finish(),
        _ => IpcReader::new(bytes).finish(),
    }
}

fn parameter(value: &AnyValue<'_>) -> Option<ParameterValue> {
    match value {
        AnyValue::Null => None,
        AnyValue::Boolean(flag) => Some(ParameterValue::Flag(*flag)),
        AnyValue::String(text) => Some(ParameterValue::Text((*text).to_owned())),
        AnyValue::StringOwned(text) => Some(ParameterValue::Text(text.to_string())),
        value if value.is_primitive_numeric() => {
            let number: f64 = value.extract()?;
            number.is_finite().then_some(ParameterValue::Number(number))
        }
        other => Some(ParameterValue::Text(other.to_string())),
    }
}

/// The trials of a JSON file that holds a list of them, or columns of values by row as pandas writes
/// them; none where it holds neither.
pub(super) fn from_json(
    shown: &str,
    tree: &Node,
    metric: Option<&str>,
) -> Option<Result<Sweep, SettingsError>> {
    let mut problems = Problems::default();
    let mut refit = None;
    let columns = match &tree.value {
        Value::List(records) if !records.is_empty() => by_record(records, &mut problems)?,
        Value::Table(fields) if !fields.is_empty() => {
            refit = fields.iter().find_map(chosen_by);
            let columns = fields.iter().filter(|field| chosen_by(field).is_none());
            by_column(columns, &mut problems)?
        }
        _ => return None,
    };
    let columns = problems.or(shown, columns);
    Some(columns.and_then(|columns| trials(shown, &columns, metric.or(refit))))
}

/// The metric by which a search has chosen, if this says so.
fn chosen_by((name, node): &(String, Node)) -> Option<&str> {
    match &node.value {
        Value::Text(text) if name == "refit" => Some(text),
        _ => None,
    }
}

/// A list of trials, each a table of values by column.
fn by_record(records: &[Node], problems: &mut Problems) -> Option<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, record) in records.iter().enumerate() {
        let Value::Table(fields) = &record.value else {
            return None;
        };
        for (name, node) in fields {
            let place = *places.entry(name).or_insert_with(|| {
                columns.push(Column {
                    name: name.clone(),
                    values: Vec::new(),
                });
                columns.len() - 1
            });
            let values = &mut columns[place].values;
            if values.len() > row {
                given_twice(name, &format!("trial {}", row + 1), problems);
                continue;
            }
            values.resize(row, None);
            values.push(json_parameter(node));
        }
    }
    for column in &mut columns {
        column.values.resize(records.len(), None);
    }
    Some(columns)
}

/// Columns, each a table of values by the key of the row, in any order.
fn by_column<'a>(
    fields: impl Iterator<Item = &'a (String, Node)>,
    problems: &mut Problems,
) -> Option<Vec<Column>> {
    let mut rows: HashMap<&str, usize> = HashMap::new();
    let mut columns: Vec<Column> = Vec::new();
    let mut names = HashSet::new();
    for (place, (name, node)) in fields.enumerate() {
        let Value::Table(cells) = &node.value else {
            return None;
        };
        if !names.insert(name) {
            given_twice(name, "the table", problems);
        }
        if place > 0 && cells.len() != columns[0].values.len() {
            return None;
        }
        let mut values = vec![None; cells.len()];
        let mut given = vec![false; cells.len()];
        for (at, (key, cell)) in cells.iter().enumerate() {
            if place == 0 {
                rows.entry(key).or_insert(at);
            }
            let Some(row) = rows.get(key.as_str()).copied() else {
                let words = format!("it has a row `{key}`, which the first column has not");
                problems.add(None, name, ProblemKind::Rule(words));
                continue;
            };
            if std::mem::replace(&mut given[row], true) {
                given_twice(key, &format!("column `{name}`"), problems);
            }
            values[row] = json_parameter(cell);
        }
        columns.push(Column {
            name: name.clone(),
            values,
        });
    }
    Some(columns)
}

fn given_twice(key: &str, place: &str, problems: &mut Problems) {
    let words = format!("it is given twice in {place}; keep one");
    problems.add(None, key, ProblemKind::Rule(words));
}

fn json_parameter(node: &Node) -> Option<ParameterValue> {
    match node.value {
        Value::Nothing => None,
        _ => ParameterValue::from_node(node),
    }
}

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

fn trials(shown: &str, columns: &[Column], metric: Option<&str>) -> Result<Sweep, SettingsError> {
    let mut notes = Vec::new();
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

/// Every column that looks like a score.
fn scores_by_name(columns: &[Column]) -> Vec<&Column> {
    let is_score = |column: &&Column| {
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
fn score_column<'c>(
    columns: &'c [Column],
    metric: Option<&str>,
    notes: &mut Vec<String>,
) -> Option<&'c Column> {
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
fn direction(columns: &[Column], score: &Column) -> Option<Direction> {
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
fn parameter_columns<'c>(columns: &'c [Column], score: Option<&Column>) -> Vec<&'c Column> {
    let has_prefix = |column: &&Column| {
        PARAMETER_PREFIXES
            .iter()
            .any(|p| column.name.starts_with(p))
    };
    let marked: Vec<&Column> = columns.iter().filter(has_prefix).collect();
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

fn bare_name(name: &str) -> &str {
    let mut prefixes = PARAMETER_PREFIXES.iter();
    prefixes
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
}

/// The rows of trials that came to their end with a score.
fn finished_rows(columns: &[Column], score: &Column, notes: &mut Vec<String>) -> Vec<usize> {
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

fn trial_name(naming: Option<&Column>, row: usize) -> String {
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
