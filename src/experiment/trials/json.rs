//! Trials in a JSON file: a list of them, or columns of values by the key of the row.

use std::collections::{HashMap, HashSet};

use super::{TrialColumn, trials};
use crate::experiment::sweep::{ParameterValue, Sweep};
use crate::settings::{FromNode, Node, ProblemKind, Problems, SettingsError, Value};

/// The trials of a JSON file that holds a list of them, or columns of values by row as pandas writes
/// them; none where it holds neither.
pub(in crate::experiment) fn from_json(
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
    Some(columns.and_then(|columns| trials(shown, &columns, metric.or(refit), Vec::new())))
}

/// The metric by which a search has chosen, if this says so.
fn chosen_by((name, node): &(String, Node)) -> Option<&str> {
    match &node.value {
        Value::Text(text) if name == "refit" => Some(text),
        _ => None,
    }
}

/// A list of trials, each a table of values by column.
fn by_record(records: &[Node], problems: &mut Problems) -> Option<Vec<TrialColumn>> {
    let mut columns: Vec<TrialColumn> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, record) in records.iter().enumerate() {
        let Value::Table(fields) = &record.value else {
            return None;
        };
        for (name, node) in fields {
            let place = *places.entry(name).or_insert_with(|| {
                columns.push(TrialColumn {
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
) -> Option<Vec<TrialColumn>> {
    let mut rows: HashMap<&str, usize> = HashMap::new();
    let mut columns: Vec<TrialColumn> = Vec::new();
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
        columns.push(TrialColumn {
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
