//! A table in memory: only the columns that the experiment uses, numbers as f64 and texts as codes
//! into a sorted list of their distinct values.

use crate::vocabulary::Problem;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::numbers::Numbers;
use crate::files::Gone;
use crate::inference::ElementType;

/// The code of a missing text.
pub const MISSING: u32 = u32::MAX;

/// What the numbers of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberKind {
    /// Any number.
    Float,
    /// Whole numbers.
    Integer,
    /// True and false, as 1 and 0.
    Boolean,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; missing ones are NaN.
    Numbers {
        /// One a row.
        values: Numbers,
        /// What they are.
        kind: NumberKind,
    },
    /// Texts.
    Texts {
        /// The distinct values, sorted.
        categories: Vec<String>,
        /// One a row: an index into `categories`, or [`MISSING`].
        codes: Vec<u32>,
    },
}

impl Column {
    /// How many rows it has.
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.len(),
            Self::Texts { codes, .. } => codes.len(),
        }
    }

    /// How many values are missing.
    pub fn missing(&self) -> usize {
        match self {
            Self::Numbers { values, .. } => values.iter().filter(|v| v.is_nan()).count(),
            Self::Texts { codes, .. } => codes.iter().filter(|c| **c == MISSING).count(),
        }
    }

    /// Its values as categories: the distinct values, and one code a row.
    pub fn categories(&self) -> (Vec<String>, Vec<u32>) {
        match self {
            Self::Texts { categories, codes } => (categories.clone(), codes.clone()),
            Self::Numbers { values, kind } => {
                let distinct = distinct_numbers(values);
                let names = number_names(&distinct, *kind);
                (names, number_codes(values, &distinct).collect())
            }
        }
    }

    /// The distinct values, and of every row the place of its own among them or [`MISSING`], of which
    /// nothing is held.
    fn places(&self) -> (Cow<'_, [String]>, Box<dyn Iterator<Item = u32> + '_>) {
        match self {
            Self::Texts { categories, codes } => (
                Cow::Borrowed(categories.as_slice()),
                Box::new(codes.iter().copied()),
            ),
            Self::Numbers { values, kind } => {
                let distinct = distinct_numbers(values);
                let names = number_names(&distinct, *kind);
                let places = values
                    .iter()
                    .map(move |value| number_code(*value, &distinct));
                (Cow::Owned(names), Box::new(places))
            }
        }
    }

    /// Its values as numbers: texts may be numbers that are written in ways of their own.
    fn as_numbers(&self) -> Option<Cow<'_, [f64]>> {
        match self {
            Self::Numbers { values, .. } => Some(Cow::Borrowed(values)),
            Self::Texts { categories, codes } => {
                let numbers = categories.iter().map(|text| number_of(text));
                let numbers: Vec<f64> = numbers.collect::<Option<_>>()?;
                let number = |code: &u32| numbers.get(*code as usize).copied().unwrap_or(f64::NAN);
                Some(Cow::Owned(codes.iter().map(number).collect()))
            }
        }
    }

    /// Bytes in a mapped file.
    fn mapped_bytes(&self) -> usize {
        match self {
            Self::Numbers { values, .. } if values.is_mapped() => size_of_val(&**values),
            _ => 0,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Numbers { values, .. } if values.is_mapped() => 0,
            Self::Numbers { values, .. } => values.len() * size_of::<f64>(),
            Self::Texts { categories, codes } => {
                let texts: usize = categories
                    .iter()
                    .map(|c| c.len() + size_of::<String>())
                    .sum();
                codes.len() * size_of::<u32>() + texts
            }
        }
    }
}

/// Values that are told apart one by one; of more, all are sorted.
const FEW_VALUES: usize = 4_096;

/// The numbers of a column, each once, in order; -0 is 0.
fn distinct_numbers(values: &[f64]) -> Vec<f64> {
    let mut distinct: Vec<f64> = Vec::new();
    for value in values.iter().filter(|value| !value.is_nan()) {
        let value = unsigned_zero(*value);
        let Err(place) = distinct.binary_search_by(|known| known.total_cmp(&value)) else {
            continue;
        };
        if distinct.len() == FEW_VALUES {
            return many_distinct_numbers(values);
        }
        distinct.insert(place, value);
    }
    distinct
}

