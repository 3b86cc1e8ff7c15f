//! Which parameter settings move a metric: exact functional ANOVA on a full grid (Hoeffding 1948;
//! Sobol 1993; Hooker 2007; Hutter, Hoos & Leyton-Brown 2014). No surrogate model is fitted.

use std::fmt;

/// Settings in which every combination of the parameters' levels occurs exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullGrid {
    levels: Vec<usize>,
    codes: Vec<Vec<usize>>,
    rows: usize,
}

/// Why a table of settings is no full grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAGrid {
    /// There are no parameters or no settings.
    Empty,
    /// The columns differ in length.
    Ragged,
    /// A setting occurs twice, the second time in this row.
    Repeated(usize),
    /// Some combinations are missing.
    Incomplete {
        /// Settings present.
        present: usize,
        /// Combinations of the levels that occur, or `usize::MAX` where there are more.
        combinations: usize,
    },
}

impl fmt::Display for NotAGrid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "no parameters or no settings"),
            Self::Ragged => write!(f, "a parameter lacks a value in some setting"),
            Self::Repeated(row) => write!(f, "setting {} repeats an earlier one", row + 1),
            Self::Incomplete {
                present,
                combinations,
            } => write!(f, "{present} settings of {combinations} combinations"),
        }
    }
}

impl std::error::Error for NotAGrid {}

impl FullGrid {
    /// Recognises a full grid: one column a parameter, one value a setting, in any order of rows.
    /// Values count as one level where they are equal.
    pub fn from_columns<T: PartialEq>(columns: &[Vec<T>]) -> Result<Self, NotAGrid> {
        let rows = columns.first().map_or(0, Vec::len);
        if rows == 0 {
            return Err(NotAGrid::Empty);
        }
        if columns.iter().any(|column| column.len() != rows) {
            return Err(NotAGrid::Ragged);
        }
        let (levels, codes): (Vec<usize>, Vec<Vec<usize>>) =
            columns.iter().map(|column| code_levels(column)).unzip();
        let grid = Self {
            levels,
            codes,
            rows,
        };
        let combinations = grid
            .levels
            .iter()
            .try_fold(1usize, |product, &levels| product.checked_mul(levels));
        let incomplete = NotAGrid::Incomplete {
            present: rows,
            combinations: combinations.unwrap_or(usize::MAX),
        };
        let cells = combinations
            .filter(|&cells| cells <= rows)
            .ok_or(incomplete)?;
        let axes: Vec<usize> = (0..grid.parameters()).collect();
        let mut seen = vec![false; cells];
        for row in 0..rows {
            if std::mem::replace(&mut seen[grid.cell(&axes, row)], true) {
                return Err(NotAGrid::Repeated(row));
            }
        }
        Ok(grid)
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.levels.len()
    }

    /// Number of settings.
    pub fn settings(&self) -> usize {
        self.rows
    }

    /// Splits the variance of a metric over the grid, one finite `score` a setting in the order of
    /// the rows. `None` where a score is not finite or all are equal: there is nothing to share out.
    ///
    /// # Panics
    /// If there is not one score a setting.
    pub fn anova(&self, scores: &[f64]) -> Option<Anova> {
        assert_eq!(scores.len(), self.rows, "one score a setting");
        let first = *scores.first()?;
        let constant = scores.iter().all(|&score| score == first);
        if constant || scores.iter().any(|score| !score.is_finite()) {
            return None;
        }
        let mean = scores.iter().sum::<f64>() / self.rows as f64;
        let centred: Vec<f64> = scores.iter().map(|score| score - mean).collect();
        let variance = mean_square(centred.iter().copied());
        if variance == 0.0 || !variance.is_finite() {
            return None;
        }
        let axes: Vec<usize> = (0..self.parameters()).collect();
        let effects: Vec<Vec<f64>> = axes
            .iter()
            .map(|&axis| self.marginal(&[axis], &centred))
            .collect();
        let main = effects
            .iter()
            .map(|effect| mean_square(effect.iter().copied()) / variance)
            .collect();
        let total = axes
            .iter()
            .map(|&axis| {
                let others: Vec<usize> = axes.iter().copied().filter(|&a| a != axis).collect();
                let means = self.marginal(&others, &centred);
                let rest = (0..self.rows).map(|row| centred[row] - means[self.cell(&others, row)]);
                mean_square(rest) / variance
            })
            .collect();
        let mut interactions = Vec::new();
        for second in 1..self.parameters() {
            for first in 0..second {
                let joint = self.marginal(&[first, second], &centred);
                let rest = joint.iter().enumerate().map(|(cell, value)| {
                    let (a, b) = (cell / self.levels[second], cell % self.levels[second]);
                    value - effects[first][a] - effects[second][b]
                });
                interactions.push(Interaction {
                    first,
                    second,
                    fraction: mean_square(rest) / variance,
                });
            }
        }
        interactions.sort_by_key(|pair| (pair.first, pair.second));
        Some(Anova {
            variance,
            main,
            total,
            interactions,
        })
    }

    /// Mean of the values by combination of `axes`, over all other parameters.
    fn marginal(&self, axes: &[usize], values: &[f64]) -> Vec<f64> {
        let cells: usize = axes.iter().map(|&axis| self.levels[axis]).product();
        let mut sums = vec![0.0; cells];
        for (row, value) in values.iter().enumerate() {
            sums[self.cell(axes, row)] += value;
        }
        let rows_per_cell = (self.rows / cells) as f64;
        sums.iter().map(|sum| sum / rows_per_cell).collect()
    }

    /// Number of a row's combination of `axes`, the last axis running fastest.
    fn cell(&self, axes: &[usize], row: usize) -> usize {
        axes.iter().fold(0, |cell, &axis| {
            cell * self.levels[axis] + self.codes[axis][row]
        })
    }
}

/// Number of levels of a column and the level of each value, by first appearance.
fn code_levels<T: PartialEq>(column: &[T]) -> (usize, Vec<usize>) {
    let mut levels: Vec<&T> = Vec::new();
    let codes = column
        .iter()
        .map(|value| {
            levels
                .iter()
                .position(|level| *level == value)
                .unwrap_or_else(|| {
                    levels.push(value);
                    levels.len() - 1
                })
        })
        .collect();
    (levels.len(), codes)
}

fn mean_square(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| {
        (sum + value * value, count + 1)
    });
    sum / count as f64
}

/// Shares of a metric's variance over a full grid, by parameter in the order of the columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Anova {
    /// Population variance (ddof 0) of the metric over the grid, in its unit squared.
    pub variance: f64,
    /// Share explained by each parameter alone, `V_i / V` (first-order Sobol index).
    pub main: Vec<f64>,
    /// Share of all terms in which each parameter takes part (total Sobol index; Homma & Saltelli
    /// 1996).
    pub total: Vec<f64>,
    /// Share of each pair beyond its two main effects, `V_ij / V`, by first, then second parameter.
    pub interactions: Vec<Interaction>,
}

/// Interaction of two parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// Index of the first parameter.
    pub first: usize,
    /// Index of the second parameter, above the first.
    pub second: usize,
    /// Share of the variance.
    pub fraction: f64,
}
