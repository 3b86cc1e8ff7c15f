//! Is the validated model's score monotone in a feature? Proven from its trees where that can be, and
//! looked for in the rows of the dataset: each is moved through the values of the feature while all others
//! stay.

use std::collections::BTreeMap;

use super::{CheckedConstraints, CheckedTrend, Verdict, Violation};
use crate::experiment::Trend;
use crate::inference::{Drop, InputColumn, Monotone, Mover, Proof, SumOfTrees};
use crate::metrics::drift::NumericSample;
use crate::resource::feeding::Feeding;
use crate::resource::kind::model::OpenModel;
use crate::resource::matching::InputPlan;
use crate::resource::scores::ScoreReading;
use crate::resource::table::{Column, Table};
use crate::vocabulary::Problem;

/// Rows that are moved by running the model, the first of the dataset.
const MODEL_ROWS: usize = 2_000;
/// Nodes of trees that are looked at for all rows of a constraint.
const MOST_WORK: usize = 400_000_000;
/// Violating rows of a constraint that are listed.
const MOST_LISTED: usize = 20;
/// A score that changes by less has been rounded otherwise.
const LEAST_CHANGE: f32 = 1e-6;

/// What a check is made of.
pub(in crate::resource) struct Subject<'a> {
    pub(in crate::resource) model: &'a OpenModel,
    pub(in crate::resource) plans: &'a [InputPlan],
    pub(in crate::resource) reading: &'a ScoreReading,
    pub(in crate::resource) missing_text: &'a str,
    /// The first rows of the dataset: what the model takes.
    pub(in crate::resource) table: &'a Table,
    /// The trees, or why there are none.
    pub(in crate::resource) trees: Result<SumOfTrees, String>,
}

