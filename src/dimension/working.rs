//! What a dimension works with while it computes, beside what it asks for. The memory budget counts it
//! before the computation begins, and a test holds it against what is allocated.

use std::fmt::Write;

use crate::display;
use crate::metrics::rising::rows_at_a_time;
use crate::metrics::slice_line;
use crate::resource::{Catalogue, TableId};
use crate::vocabulary::{Dimension, Task};

/// What the tables, pictures and resampled counts of a dimension take, whatever there is.
const FIXED: u64 = 512 << 10;

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
    /// Rows of the tables beside it that are looked at.
    pub other_rows: u64,
    /// Features.
    pub features: u64,
    /// Scores a row.
    pub scores: u64,
}

impl Shape {
    /// Of an experiment for a dimension, as far as its tables are known.
    fn of(dimension: Dimension, catalogue: &Catalogue) -> Self {
        let rows = |id: &TableId| catalogue.rows(id).unwrap_or(0) as u64;
        let is_looked_at = |id: &TableId| match id {
            TableId::Calibration => true,
            TableId::Alternative(_) => dimension == Dimension::Resilience,
            _ => false,
        };
        let others = catalogue.tables().filter(|(id, _)| is_looked_at(id));
        let other_rows = others.map(|(id, _)| rows(id)).sum();
        let all = rows(&TableId::Dataset);
        Self {
            rows: all,
            // Without rows of their own to calibrate by, half of the dataset's do that.
            other_rows: match (dimension, other_rows) {
                (Dimension::Uncertainty, 0) => all / 2,
                (_, rows) => rows,
            },
            features: catalogue.features().len() as u64,
            scores: catalogue.score_columns() as u64,
        }
    }
}

/// Bytes that a dimension works with while it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// For each row of the dataset.
    row: u64,
    /// For each score of a row of the dataset, where there are several.
    score: u64,
    /// For each row that is put in order by its score at a time.
    ordered_row: u64,
    /// For each row of the other tables.
    other_row: u64,
    /// For each feature.
    feature: u64,
    /// For each feature of a row of the dataset.
    cell: u64,
    /// For each row of the dataset where slices are looked for, beside the bit sets of that.
    sliced_row: u64,
}

impl Working {
    const NOTHING: Self = Self {
        row: 0,
        score: 0,
        ordered_row: 0,
        other_row: 0,
        feature: 0,
        cell: 0,
        sliced_row: 0,
    };

    /// What a dimension works with where the answers are such.
    pub const fn of(dimension: Dimension, answers: Answers) -> Self {
        let none = Self::NOTHING;
        match (dimension, answers) {
            // Outcome and decision are a byte each.
            (Dimension::Fairness, Answers::Two) => Self {
                row: 3,
                ordered_row: 8,
                ..none
            },
            (Dimension::Fairness, Answers::Several) => Self { row: 18, ..none },
            (Dimension::Fairness, Answers::Number) => Self { row: 72, ..none },
            (Dimension::Uncertainty, Answers::Two) => Self {
                row: 48,
                other_row: 64,
                ..none
            },
            (Dimension::Uncertainty, Answers::Several) => Self {
                row: 80,
                score: 24,
                other_row: 72,
                ..none
            },
            (Dimension::Uncertainty, Answers::Number) => Self {
                row: 112,
                other_row: 48,
                ..none
            },
            (Dimension::Robustness, answers) => Self {
                row: 44,
                score: if matches!(answers, Answers::Several) {
                    16
                } else {
                    0
                },
                feature: 32 << 10,
                sliced_row: 48,
                ..none
            },
            (Dimension::Resilience, answers) => Self {
                row: 56,
                score: if matches!(answers, Answers::Several) {
                    16
                } else {
                    0
                },
                other_row: 64,
                cell: 5,
                ..none
            },
            (Dimension::Hyperparameters, answers) => Self {
                row: 24,
                score: if matches!(answers, Answers::Several) {
                    16
                } else {
                    0
                },
                ..none
            },
        }
    }

    /// Bytes for an experiment of this shape.
    pub fn bytes(self, shape: Shape) -> u64 {
        let rows = usize::try_from(shape.rows).unwrap_or(usize::MAX);
        let ordered = rows_at_a_time(rows) as u64;
        let sets = match self.sliced_row {
            0 => 0,
            _ => slice_line::most_bytes(shape.rows, shape.features),
        };
        [
            shape.rows.saturating_mul(self.row + self.sliced_row),
            sets,
            shape
                .rows
                .saturating_mul(shape.scores)
                .saturating_mul(self.score),
            ordered.saturating_mul(self.ordered_row),
            shape.other_rows.saturating_mul(self.other_row),
            shape.features.saturating_mul(self.feature),
            shape
                .rows
                .saturating_mul(shape.features)
                .saturating_mul(self.cell),
        ]
        .into_iter()
        .fold(FIXED, u64::saturating_add)
    }

    /// The same as a formula of n rows, k scores a row, r rows of other tables and m features, of which p
    /// rows are put in order at a time.
    fn formula(self) -> String {
        let terms = [
            (self.row + self.sliced_row, "n"),
            (self.score, "k n"),
            (self.ordered_row, "p"),
            (self.other_row, "r"),
            (self.feature, "m"),
            (self.cell, "m n"),
        ];
        let terms = terms.into_iter().filter(|(bytes, _)| *bytes > 0);
        let terms = terms.map(|(bytes, of)| format!("{} {of}", display::count(bytes)));
        let sets = (self.sliced_row > 0).then(|| {
            let most = display::bytes(slice_line::MOST_BYTES);
            format!("bit sets of slices (13 m n, at most {most})")
        });
        let terms: Vec<String> = terms.chain(sets).collect();
        terms.join(" + ")
    }
}

/// Bytes that a dimension works with while it computes, as far as the tables are known.
pub fn bytes(dimension: Dimension, catalogue: &Catalogue) -> u64 {
    let working = Working::of(dimension, Answers::of(catalogue.task()));
    let shape = Shape::of(dimension, catalogue);
    // What surveys have looked at, column by column, is no work of the dimension's any more.
    let is_surveyed = catalogue.are_features_surveyed();
    let (cell, sliced_row) = if is_surveyed {
        (0, 0)
    } else {
        (working.cell, working.sliced_row)
    };
    let working = Working {
        cell,
        sliced_row,
        ..working
    };
    working.bytes(shape)
}

/// The table of the documentation.
pub fn markdown() -> String {
    const CLASSES: u64 = 3;
    let mut table = String::from(
        "| dimension | two classes | several classes | a number |\n|---|---|---|---|\n",
    );
    for dimension in Dimension::ALL {
        let cells = Answers::ALL.map(|answers| {
            let working = Working::of(dimension, answers);
            let shape = Shape {
                rows: 1_000_000,
                other_rows: 200_000,
                features: 20,
                scores: if answers == Answers::Several {
                    CLASSES
                } else {
                    1
                },
            };
            let bytes = display::bytes(working.bytes(shape));
            format!("{} ({bytes})", working.formula())
        });
        let _ = writeln!(table, "| {dimension} | {} |", cells.join(" | "));
    }
    table
}
