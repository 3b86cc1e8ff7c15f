//! Scores that are computed already: a file of them in place of a model.
//!
//! Its columns are those that `lazydebugger predict` writes. `row` counts the dataset's rows from
//! 0, in any order; without it the rows are those of the dataset, one after the other.

use std::path::{Path, PathBuf};

use super::matching::missing_column;
use super::predictions::Predictions;
use super::scores::{ScoreMeaning, ScoreProblem};
use super::table::{Column, Table, list, same_value};
use super::table_file::{TableSchema, read_table};
use crate::experiment::ModelOutput;

const ROW: &str = "row";
const SCORE: &str = "score";
const LABEL: &str = "label";

/// A file of scores, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precomputed {
    /// The file.
    pub path: PathBuf,
    /// What the scores mean.
    pub meaning: ScoreMeaning,
    /// The column of the scores or labels.
    column: String,
    has_row_numbers: bool,
    rows: Option<usize>,
}

impl Precomputed {
    /// Finds the positive class's scores in a file: its own column, `score` or else one named as
    /// the class, or the labels. `notes` gets what was taken for granted.
    pub(super) fn find(
        path: &Path,
        schema: &TableSchema,
        positive: &str,
        output: Option<ModelOutput>,
        notes: &mut Vec<String>,
    ) -> Result<Self, String> {
        let of_class = schema.names().find(|name| same_value(name, positive));
        let scores = schema.has(SCORE).then_some(SCORE).or(of_class);
        let scores = scores.filter(|_| output != Some(ModelOutput::Labels));
        let labels = schema.has(LABEL).then_some(LABEL);
        let (column, meaning) = match (scores, labels, output) {
            (Some(scores), _, Some(ModelOutput::Margin)) => (scores, ScoreMeaning::Margin),
            (Some(scores), _, _) => (scores, ScoreMeaning::Probability),
            (None, Some(labels), None | Some(ModelOutput::Labels)) => (labels, ScoreMeaning::Label),
            (None, _, Some(ModelOutput::Labels)) => return Err(missing_column(LABEL, schema)),
            (None, ..) => {
                return Err(format!(
                    "the scores are in `{SCORE}`, or in one column a class, here `{positive}`, and \
                     labels in `{LABEL}`: {}",
                    missing_column(SCORE, schema)
                ));
            }
        };
        let has_row_numbers = schema.has(ROW);
        if !has_row_numbers {
            notes.push(format!(
                "{}: there is no column `{ROW}`: its rows are taken for those of the dataset, in \
                 the same order",
                path.display()
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            meaning,
            column: column.to_owned(),
            has_row_numbers,
            rows: schema.rows,
        })
    }

    /// Where the file is, and what is read of it.
    pub fn describe(&self) -> String {
        let rows = self.rows.map(|rows| format!("{rows} rows, "));
        format!(
            "{}column {} ({})",
            rows.unwrap_or_default(),
            self.column,
            self.path.display()
        )
    }

    /// For content keys: what is read of the file, and as what.
    pub(super) fn operation(&self) -> String {
        format!(
            "precomputed {} {:?} by row number {}",
            self.column, self.meaning, self.has_row_numbers
        )
    }

    /// Are there as many scores as the dataset has rows? Asked before anything is loaded, where
    /// both files tell.
    pub(super) fn check_rows(&self, dataset: Option<usize>) -> Result<(), String> {
        match (self.rows, dataset) {
            (Some(found), Some(wanted)) if found != wanted => Err(wrong_count(found, wanted)),
            _ => Ok(()),
        }
    }

    /// Reads the scores of all rows of a dataset whose targets are `classes`.
    pub(super) fn load(
        &self,
        rows: usize,
        classes: &[String],
        positive: &str,
    ) -> Result<Predictions, String> {
        let mut columns = vec![self.column.clone()];
        if self.has_row_numbers {
            columns.push(ROW.to_owned());
        }
        let table = read_table(&self.path, &columns)?;
        let scores = self.in_order(&table, rows, classes, positive);
        let scores = scores.map_err(|problem| format!("{}: {problem}", self.path.display()))?;
        let missing = Vec::new();
        Ok(Predictions { scores, missing })
    }

    fn in_order(
        &self,
        table: &Table,
        rows: usize,
        classes: &[String],
        positive: &str,
    ) -> Result<Vec<f32>, String> {
        if table.rows != rows {
            return Err(wrong_count(table.rows, rows));
        }
        let column = table.column(&self.column)?;
        let scores = match self.meaning {
            ScoreMeaning::Label => label_scores(column, classes, positive)?,
            _ => numbers(&self.column, column)?,
        };
        let scores = if self.has_row_numbers {
            by_row_number(table.numbers(ROW)?, &scores)?
        } else {
            scores
        };
        let checked = self.meaning.check(&scores, false);
        checked.map_err(|problem| match problem {
            ScoreProblem::Absent(reason) => reason,
            ScoreProblem::NotANumber(row) => {
                format!("row {row} (counted from 0) has no score: fill it in")
            }
            ScoreProblem::NoProbability(row, score) => format!(
                "the score of row {row} is {score}, which is no probability: write \
                 probabilities, or set `output` under [model] to \"margin\""
            ),
        })?;
        Ok(scores)
    }
}

fn wrong_count(found: usize, wanted: usize) -> String {
    format!(
        "it has {found} rows, and the dataset has {wanted}: it must hold the scores of this \
         dataset, one a row"
    )
}

fn numbers(name: &str, column: &Column) -> Result<Vec<f32>, String> {
    match column {
        Column::Numbers { values, .. } => Ok(values.iter().map(|v| *v as f32).collect()),
        Column::Texts { categories, .. } => {
            let text = categories.iter().find(|c| c.parse::<f64>().is_err());
            let example = text.map(|t| format!(" such as `{t}`")).unwrap_or_default();
            Err(format!(
                "the column `{name}` holds texts{example}, and scores are numbers"
            ))
        }
    }
}

/// 1 for the positive class, 0 for another, NaN where there is no label.
fn label_scores(column: &Column, classes: &[String], positive: &str) -> Result<Vec<f32>, String> {
    let (names, codes) = column.categories();
    let is_positive: Vec<bool> = names.iter().map(|n| same_value(n, positive)).collect();
    let is_class = |name: &&String| classes.iter().any(|class| same_value(class, name));
    if !is_positive.contains(&true)
        && let Some(stranger) = names.iter().find(|name| !is_class(name))
    {
        return Err(format!(
            "the label `{stranger}` is no value of the target, which is {}: write labels as the \
             target has them",
            list(classes)
        ));
    }
    let score = |code: &u32| match is_positive.get(*code as usize) {
        Some(positive) => f32::from(u8::from(*positive)),
        None => f32::NAN,
    };
    Ok(codes.iter().map(score).collect())
}

/// Puts every score at the row that its number names.
fn by_row_number(numbers: &[f64], scores: &[f32]) -> Result<Vec<f32>, String> {
    let rows = scores.len();
    let mut placed = vec![f32::NAN; rows];
    let mut seen = vec![false; rows];
    for (number, score) in numbers.iter().zip(scores) {
        let row = *number as usize;
        if !(0.0..rows as f64).contains(number) || number.fract() != 0.0 {
            let number = if number.is_nan() {
                "a missing number".to_owned()
            } else {
                number.to_string()
            };
            return Err(format!(
                "`{ROW}` holds {number}, and the dataset's rows are 0 to {}",
                rows.saturating_sub(1)
            ));
        }
        if std::mem::replace(&mut seen[row], true) {
            return Err(format!(
                "`{ROW}` holds {row} twice: every row of the dataset has one score"
            ));
        }
        placed[row] = *score;
    }
    Ok(placed)
}