/// The number, with 0 for -0: as a class or a group both are one.
pub(super) fn unsigned_zero(value: f64) -> f64 {
    value + 0.0
}

fn many_distinct_numbers(values: &[f64]) -> Vec<f64> {
    let known = values.iter().filter(|value| !value.is_nan());
    let mut distinct: Vec<f64> = known.map(|value| unsigned_zero(*value)).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct
}

/// The place of a number among distinct ones.
fn number_code(value: f64, distinct: &[f64]) -> u32 {
    let value = unsigned_zero(value);
    let place = distinct.binary_search_by(|known| known.total_cmp(&value));
    place.map_or(MISSING, |place| place as u32)
}

fn number_codes(values: &[f64], distinct: &[f64]) -> impl Iterator<Item = u32> {
    values.iter().map(|value| number_code(*value, distinct))
}

fn number_names(distinct: &[f64], kind: NumberKind) -> Vec<String> {
    let distinct = distinct.iter();
    distinct.map(|value| number_text(*value, kind)).collect()
}

/// A number as a class or group name.
pub fn number_text(value: f64, kind: NumberKind) -> String {
    match kind {
        NumberKind::Boolean => (value != 0.0).to_string(),
        NumberKind::Integer | NumberKind::Float => value.to_string(),
    }
}

/// Some columns of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Rows.
    pub rows: usize,
    /// Which row of the file its first is: not 0 for some rows out of the middle.
    first_row: usize,
    columns: BTreeMap<String, Arc<Column>>,
    /// Columns of numbers whose spelling says more than the numbers, as texts.
    spelt: BTreeMap<String, Arc<Column>>,
}

impl Table {
    /// From columns of equal length.
    pub fn new(rows: usize, columns: BTreeMap<String, Column>) -> Self {
        let columns = columns.into_iter();
        let columns = columns.map(|(name, column)| (name, Arc::new(column)));
        Self {
            rows,
            first_row: 0,
            columns: columns.collect(),
            spelt: BTreeMap::new(),
        }
    }

    /// As rows out of the middle of a file, of which the first is this one.
    #[must_use]
    pub fn beginning_at(self, first_row: usize) -> Self {
        Self { first_row, ..self }
    }

    /// Which row of the file its first is.
    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// With columns of numbers as texts, too.
    #[must_use]
    pub fn with_spelt(self, spelt: BTreeMap<String, Column>) -> Self {
        let spelt = spelt.into_iter();
        let spelt = spelt.map(|(name, column)| (name, Arc::new(column)));
        Self {
            spelt: spelt.collect(),
            ..self
        }
    }

    /// The same rows with one number in all of a column, for each of these.
    pub(super) fn with_numbers(&self, columns: &BTreeMap<&str, f64>) -> Self {
        let mut changed = self.clone();
        for (name, value) in columns {
            let kind = match self.columns.get(*name).map(Arc::as_ref) {
                Some(Column::Numbers { kind, .. }) => *kind,
                _ => NumberKind::Float,
            };
            let values = std::iter::repeat_n(*value, self.rows).collect();
            let column = Arc::new(Column::Numbers { values, kind });
            changed.columns.insert((*name).to_owned(), column);
            changed.spelt.remove(*name);
        }
        changed
    }

