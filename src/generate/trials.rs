//! Models by several settings on the same training rows, and what each scores on rows that none of
//! them has seen.

use std::fmt::Write;

use rayon::prelude::*;

use super::boosting::{Binned, Settings, Tree, boost};
use super::formula::{Block, Formula, Part, Values};
use crate::metrics::classification::auc;

const TRAINING_ROWS: usize = 10_000;
const HELD_OUT_ROWS: usize = 5_000;

const LEARNING_RATES: [f64; 2] = [0.1, 0.3];
const DEPTHS: [usize; 3] = [2, 4, 6];
/// The first so many trees of a model are what fewer rounds would have given.
const TREES: [usize; 2] = [20, 100];

/// Every combination of the settings, once.
pub(super) struct Trials {
    /// Forests of the most trees.
    forests: Vec<Vec<Tree>>,
    trials: Vec<Trial>,
}

struct Trial {
    settings: Settings,
    forest: usize,
    /// None where the held-out rows are all of one class.
    auc: Option<f64>,
}

impl Trials {
    /// Trains and scores them.
    pub(super) fn run(formula: &Formula) -> Self {
        let training = formula.block(Part::Training, 0, TRAINING_ROWS);
        let rows = Binned::new(&floats(&training), training.outcomes);
        let held_out = formula.block(Part::HeldOut, 0, HELD_OUT_ROWS);
        let columns = floats(&held_out);
        let grid: Vec<Settings> = LEARNING_RATES
            .into_iter()
            .flat_map(|learning_rate| {
                DEPTHS.map(|depth| Settings {
                    trees: TREES[TREES.len() - 1],
                    depth,
                    learning_rate,
                })
            })
            .collect();
        let forests: Vec<Vec<Tree>> = grid.par_iter().map(|s| boost(&rows, *s)).collect();
        let mut trials = Vec::new();
        for (forest, settings) in grid.iter().enumerate() {
            for trees in TREES {
                let scores: Vec<f64> = (0..HELD_OUT_ROWS)
                    .map(|row| {
                        let trees = forests[forest][..trees].iter();
                        trees.map(|t| f64::from(t.score(&columns, row))).sum()
                    })
                    .collect();
                trials.push(Trial {
                    settings: Settings { trees, ..*settings },
                    forest,
                    auc: auc(&held_out.outcomes, &scores),
                });
            }
        }
        Self { forests, trials }
    }

    /// The model that scored best.
    pub(super) fn best(&self) -> &[Tree] {
        let auc = |trial: &Trial| trial.auc.unwrap_or(f64::NEG_INFINITY);
        let trials = self.trials.iter();
        let best = trials.max_by(|a, b| auc(a).total_cmp(&auc(b)));
        best.map_or(&[], |trial| self.model(trial))
    }

    /// The model with the fewest nodes.
    pub(super) fn smallest(&self) -> &[Tree] {
        let nodes = |trial: &&Trial| -> usize {
            let trees = self.model(trial).iter();
            trees.map(|tree| tree.nodes.len()).sum()
        };
        let smallest = self.trials.iter().min_by_key(nodes);
        smallest.map_or(&[], |trial| self.model(trial))
    }

    fn model(&self, trial: &Trial) -> &[Tree] {
        &self.forests[trial.forest][..trial.settings.trees]
    }

    /// As a table, with the columns that Optuna gives to parameters.
    pub(super) fn csv(&self) -> String {
        let mut csv =
            "number,auc,params_learning_rate,params_max_depth,params_n_estimators\n".to_owned();
        for (number, trial) in self.trials.iter().enumerate() {
            let Settings {
                trees,
                depth,
                learning_rate,
            } = trial.settings;
            let auc = trial.auc.map(|auc| auc.to_string()).unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = writeln!(csv, "{number},{auc},{learning_rate},{depth},{trees}");
        }
        csv
    }
}

fn floats(block: &Block) -> Vec<Vec<f32>> {
    block.features.iter().map(Values::as_floats).collect()
}
