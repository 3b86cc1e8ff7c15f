//! Scores that are computed already: a file of them in place of a model.
//!
//! Its columns are those that `lazydebugger predict` writes. `row` counts the dataset's rows from
//! 0, in any order; without it the rows are those of the dataset, one after the other.

use std::path::{Path, PathBuf};

use super::matching::missing_column;
use super::predictions::Predictions;
use super::reading::Reading;
use super::scores::{ScoreMeaning, ScoreProblem};
use super::source::Source;
use super::table::{Column, Table, list, same_value};
use super::table_file::{TableSchema, Wanted, read_table};
use crate::display;
use crate::engine::Recipe;
use crate::vocabulary::{ModelOutput, Problem, TableOptions, Task};

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
    /// The columns of the scores, or that of the labels.
    columns: Vec<String>,
    has_row_numbers: bool,
    rows: Option<usize>,
}

impl Precomputed {
    /// Finds the scores that the task asks for in a file: `score`, or else a column named as each
    /// class, or the labels. `notes` gets what was taken for granted.
    pub(super) fn find(
        path: &Path,
        schema: &TableSchema,
        task: &Task,
        output: Option<ModelOutput>,
        notes: &mut Vec<String>,
    ) -> Result<Self, Problem> {
        let scores = score_columns(schema, task);
        let scores = scores.filter(|_| output != Some(ModelOutput::Labels));
        let labels = schema.has(LABEL) && *task != Task::Regression;
        let labels = labels.then(|| vec![LABEL.to_owned()]);
        let (columns, meaning) = match (scores, labels, output) {
            (Some(scores), ..) if *task == Task::Regression => (scores, ScoreMeaning::Number),
            (Some(scores), _, Some(ModelOutput::Margin)) => (scores, ScoreMeaning::Margin),
            (Some(scores), _, _) => (scores, ScoreMeaning::Probability),
            (None, Some(labels), None | Some(ModelOutput::Labels)) => (labels, ScoreMeaning::Label),
            (None, _, Some(ModelOutput::Labels)) => return Err(missing_column(LABEL, schema)),
            (None, ..) => return Err(no_scores(schema, task).into()),
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
            columns,
            has_row_numbers,
            rows: schema.rows,
        })
    }

    /// Where the file is, and what is read of it.
    pub fn describe(&self) -> String {
        let rows = self
            .rows
            .map(|rows| format!("{} rows, ", display::count(rows as u64)));
        format!(
            "{}{} {} ({})",
            rows.unwrap_or_default(),
            if self.columns.len() == 1 {
                "column"
            } else {
                "columns"
            },
            self.columns.join(", "),
            self.path.display()
        )
    }

    /// For people: which columns the scores are, and what they mean.
    pub(super) fn in_words(&self) -> String {
        let columns = self.columns.join(", ");
        format!("{columns} of a file, {}", self.meaning.in_words())
    }

    /// Adds to a recipe what is read of the file, and as what.
    pub(super) fn describe_to(&self, recipe: Recipe) -> Recipe {
        recipe
            .with("columns", &self.columns)
            .with("meaning", self.meaning.name())
            .with("by row number", self.has_row_numbers)
    }

    /// Are there as many scores as the dataset has rows? Asked before anything is loaded, where
    /// both files tell.
    pub(super) fn check_rows(&self, dataset: Option<usize>) -> Result<(), Problem> {
        match (self.rows, dataset) {
            (Some(found), Some(wanted)) if found != wanted => {
                Err(wrong_count(found, wanted).into())
            }
            _ => Ok(()),
        }
    }

    /// Reads the scores of all rows of a dataset whose targets are `classes`.
    pub(super) fn load(
        &self,
        source: &Source,
        rows: usize,
        classes: &[String],
        task: &Task,
    ) -> Result<Predictions, Problem> {
        let reading = match self.meaning {
            ScoreMeaning::Label => Reading::NAMES,
            _ => Reading::NUMBERS,
        };
        let columns = self.columns.iter().map(|name| (name.clone(), reading));
        let mut columns: Vec<Wanted> = columns.collect();
        if self.has_row_numbers {
            columns.push((ROW.to_owned(), Reading::NUMBERS));
        }
        let table = read_table(source, &columns, &TableOptions::default())?;
        let scores = self.in_order(&table, rows, classes, task);
        let scores = scores.map_err(|problem| problem.in_file(&self.path))?;
        let columns = scores.len() / rows.max(1);
        Ok(Predictions::new(scores, columns, Vec::new()))
    }

    fn in_order(
        &self,
        table: &Table,
        rows: usize,
        classes: &[String],
        task: &Task,
    ) -> Result<Vec<f32>, Problem> {
        if table.rows != rows {
            return Err(wrong_count(table.rows, rows).into());
        }
        let mut scores: Vec<Vec<f32>> = if self.meaning == ScoreMeaning::Label {
            label_scores(table.column(LABEL)?, classes, task)?
        } else {
            let columns = self.columns.iter();
            let numbers = columns.map(|name| numbers(name, table.column(name)?));
            numbers.collect::<Result<_, _>>()?
        };
        if self.has_row_numbers {
            let places = places(table.numbers(ROW)?)?;
            for column in &mut scores {
                *column = by_row_number(&places, column);
            }
        }
        let width = scores.len();
        let mut flat = vec![0.0; rows * width];
        for (place, column) in scores.iter().enumerate() {
            let cells = flat.iter_mut().skip(place).step_by(width);
            cells.zip(column).for_each(|(cell, score)| *cell = *score);
        }
        let checked = self.meaning.check(&flat, width, false);
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
        Ok(flat)
    }
}