    /// Columns of one table that were read apart, side by side; they stay where they are.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Result<Self, Problem> {
        let mut parts = parts.into_iter();
        let first = parts
            .next()
            .ok_or(Problem::new("no columns of the table are here"))?;
        let mut joined = first.clone();
        for part in parts {
            if part.rows != joined.rows {
                return Err(Problem::new(format!(
                    "some columns have {} rows and others {}",
                    joined.rows, part.rows
                ))
                .remedy("has the file changed? Run again"));
            }
            for (name, column) in &part.columns {
                joined.add(name, column);
            }
            let spelt = part.spelt.iter();
            let spelt = spelt.map(|(name, column)| (name.clone(), column.clone()));
            joined.spelt.extend(spelt);
        }
        Ok(joined)
    }

    /// Adds a column, beside one of its name that holds it as the other of numbers and texts.
    fn add(&mut self, name: &str, column: &Arc<Column>) {
        let is_texts = |column: &Column| matches!(column, Column::Texts { .. });
        match self.columns.get(name) {
            Some(known) if is_texts(column) && !is_texts(known) => {
                self.spelt.insert(name.to_owned(), column.clone());
                return;
            }
            Some(known) if is_texts(known) && !is_texts(column) => {
                self.spelt.insert(name.to_owned(), known.clone());
            }
            _ => {}
        }
        self.columns.insert(name.to_owned(), column.clone());
    }

    /// The columns and their names.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        let columns = self.columns.iter();
        columns.map(|(name, column)| (name.as_str(), column.as_ref()))
    }

    /// A column by name. The experiment is checked before anything loads, so a missing column is a
    /// file that changed in between; the error says so.
    pub fn column(&self, name: &str) -> Result<&Column, Problem> {
        self.columns.get(name).map(Arc::as_ref).ok_or_else(|| {
            Problem::new(format!("the column `{name}` is gone")).remedy("has the file changed?")
        })
    }

    /// A column by name, as texts where those say more than its numbers: as an input of texts takes
    /// it, and as classes and groups are told apart.
    pub fn spelt(&self, name: &str) -> Result<&Column, Problem> {
        match self.spelt.get(name) {
            Some(spelt) => Ok(spelt),
            None => self.column(name),
        }
    }

    /// A column's numbers.
    pub fn numbers(&self, name: &str) -> Result<&[f64], Problem> {
        match self.column(name)? {
            Column::Numbers { values, .. } => Ok(values),
            Column::Texts { .. } => Err(Problem::new(format!(
                "the column `{name}` holds texts, not numbers"
            ))),
        }
    }

    /// Which rows have `positive` as their `target`. No row may have it where all values are among
    /// `known`, and `positive` is: a table of one class is in order.
    pub fn labels(
        &self,
        target: &str,
        positive: &str,
        known: &[String],
    ) -> Result<Vec<bool>, Problem> {
        let (categories, places) = self.target(target)?.places();
        let mut same = categories.iter().filter(|c| same_value(c, positive));
        if let (Some(one), Some(other)) = (same.next(), same.next()) {
            return Err(Problem::new(format!(
                "the target `{target}` holds `{one}` and `{other}`, which are the same number"
            ))
            .in_column(target)
            .remedy("write each class in one way"));
        }
        let wanted = categories.iter().position(|c| same_value(c, positive));
        let is_known = |value: &str| known.iter().any(|known| same_value(known, value));
        if wanted.is_none() && !(is_known(positive) && categories.iter().all(|c| is_known(c))) {
            let problem = Problem::new(format!(
                "the target `{target}` is never `{positive}`; it is {}",
                list(&categories)
            ));
            return Err(problem.remedy(match categories.len() {
                // The one value that is there may as well be the other class.
                0 | 1 => "correct `positive`, or take rows of both classes",
                _ => "set `positive` to one of these",
            }));
        }
        Ok(places.map(|place| wanted == Some(place as usize)).collect())
    }

    /// The one value that a column has in all rows; none where it has several, or misses one.
    pub fn only_value(&self, name: &str) -> Option<String> {
        match self.spelt(name).ok()? {
            Column::Numbers { values, kind } => {
                let first = *values.first()?;
                let is_same = values.iter().all(|value| *value == first);
                is_same.then(|| number_text(first, *kind))
            }
            Column::Texts { categories, codes } => {
                let first = *codes.first()?;
                let is_same = codes.iter().all(|code| *code == first);
                categories.get(first as usize).filter(|_| is_same).cloned()
            }
        }
    }

    /// The class of every row as a place in `classes`.
    pub fn class_labels(&self, target: &str, classes: &[String]) -> Result<Vec<usize>, Problem> {
        let (categories, codes) = self.target(target)?.places();
        let place = |category: &String| {
            let exact = classes.iter().position(|class| class == category);
            exact.or_else(|| classes.iter().position(|class| same_value(category, class)))
        };
        let places: Vec<Option<usize>> = categories.iter().map(place).collect();
        let labels = codes.map(|code| {
            places[code as usize].ok_or_else(|| {
                Problem::new(format!(
                    "the target `{target}` holds `{}`, which is not among the classes {}",
                    categories[code as usize],
                    list(classes)
                ))
                .remedy("list all classes in `positive`")
            })
        });
        labels.collect()
    }

    /// The target's numbers.
    pub fn outcome_numbers(&self, target: &str) -> Result<Vec<f64>, Problem> {
        self.target(target)?;
        let Some(values) = self.column(target)?.as_numbers() else {
            return Err(Problem::new(format!(
                "the target `{target}` holds texts, and the model predicts a number"
            ))
            .remedy("name the column of numbers, or the class that counts as positive"));
        };
        match values.iter().position(|value| value.is_infinite()) {
            Some(row) => Err(Problem::new(format!(
                "the target `{target}` is infinite in row {row} (counted from 0)"
            ))
            .remedy("remove such rows")),
            None => Ok(values.into_owned()),
        }
    }

    /// The target, of which no value may be missing.
    fn target(&self, target: &str) -> Result<&Column, Problem> {
        let column = self.spelt(target)?;
        match column.missing() {
            0 => Ok(column),
            missing => Err(Problem::new(format!(
                "the target `{target}` is missing in {missing} of {} rows",
                self.rows
            ))
            .remedy("remove these rows, since an answer cannot be checked without an outcome")),
        }
    }

    /// Bytes that all columns take in memory.
    pub fn bytes(&self) -> u64 {
        let all = self.columns.values().chain(self.spelt.values());
        all.map(|c| c.bytes() as u64).sum()
    }

    /// Bytes of those that lie in a mapped file: page cache, not memory of the process.
    pub fn mapped_bytes(&self) -> u64 {
        self.columns.values().map(|c| c.mapped_bytes() as u64).sum()
    }

    /// Was all of it there when it was looked at? Where columns are used as they lie in a file, that
    /// may be cut short meanwhile, and what came of them then does not count.
    pub fn check_whole(&self) -> Result<(), Gone> {
        self.columns
            .values()
            .try_for_each(|column| match &**column {
                Column::Numbers { values, .. } => values.check(),
                Column::Texts { .. } => Ok(()),
            })
    }
}

