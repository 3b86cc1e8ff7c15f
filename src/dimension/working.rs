//! What a dimension works with while it computes, beside what it asks for. The memory budget counts it
//! before the computation begins, and a test holds it against what is allocated.

use crate::resource::{Catalogue, TableId};
use crate::vocabulary::{Dimension, Task};

/// What every dimension works with, however few rows there are: the tables and pictures that it makes.
const ALWAYS: u64 = 1 << 20;
/// Of rows that are looked at by rising score, so many bytes are put in order at a time.
const IN_ORDER: u64 = 8 << 20;

/// The kinds of answers, which are worked with differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Two classes.
    Two,
    /// Several classes.
    Several,
    /// A number.
    Number,
}

impl Answers {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Two, Self::Several, Self::Number];

    fn of(task: &Task) -> Self {
        match task {
            Task::Binary { .. } => Self::Two,
            Task::MultiClass(_) => Self::Several,
            Task::Regression => Self::Number,
        }
    }
}

/// How large an experiment is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the dataset.
    pub rows: u64,
    /// Rows of the tables beside it.
    pub other_rows: u64,
    /// Features.
    pub features: u64,
    /// Scores a row.
    pub scores: u64,
}

/// Bytes that a dimension works with while it computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Working {
    /// Whatever there is.
    pub fixed: u64,
    /// For each row of the dataset.
    pub row: u64,
    /// For each score of a row of the dataset, where there are several.
    pub score: u64,
    /// For each row of the other tables.
    pub other_row: u64,
    /// For each feature of a row of the dataset.
    pub cell: u64,
}

impl Working {
    /// What a dimension works with where the answers are such.
    pub const fn of(dimension: Dimension, answers: Answers) -> Self {
        let one = |row, other_row| Self {
            fixed: ALWAYS,
            row,
            score: 0,
            other_row,
            cell: 0,
        };
        match (dimension, answers) {
            // A byte each for the outcome and the decision, and rows by rising score, a part at a time.
            (Dimension::Fairness, Answers::Two) => Self {
                fixed: ALWAYS + IN_ORDER,
                row: 3,
                score: 0,
                other_row: 0,
                cell: 0,
            },
            _ => Self {
                fixed: ALWAYS,
                row: 0,
                score: 0,
                other_row: 0,
                cell: 0,
            },
        }
    }

    /// Bytes for an experiment of this shape.
    pub fn bytes(self, shape: Shape) -> u64 {
        let Shape {
            rows,
            other_rows,
            features,
            scores,
        } = shape;
        [
            rows.saturating_mul(self.row),
            rows.saturating_mul(scores).saturating_mul(self.score),
            other_rows.saturating_mul(self.other_row),
            rows.saturating_mul(features).saturating_mul(self.cell),
        ]
        .into_iter()
        .fold(self.fixed, u64::saturating_add)
    }
}

impl Shape {
    /// Of an experiment, as far as its tables are known.
    fn of(catalogue: &Catalogue) -> Self {
        let rows = |id: &TableId| catalogue.rows(id).unwrap_or(0) as u64;
        let others = catalogue
            .tables()
            .filter(|(id, _)| **id != TableId::Dataset);
        Self {
            rows: rows(&TableId::Dataset),
            other_rows: others.map(|(id, _)| rows(id)).sum(),
            features: catalogue.features().len() as u64,
            scores: catalogue.score_columns() as u64,
        }
    }
}

/// Bytes that a dimension works with while it computes, as far as the tables are known.
pub fn bytes(dimension: Dimension, catalogue: &Catalogue) -> u64 {
    let working = Working::of(dimension, Answers::of(catalogue.task()));
    working.bytes(Shape::of(catalogue))
}
