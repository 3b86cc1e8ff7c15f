//! Variants of a model from whatever file holds them. A table of trials is read as every other table
//! is, and all of its columns that can be anything to a trial.

use super::reading::Reading;
use super::source::Source;
use super::table::{Column, ColumnType, MISSING, NumberKind, list};
use super::table_file::{TableSchema, Wanted, read_first_rows, read_schema};
use crate::experiment::{ParameterValue, Sweep, TrialColumn, is_trial_table};
use crate::settings::SettingsError;
use crate::vocabulary::{Problem, TableOptions};

/// More are no trials: what each takes in memory is many times what it takes in a file.
const MOST_TRIALS: usize = 500_000;
/// Values of all trials together.
const MOST_VALUES: usize = 10_000_000;

/// Reads a file of variants, or trials in a table (`.csv`, `.parquet`, `.arrow`, `.feather`) or in
/// `.json`; of trials with several scores, `metric` is the one that counts.
pub fn read_sweep(source: &Source, metric: Option<&str>) -> Result<Sweep, Problem> {
    let told = |errors: SettingsError| Problem::new(errors.in_one_line());
    let path = &source.path;
    if is_trial_table(path) {
        let (columns, notes) = read_trials(source).map_err(|problem| problem.in_file(path))?;
        return Sweep::from_trials(path, &columns, metric, notes).map_err(told);
    }
    match source.read_whole() {
        Ok(bytes) => Sweep::from_bytes(path, bytes, metric),
        // What cannot be read is told with its own words.
        Err(_) => Sweep::from_file(path),
    }
    .map_err(told)
}

fn read_trials(source: &Source) -> Result<(Vec<TrialColumn>, Vec<String>), Problem> {
    let options = TableOptions::default();
    let schema = read_schema(source, &options)?;
    let most = MOST_TRIALS.min(MOST_VALUES / schema.columns.len().max(1));
    let too_many = || {
        Problem::new(format!(
            "the table has more than {most} rows, and a trial is one"
        ))
        .remedy("keep the trials that are to be looked at")
    };
    if schema.rows.is_some_and(|rows| rows > most) {
        return Err(too_many());
    }
    let (wanted, notes) = wanted(&schema)?;
    let table = read_first_rows(source, &wanted, most + 1, &options)?;
    if table.rows > most {
        return Err(too_many());
    }
    let columns = wanted.into_iter().map(|(name, _)| {
        let values = values(table.spelt(&name)?);
        Ok(TrialColumn { name, values })
    });
    Ok((columns.collect::<Result<_, Problem>>()?, notes))
}

/// The columns that are read; those of types that are nothing to a trial are left aside, and that is
/// said.
fn wanted(schema: &TableSchema) -> Result<(Vec<Wanted>, Vec<String>), Problem> {
    let is_other = |column_type: &ColumnType| *column_type == ColumnType::Other;
    let mut aside = Vec::new();
    for (name, _) in schema.columns.iter().filter(|(_, of)| is_other(of)) {
        let type_name = schema.type_name(name);
        // How tuning libraries mark parameters.
        if name.starts_with("param_") || name.starts_with("params_") {
            let words = format!(
                "the parameter `{name}` is of type {type_name}, which is neither a number nor a \
                 text"
            );
            return Err(Problem::new(words)
                .in_column(name)
                .remedy("convert it, or remove the column"));
        }
        aside.push(name);
    }
    let notes = match aside.as_slice() {
        [] => Vec::new(),
        aside => vec![format!(
            "{}: neither numbers nor texts, and left aside",
            list(aside)
        )],
    };
    let columns = schema.columns.iter().filter(|(_, of)| !is_other(of));
    let wanted = columns.map(|(name, _)| (name.clone(), Reading::NAMES));
    Ok((wanted.collect(), notes))
}

fn values(column: &Column) -> Vec<Option<ParameterValue>> {
    match column {
        Column::Numbers { values, kind } => {
            let values = values.iter().map(|value| match kind {
                _ if !value.is_finite() => None,
                NumberKind::Boolean => Some(ParameterValue::Flag(*value != 0.0)),
                NumberKind::Float | NumberKind::Integer => Some(ParameterValue::Number(*value)),
            });
            values.collect()
        }
        Column::Texts { categories, codes } => {
            let distinct = distinct(categories);
            let value = |code: &u32| match *code {
                MISSING => None,
                code => distinct.get(code as usize).cloned().flatten(),
            };
            codes.iter().map(value).collect()
        }
    }
}

/// Distinct texts as what all of them are: truth values, numbers, or else texts.
fn distinct(texts: &[String]) -> Vec<Option<ParameterValue>> {
    let truths = texts.iter().map(|text| match text.as_str() {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    });
    if let Some(truths) = truths.collect::<Option<Vec<bool>>>() {
        return truths
            .into_iter()
            .map(|truth| Some(ParameterValue::Flag(truth)))
            .collect();
    }
    let numbers = texts.iter().map(|text| text.trim().parse::<f64>().ok());
    if let Some(numbers) = numbers.collect::<Option<Vec<f64>>>() {
        let number = |number: f64| number.is_finite().then_some(ParameterValue::Number(number));
        return numbers.into_iter().map(number).collect();
    }
    let texts = texts.iter().map(|text| ParameterValue::Text(text.clone()));
    texts.map(Some).collect()
}