/// The columns of the scores, where the file has all that the task asks for.
fn score_columns(schema: &TableSchema, task: &Task) -> Option<Vec<String>> {
    let of_class = |class: &String| {
        let column = schema.names().find(|name| same_value(name, class));
        column.map(str::to_owned)
    };
    let single = schema.has(SCORE).then(|| SCORE.to_owned());
    match task {
        Task::MultiClass(classes) => classes.iter().map(of_class).collect(),
        Task::Binary { positive } => Some(vec![single.or_else(|| of_class(positive))?]),
        Task::Regression => Some(vec![single?]),
    }
}

fn no_scores(schema: &TableSchema, task: &Task) -> String {
    let missing = missing_column(SCORE, schema);
    match task {
        Task::Regression => format!("the predicted numbers are in `{SCORE}`: {missing}"),
        Task::Binary { positive } => format!(
            "the scores are in `{SCORE}`, or in one column a class, here `{positive}`, and labels \
             in `{LABEL}`: {missing}"
        ),
        Task::MultiClass(classes) => {
            let has = |class: &&String| schema.names().any(|name| same_value(name, class));
            let missing: Vec<&String> = classes.iter().filter(|class| !has(class)).collect();
            format!(
                "the scores are in one column a class, and labels in `{LABEL}`: there is no column \
                 {}",
                list(&missing)
            )
        }
    }
}

fn wrong_count(found: usize, wanted: usize) -> String {
    format!(
        "it has {found} rows, and the dataset has {wanted}: it must hold the scores of this \
         dataset, one a row"
    )
}

fn numbers(name: &str, column: &Column) -> Result<Vec<f32>, Problem> {
    match column {
        Column::Numbers { values, .. } => Ok(values.iter().map(|v| *v as f32).collect()),
        Column::Texts { categories, .. } => {
            let text = categories.iter().find(|c| c.parse::<f64>().is_err());
            let example = text.map(|t| format!(" such as `{t}`")).unwrap_or_default();
            Err(Problem::new(format!(
                "the column `{name}` holds texts{example}, and scores are numbers"
            )))
        }
    }
}

/// A column a score that the task asks for: 1 for the class, 0 for another, NaN where there is no
/// label.
fn label_scores(
    column: &Column,
    classes: &[String],
    task: &Task,
) -> Result<Vec<Vec<f32>>, Problem> {
    let wanted: &[String] = match task {
        Task::Binary { positive } => std::slice::from_ref(positive),
        Task::MultiClass(classes) => classes,
        Task::Regression => &[],
    };
    let (names, codes) = column.categories();
    let is_wanted = |name: &String| wanted.iter().any(|class| same_value(name, class));
    let is_class = |name: &&String| classes.iter().any(|class| same_value(class, name));
    let has_all = match task {
        Task::Binary { .. } => names.iter().any(is_wanted),
        _ => names.iter().all(is_wanted),
    };
    if !has_all && let Some(stranger) = names.iter().find(|name| !is_class(name)) {
        return Err(Problem::new(format!(
            "the label `{stranger}` is no value of the target, which is {}",
            list(classes)
        ))
        .remedy("write labels as the target has them"));
    }
    let scores = wanted.iter().map(|class| {
        let is_it: Vec<bool> = names.iter().map(|name| same_value(name, class)).collect();
        let score = |code: &u32| match is_it.get(*code as usize) {
            Some(is_it) => f32::from(u8::from(*is_it)),
            None => f32::NAN,
        };
        codes.iter().map(score).collect()
    });
    Ok(scores.collect())
}

/// The rows that `row` names: every row once.
fn places(numbers: &[f64]) -> Result<Vec<usize>, Problem> {
    let rows = numbers.len();
    let mut seen = vec![false; rows];
    let places = numbers.iter().map(|number| {
        let row = *number as usize;
        if !(0.0..rows as f64).contains(number) || number.fract() != 0.0 {
            let number = if number.is_nan() {
                "a missing number".to_owned()
            } else {
                number.to_string()
            };
            return Err(Problem::new(format!(
                "`{ROW}` holds {number}, and the dataset's rows are 0 to {}",
                rows.saturating_sub(1)
            )));
        }
        if std::mem::replace(&mut seen[row], true) {
            return Err(Problem::new(format!("`{ROW}` holds {row} twice"))
                .remedy("every row of the dataset has one score"));
        }
        Ok(row)
    });
    places.collect()
}

/// Puts every score at the row that its number names.
fn by_row_number(places: &[usize], scores: &[f32]) -> Vec<f32> {
    let mut placed = vec![f32::NAN; scores.len()];
    for (row, score) in places.iter().zip(scores) {
        placed[*row] = *score;
    }
    placed
}
