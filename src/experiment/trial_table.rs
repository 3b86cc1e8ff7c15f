//! A table of trials: one setting of the parameters a row, with its score. No model is needed.
//!
//! Which column is what is told by its name, as tuning libraries write them: Optuna's
//! `trials_dataframe` (`number`, `value`, `params_*`, `state`), scikit-learn's `cv_results_`
//! (`param_*`, `mean_test_score`), or a plain table of parameters and one or more metrics.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::path::Path;

use polars_core::prelude::{AnyValue, DataFrame, PolarsResult};
use polars_io::prelude::{CsvReadOptions, IpcReader, ParquetReader, SerReader};

use super::sweep::{Direction, ParameterValue, SCORES, Sweep, Variant, VariantSource};
use crate::settings::{FileProblem, FromNode, Node, ProblemKind, Problems, SettingsError, Value};

/// Columns that hold the score, the most telling first; a metric's name comes after them.
const SCORE_COLUMNS: &[&str] = &["score", "value", "values_0", "mean_test_score"];

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
pub(super) fn from_table(path: &Path, bytes: Vec<u8>) -> Result<Sweep, SettingsError> {
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
    trials(&shown, &columns.collect::<Vec<_>>())
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
pub(super) fn from_json(shown: &str, tree: &Node) -> Option<Result<Sweep, SettingsError>> {
    let mut problems = Problems::default();
    let columns = match &tree.value {
        Value::List(records) if !records.is_empty() => by_record(records, &mut problems)?,
        Value::Table(fields) if !fields.is_empty() => by_column(fields, &mut problems)?,
        _ => return None,
    };
    let columns = problems.or(shown, columns);
    Some(columns.and_then(|columns| trials(shown, &columns)))
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
fn by_column(fields: &[(String, Node)], problems: &mut Problems) -> Option<Vec<Column>> {
    let mut rows: HashMap<&str, usize> = HashMap::new();
    let mut columns: Vec<Column> = Vec::new();
    let mut names = HashSet::new();
    for (place, (name, node)) in fields.iter().enumerate() {
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

fn trials(shown: &str, columns: &[Column]) -> Result<Sweep, SettingsError> {
    let mut notes = Vec::new();
    let mut problems = Problems::default();
    let score = score_column(columns);
    let parameters = parameter_columns(columns, score);
    let rule = |words: &str| ProblemKind::Rule(words.to_owned());
    if score.is_none() {
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
    let direction = Direction::of_score(&score.name);
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

fn score_column(columns: &[Column]) -> Option<&Column> {
    let named = |name: &&str| columns.iter().find(|column| column.name == **name);
    let metric = |metric: &&str| {
        let ends = format!("_{metric}");
        columns.iter().find(|column| column.name.ends_with(&ends))
    };
    let exact = SCORE_COLUMNS.iter().chain(SCORES).find_map(named);
    exact.or_else(|| SCORES.iter().find_map(metric))
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
