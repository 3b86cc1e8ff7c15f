//! A small random forest (Breiman 2001) on a table of settings and their scores, kept as boxes in the
//! space of settings: what functional ANOVA needs of it (Hutter, Hoos & Leyton-Brown 2014).

mod anova;
mod grow;

pub use anova::{ForestAnova, MarginalPoint};

use super::axis::Axis;
use super::uniform::Draws;

/// Trees of such depth hold every table of settings.
const DEEPEST: usize = 64;

/// Settings and their scores.
#[derive(Clone, Debug)]
pub struct Trials<'a> {
    /// What each parameter can be.
    pub axes: &'a [Axis],
    /// One column a parameter: numbers as they are, categories as codes.
    pub columns: &'a [Vec<f64>],
    /// One finite score a setting.
    pub scores: &'a [f64],
}

/// A regression forest as boxes.
#[derive(Clone, Debug)]
pub struct Forest {
    axes: Vec<Axis>,
    trees: Vec<Vec<Leaf>>,
}

/// A box of settings with one predicted score.
#[derive(Clone, Debug, PartialEq)]
struct Leaf {
    score: f64,
    /// One a parameter.
    extents: Vec<Extent>,
}

/// What part of an axis a box takes.
#[derive(Clone, Debug, PartialEq)]
enum Extent {
    /// Places above the first and up to the second.
    Places(f64, f64),
    /// These categories.
    Categories(Vec<bool>),
}

impl Extent {
    fn whole(axis: Axis) -> Self {
        match axis {
            Axis::Range { .. } => {
                let (low, high) = axis.ends();
                Self::Places(low, high)
            }
            Axis::Categories(count) => Self::Categories(vec![true; count]),
        }
    }

    /// Its share of the axis.
    fn share(&self, axis: Axis) -> f64 {
        match self {
            Self::Places(low, high) => {
                let ends = axis.ends();
                if ends.1 > ends.0 {
                    (high - low) / (ends.1 - ends.0)
                } else {
                    1.0
                }
            }
            Self::Categories(members) => {
                let held = members.iter().filter(|member| **member).count();
                held as f64 / members.len().max(1) as f64
            }
        }
    }
}

impl Forest {
    /// Grows trees, each on a bootstrap sample of the settings, on all parameters, until the scores
    /// of a leaf or its settings are equal. Seeded: the same trials give the same forest.
    ///
    /// # Panics
    /// If the columns differ in length from the scores or in number from the axes.
    pub fn grow(trials: &Trials<'_>, trees: u32, seed: u64) -> Self {
        assert_eq!(trials.axes.len(), trials.columns.len(), "an axis a column");
        let rows = trials.scores.len();
        let same = trials.columns.iter().all(|column| column.len() == rows);
        assert!(same, "one value a setting");
        let places: Vec<Vec<f64>> = trials
            .axes
            .iter()
            .zip(trials.columns)
            .map(|(axis, column)| column.iter().map(|value| axis.place(*value)).collect())
            .collect();
        let mut draws = Draws::new(seed, "hyperparameter forest");
        let trees = (0..if rows == 0 { 0 } else { trees }).map(|_| {
            let sample = (0..rows).map(|_| draws.below(rows)).collect();
            grow::leaves(trials.axes, &places, trials.scores, sample)
        });
        Self {
            trees: trees.collect(),
            axes: trials.axes.to_vec(),
        }
    }
}
