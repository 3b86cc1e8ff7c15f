//! How each row moves a metric (the influence function; Hampel 1974): the metric varies about as the mean
//! of that does, which is the delta method. So the errors of a metric, of its mean over repeats and of the
//! difference of two models follow from one value a row, and no row is drawn again.
//!
//! Influences are known up to a number that all rows have in common: it goes out of every error.

use super::classification::{Confusion, mean_of};
use super::multi_class;
use super::regression::{r_squared, root_mean_squared_error};
use super::standard_error::ordered_shares;

/// A metric, and how each row moves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// The metric.
    pub value: f64,
    /// By row.
    pub rows: Vec<f64>,
}

impl Influence {
    /// Of the mean of what is known of each row. `None` without rows, and where one is not finite.
    pub fn of_mean(rows: Vec<f64>) -> Option<Self> {
        let value = rows.iter().sum::<f64>() / rows.len() as f64;
        value.is_finite().then_some(Self { value, rows })
    }

    /// Of the AUC: a row's share of the other class that it is ordered rightly against, less the AUC,
    /// over the share of rows in its own class. `None` where a class has no row or a score is NaN.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of_auc(labels: &[bool], scores: &[f64]) -> Option<Self> {
        let mut rows = ordered_shares(labels, scores)?;
        let n = labels.len() as f64;
        let positives = labels.iter().filter(|label| **label).count() as f64;
        let own = labels.iter().zip(&rows).filter(|(label, _)| **label);
        let auc = own.map(|(_, share)| share).sum::<f64>() / positives;
        for (row, label) in rows.iter_mut().zip(labels) {
            let side = if *label { positives } else { n - positives };
            *row = (*row - auc) * n / side;
        }
        Some(Self { value: auc, rows })
    }

    /// Of the macro AUC of several classes: the mean of those of each class against the rest. Scores are
    /// row-major. `None` where a class has no row or a score is NaN.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn of_macro_auc(labels: &[usize], scores: &[f64], classes: usize) -> Option<Self> {
        Self::mean((0..classes).map(|class| {
            let is_it: Vec<bool> = labels.iter().map(|label| *label == class).collect();
            let column = scores.iter().skip(class).step_by(classes).copied();
            Self::of_auc(&is_it, &column.collect::<Vec<_>>())
        }))
    }

    /// Of F1 = 2a / (2a + e) with the shares a of true positives and e of errors. `None` where F1 is.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of_f1(labels: &[bool], scores: &[f64], threshold: f64) -> Option<Self> {
        assert_eq!(labels.len(), scores.len(), "one score a label");
        let decided = || {
            labels
                .iter()
                .zip(scores)
                .map(|(l, s)| (*l, *s >= threshold))
        };
        let mut counts = Confusion::default();
        for (label, decision) in decided() {
            counts.add(label, decision);
        }
        let value = counts.f1()?;
        let n = counts.n() as f64;
        let slopes = f1_slopes(
            counts.true_positives as f64 / n,
            (counts.false_positives + counts.false_negatives) as f64 / n,
        );
        let rows = decided().map(|row| match row {
            (true, true) => slopes.0,
            (false, false) => 0.0,
            _ => slopes.1,
        });
        Some(Self {
            value,
            rows: rows.collect(),
        })
    }

    /// Of [`multi_class::Confusion::macro_f1`], by the F1 of every class that occurs. `None` where none
    /// does.
    ///
    /// # Panics
    /// If the slices differ in length or hold an index that is not below `classes`.
    pub fn of_macro_f1(labels: &[usize], decisions: &[usize], classes: usize) -> Option<Self> {
        let value = multi_class::Confusion::count(labels, decisions, classes).macro_f1()?;
        let rows = macro_f1_rows(labels, decisions, classes).collect();
        Some(Self { value, rows })
    }

    /// Of RMSE = sqrt(A), `A` the mean of the squared errors `e^2`: `(e^2 - A) / (2 sqrt(A))`. `None`
    /// where there is no error at all.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of_root_mean_squared_error(outcomes: &[f64], predicted: &[f64]) -> Option<Self> {
        let value = root_mean_squared_error(outcomes, predicted)?;
        let rows = root_mean_squared_error_rows(outcomes, predicted)?.collect();
        Some(Self { value, rows })
    }

    /// Of R2 = 1 - A / B, `B` the mean of the squared distances `d^2` of the outcomes from their mean:
    /// `A / B^2 d^2 - e^2 / B`. `None` where R2 is.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn of_r_squared(outcomes: &[f64], predicted: &[f64]) -> Option<Self> {
        let value = r_squared(outcomes, predicted)?;
        let rows = r_squared_rows(outcomes, predicted)?.collect();
        Some(Self { value, rows })
    }

    /// Of the mean of metrics over the same rows. `None` without any, and where one is undefined.
    pub fn mean(all: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut mean = MeanInfluence::default();
        for one in all {
            mean.add(one);
        }
        mean.finish()
    }
}