impl Subject<'_> {
    /// Checks them all; `go_on` fails where it is to end.
    pub(in crate::resource) fn check<E: From<Problem>>(
        &self,
        trends: &[Trend],
        mut go_on: impl FnMut() -> Result<(), E>,
    ) -> Result<CheckedConstraints, E> {
        let mut checked = CheckedConstraints {
            range: self.range(),
            unproven: self.trees.as_ref().err().cloned(),
            ..CheckedConstraints::default()
        };
        for trend in trends {
            go_on()?;
            checked.monotone.push(self.trend(trend)?);
        }
        Ok(checked)
    }

    /// What the score lies between, where it is the one that rises with the trees.
    fn range(&self) -> Option<(f64, f64)> {
        let trees = self.trees.as_ref().ok()?;
        self.reading.is_score_itself().then(|| trees.range())?
    }

    fn trend(&self, trend: &Trend) -> Result<CheckedTrend, Problem> {
        let place = self.place(&trend.feature)?;
        // A score of the first of two classes falls where that of the second rises.
        let with = self.reading.rises_with_second();
        let (trees, rises) = match (&self.trees, with) {
            (Ok(trees), Some(with)) => (Some(trees), trend.rises == with),
            _ => (None, trend.rises),
        };
        let shown = trees.map(|trees| trees.monotone(place, rises));
        let mut checked = CheckedTrend {
            trend: trend.clone(),
            verdict: Verdict::Undecided,
            how: String::new(),
            rows: 0,
            violations: 0,
            listed: Vec::new(),
            example: None,
        };
        let pair = match shown {
            Some(Monotone::Proven(proof)) => {
                checked.verdict = Verdict::Proven;
                proof_words(proof).clone_into(&mut checked.how);
                return Ok(checked);
            }
            Some(Monotone::Broken(drop)) => Some(drop),
            Some(Monotone::Undecided(why)) => {
                checked.how = why;
                None
            }
            None => {
                let why = self.trees.as_ref().err().cloned().unwrap_or_default();
                checked.how = format!("not proven from trees: {why}");
                None
            }
        };
        let mover = trees.and_then(|trees| trees.mover(place, rises));
        match (mover, trees) {
            (Some(mover), Some(trees)) => self.move_by_trees(&mover, trees, &mut checked)?,
            _ => self.move_by_model(&mut checked)?,
        }
        if checked.violations > 0 {
            checked.verdict = Verdict::Violated;
            "rows of the dataset, moved".clone_into(&mut checked.how);
        } else if let Some(drop) = pair {
            checked.verdict = Verdict::Violated;
            "rows that the dataset does not hold".clone_into(&mut checked.how);
            checked.example = Some(self.example(trend, &drop)?);
        } else {
            checked.how = format!(
                "{} rows moved, none breaks it; {}",
                checked.rows, checked.how
            );
        }
        Ok(checked)
    }

    /// Which column of which input a feature is.
    fn place(&self, feature: &str) -> Result<InputColumn, Problem> {
        let plans = self.plans.iter().enumerate();
        let mut places = plans.flat_map(|(input, plan)| {
            let columns = plan.columns.iter().enumerate();
            columns
                .filter(|(_, name)| *name == feature)
                .map(move |(column, _)| (input, column))
        });
        let found = places.next();
        found.ok_or_else(|| Problem::new(format!("the model takes no column `{feature}`")))
    }

    fn name(&self, (input, column): InputColumn) -> &str {
        &self.plans[input].columns[column]
    }

    /// Moves the rows through the cells of the trees, exactly.
    fn move_by_trees(
        &self,
        mover: &Mover<'_>,
        trees: &SumOfTrees,
        checked: &mut CheckedTrend,
    ) -> Result<(), Problem> {
        let beside = mover
            .beside
            .iter()
            .map(|column| self.table.numbers(self.name(*column)));
        let beside: Vec<&[f64]> = beside.collect::<Result<_, _>>()?;
        let rows = (MOST_WORK / mover.work().max(1)).clamp(1, self.table.rows.max(1));
        for row in 0..rows.min(self.table.rows) {
            let values: Vec<f32> = beside.iter().map(|column| column[row] as f32).collect();
            // What is missing is outside the claim.
            if values.iter().any(|value| value.is_nan()) {
                continue;
            }
            checked.rows += 1;
            if let Some(drop) = trees.drop_of(mover, &values) {
                checked.violations += 1;
                if checked.listed.len() < MOST_LISTED {
                    let between = (f64::from(drop.between.0), f64::from(drop.between.1));
                    let violation = self.violation(&checked.trend, row, between)?;
                    checked.listed.push(violation);
                }
            }
        }
        Ok(())
    }

    /// Moves the first rows through the feature's tenths by running the model.
    fn move_by_model(&self, checked: &mut CheckedTrend) -> Result<(), Problem> {
        let feature = &checked.trend.feature;
        let numbers = self.table.numbers(feature)?;
        let ends = [f64::min, f64::max].map(|end| {
            let known = numbers.iter().copied().filter(|value| value.is_finite());
            known.reduce(end)
        });
        let mut values = NumericSample::new(numbers).decile_edges();
        values.extend(ends.into_iter().flatten());
        values.sort_by(f64::total_cmp);
        values.dedup();
        let rows = self.table.rows.min(MODEL_ROWS);
        let mut steps: Vec<Vec<f32>> = Vec::with_capacity(values.len());
        for value in &values {
            steps.push(self.scores(&[(feature, *value)], 0..rows)?);
        }
        for row in 0..rows {
            if steps.iter().any(|scores| scores[row].is_nan()) {
                continue;
            }
            checked.rows += 1;
            let wrong = |at: usize| {
                let (before, after) = (steps[at][row], steps[at + 1][row]);
                if checked.trend.rises {
                    before - after
                } else {
                    after - before
                }
            };
            let steepest = (0..values.len().saturating_sub(1))
                .max_by(|a, b| wrong(*a).total_cmp(&wrong(*b)))
                .filter(|at| wrong(*at) > LEAST_CHANGE);
            if let Some(at) = steepest {
                checked.violations += 1;
                if checked.listed.len() < MOST_LISTED {
                    checked.listed.push(Violation {
                        row: Some(row),
                        between: (values[at], values[at + 1]),
                        scores: (f64::from(steps[at][row]), f64::from(steps[at + 1][row])),
                        others: Vec::new(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A row of the dataset with two values of a feature.
    fn violation(
        &self,
        trend: &Trend,
        row: usize,
        between: (f64, f64),
    ) -> Result<Violation, Problem> {
        let score = |value: f64| {
            let scores = self.scores(&[(&trend.feature, value)], row..row + 1)?;
            Ok::<f64, Problem>(scores.first().copied().map_or(f64::NAN, f64::from))
        };
        Ok(Violation {
            row: Some(row),
            between,
            scores: (score(between.0)?, score(between.1)?),
            others: Vec::new(),
        })
    }

    /// A pair of rows that the dataset does not hold: its first row, but for what matters.
    fn example(&self, trend: &Trend, drop: &Drop) -> Result<Violation, Problem> {
        let others = drop.others.iter();
        let others: Vec<(String, f64)> = others
            .map(|(column, value)| (self.name(*column).to_owned(), f64::from(*value)))
            .collect();
        let between = (f64::from(drop.between.0), f64::from(drop.between.1));
        let score = |value: f64| {
            let mut changed: Vec<(&str, f64)> = others
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .collect();
            changed.push((&trend.feature, value));
            let scores = self.scores(&changed, 0..1.min(self.table.rows))?;
            Ok::<f64, Problem>(scores.first().copied().map_or(f64::NAN, f64::from))
        };
        Ok(Violation {
            row: None,
            between,
            scores: (score(between.0)?, score(between.1)?),
            others,
        })
    }

    /// The scores of some rows with other values in some columns.
    fn scores<S: AsRef<str>>(
        &self,
        changed: &[(S, f64)],
        rows: std::ops::Range<usize>,
    ) -> Result<Vec<f32>, Problem> {
        let columns: BTreeMap<&str, f64> = changed
            .iter()
            .map(|(name, value)| (name.as_ref(), *value))
            .collect();
        let table = self.table.with_numbers(&columns);
        let feeding = Feeding::new(&table, self.plans, self.missing_text)?;
        let chunk = feeding.chunk(rows)?;
        let block = self.model.run(chunk.rows, &chunk.blocks())?;
        self.reading
            .read(&block)
            .map_err(|_| Problem::new("the model gives no scores for rows with other values"))
    }
}

fn proof_words(proof: Proof) -> &'static str {
    match proof {
        Proof::Unused => "no tree splits on it",
        Proof::EveryTree => "every tree is monotone in it",
        Proof::AddedUp => {
            "every tree is monotone in it, once those that split on it alone are added up"
        }
        Proof::EveryCell => "every cell between the thresholds of the trees shows it",
    }
}

/// Is a feature one that a score can be monotone in?
pub(in crate::resource) fn is_number(column: &Column) -> bool {
    matches!(column, Column::Numbers { .. })
}