/// Do a class of the data and a class as written in the experiment mean the same? Numbers compare
/// as numbers, so that `1` finds `1.0`, and truth values as the numbers that libraries export them
/// as.
pub fn same_value(data: &str, written: &str) -> bool {
    data == written || number_of(data).is_some_and(|data| number_of(written) == Some(data))
}

/// The number that a class means, with truth values as 1 and 0.
pub fn number_of(class: &str) -> Option<f64> {
    match class {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        class => class.parse::<f64>().ok().filter(|number| !number.is_nan()),
    }
}

/// The first few of `names`, quoted.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|n| format!("`{}`", n.as_ref()))
        .collect();
    let more = names.len().saturating_sub(SHOWN);
    match (shown.is_empty(), more) {
        (true, _) => "nothing".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What a column of a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnType {
    /// Numbers of this kind.
    Number(NumberKind),
    /// Texts.
    Text,
    /// Days, which have texts and no numbers.
    Date,
    /// Missing values only, which are as good as numbers as they are as texts.
    Nothing,
    /// What no model takes as it is: points in time, lists, structures, bytes.
    Other,
}

impl ColumnType {
    /// Bytes a row takes in memory.
    pub fn bytes_per_row(self) -> u64 {
        match self {
            Self::Number(_) => size_of::<f64>() as u64,
            Self::Text | Self::Date | Self::Nothing | Self::Other => size_of::<u32>() as u64,
        }
    }

    /// Can it be taken as numbers?
    pub fn is_numbers(self) -> bool {
        matches!(self, Self::Number(_) | Self::Nothing)
    }

    /// Can a model input of this element type be fed from it?
    pub fn feeds(self, element: ElementType) -> bool {
        match element {
            ElementType::Text => self != Self::Other,
            _ => self.is_numbers(),
        }
    }

    /// In words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Number(NumberKind::Float) => "numbers",
            Self::Number(NumberKind::Integer) => "whole numbers",
            Self::Number(NumberKind::Boolean) => "true and false",
            Self::Text => "texts",
            Self::Date => "dates",
            Self::Nothing => "missing values only",
            Self::Other => "neither numbers nor texts",
        }
    }
}