/// The mean of metrics over the same rows, such as those of repeats, one after the other.
#[derive(Clone, Debug, Default)]
pub struct MeanInfluence {
    sum: Option<Influence>,
    count: f64,
    is_undefined: bool,
}

impl MeanInfluence {
    /// Adds one; where that is undefined, so is the mean.
    ///
    /// # Panics
    /// If it is of other rows.
    pub fn add(&mut self, one: Option<Influence>) {
        let Some(one) = one else {
            self.is_undefined = true;
            return;
        };
        self.count += 1.0;
        let Some(sum) = &mut self.sum else {
            self.sum = Some(one);
            return;
        };
        assert_eq!(sum.rows.len(), one.rows.len(), "the same rows again");
        sum.value += one.value;
        for (row, own) in sum.rows.iter_mut().zip(&one.rows) {
            *row += own;
        }
    }

    /// The mean. `None` without any.
    pub fn finish(self) -> Option<Influence> {
        let mut sum = self.sum.filter(|_| !self.is_undefined)?;
        sum.value /= self.count;
        for row in &mut sum.rows {
            *row /= self.count;
        }
        Some(sum)
    }
}

/// How F1 changes with the share of true positives, and with that of errors.
fn f1_slopes(a: f64, e: f64) -> (f64, f64) {
    let square = (2.0 * a + e).powi(2);
    (2.0 * e / square, -2.0 * a / square)
}

/// The influence of each row on the macro F1; NaN where no class occurs.
pub(super) fn macro_f1_rows<'v>(
    labels: &'v [usize],
    decisions: &'v [usize],
    classes: usize,
) -> impl Iterator<Item = f64> + 'v {
    let counts = multi_class::Confusion::count(labels, decisions, classes);
    let n = labels.len() as f64;
    let slopes = (0..classes).map(|class| {
        let a = counts.rows(class, class) as f64 / n;
        let both = (counts.labelled(class) + counts.decided(class)) as f64 / n;
        (both > 0.0).then(|| f1_slopes(a, both - 2.0 * a))
    });
    let slopes: Vec<Option<(f64, f64)>> = slopes.collect();
    let occurring = slopes.iter().flatten().count() as f64;
    labels.iter().zip(decisions).map(move |(label, decision)| {
        let slope = |class: &usize| slopes[*class].unwrap_or_default();
        let sum = if label == decision {
            slope(label).0
        } else {
            slope(label).1 + slope(decision).1
        };
        sum / occurring
    })
}

/// The influence of each row on the RMSE; none where there is no error at all.
pub(super) fn root_mean_squared_error_rows<'v>(
    outcomes: &'v [f64],
    predicted: &'v [f64],
) -> Option<impl Iterator<Item = f64> + 'v> {
    let square = mean_square(errors(outcomes, predicted), outcomes.len())?;
    let twice = 2.0 * square.sqrt();
    Some(errors(outcomes, predicted).map(move |e| e * e / twice))
}

/// The influence of each row on R2; none where there is no error at all, or all outcomes are equal.
pub(super) fn r_squared_rows<'v>(
    outcomes: &'v [f64],
    predicted: &'v [f64],
) -> Option<impl Iterator<Item = f64> + 'v> {
    let n = outcomes.len();
    let centre = outcomes.iter().sum::<f64>() / n as f64;
    let distances = move || outcomes.iter().map(move |y| y - centre);
    let a = mean_square(errors(outcomes, predicted), n)?;
    let b = mean_square(distances(), n)?;
    let rows = errors(outcomes, predicted).zip(distances());
    Some(rows.map(move |(e, d)| a / (b * b) * d * d - e * e / b))
}

fn mean_square(values: impl Iterator<Item = f64>, n: usize) -> Option<f64> {
    mean_of(values.map(|v| v * v).sum(), n).filter(|mean| *mean > 0.0)
}

fn errors<'v>(outcomes: &'v [f64], predicted: &'v [f64]) -> impl Iterator<Item = f64> + 'v {
    assert_eq!(outcomes.len(), predicted.len(), "one prediction an outcome");
    outcomes.iter().zip(predicted).map(|(y, f)| y - f)
}
