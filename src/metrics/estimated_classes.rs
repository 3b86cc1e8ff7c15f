//! The same as [`estimated_performance`](super::estimated_performance) for several classes, as NannyML has
//! it: the scores of each class are calibrated against the rest, a row's chances are brought to a sum of 1,
//! and each metric is the mean over the classes of what is to be expected of it against the rest. The class
//! is decided by the raw scores.
//!
//! Scores and chances are row-major, `n x classes`.

use super::classification::{LOG_LOSS_CLIP, mean_of};
use super::distributions::chi_square_upper;
use super::estimated_performance::{Expected, expected_auc};
use super::isotonic::Isotonic;
use super::multi_class::decide;

/// What the scores of each class have turned out to mean.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCalibration(Vec<Isotonic>);

impl ClassCalibration {
    /// Isotonic regression of "is it of this class" on the scores of each. `None` without rows, and where a
    /// score is no number.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn fit(labels: &[usize], scores: &[f64], classes: usize) -> Option<Self> {
        assert_eq!(scores.len(), labels.len() * classes, "a score a class");
        let fits = (0..classes).map(|class| {
            let is_it: Vec<bool> = labels.iter().map(|label| *label == class).collect();
            Isotonic::fit(&column(scores, class, classes), &is_it)
        });
        fits.collect::<Option<_>>().map(Self)
    }

    /// The chance of each class in each row: what its score has turned out to mean, over the sum of those
    /// of the row; where all are 0, one as likely as the other.
    ///
    /// # Panics
    /// If the shape is another.
    pub fn at(&self, scores: &[f64]) -> Vec<f64> {
        let classes = self.0.len();
        assert_eq!(scores.len() % classes, 0, "a score a class");
        let mut chances = Vec::with_capacity(scores.len());
        for row in scores.chunks_exact(classes) {
            let start = chances.len();
            chances.extend(self.0.iter().zip(row).map(|(fit, score)| fit.at(*score)));
            let sum: f64 = chances[start..].iter().sum();
            for chance in &mut chances[start..] {
                *chance = if sum == 0.0 {
                    1.0 / classes as f64
                } else {
                    *chance / sum
                };
            }
        }
        chances
    }
}

/// What is to be expected of some rows of several classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectedClasses {
    /// The counts and the AUC of each class against the rest.
    pub classes: Vec<Expected>,
    /// Share of rows decided rightly: the mean chance of the class that is decided.
    pub accuracy: Option<f64>,
    /// Mean cross-entropy of the raw scores, clipped as that of known labels.
    pub log_loss: Option<f64>,
}

impl ExpectedClasses {
    /// Of raw scores and the chances that they stand for.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn of(scores: &[f64], chances: &[f64], classes: usize) -> Self {
        assert_eq!(scores.len(), chances.len(), "one chance a score");
        let decisions = decide(scores, classes);
        let n = decisions.len();
        let of_class = |class: usize| {
            let own = column(chances, class, classes);
            let decided = decisions.iter().map(|decision| *decision == class);
            Expected {
                auc: expected_auc(&column(scores, class, classes), &own),
                ..Expected::of_decisions(decided.zip(own))
            }
        };
        let rows = chances.chunks_exact(classes).zip(&decisions);
        let right = rows.map(|(row, decision)| row[*decision]).sum();
        let losses = scores
            .iter()
            .zip(chances)
            .map(|(score, chance)| -chance * score.clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP).ln());
        Self {
            classes: (0..classes).map(of_class).collect(),
            accuracy: mean_of(right, n),
            log_loss: mean_of(losses.sum(), n),
        }
    }

    /// The mean over the classes of what [`Expected`] tells of each; `None` where it is undefined for one.
    pub fn mean(&self, of: impl Fn(&Expected) -> Option<f64>) -> Option<f64> {
        let all: Vec<f64> = self.classes.iter().map(of).collect::<Option<_>>()?;
        mean_of(all.iter().sum(), all.len())
    }
}

/// Are the labels of some rows what their chances let expect? The p-value of the rows decided rightly among
/// those given each class against their expectation: the sum of squared z, by chi-square. `None` where
/// every row is certain.
///
/// # Panics
/// If the shapes differ.
pub fn class_calibration_p_value(
    labels: &[usize],
    scores: &[f64],
    chances: &[f64],
    classes: usize,
) -> Option<f64> {
    assert_eq!(scores.len(), labels.len() * classes, "a score a class");
    assert_eq!(scores.len(), chances.len(), "one chance a score");
    // By decision: rows decided rightly beyond those expected, and the variance of their number.
    let mut sides = vec![(0.0, 0.0); classes];
    let rows = labels.iter().zip(decide(scores, classes));
    for ((label, decision), row) in rows.zip(chances.chunks_exact(classes)) {
        let (side, chance) = (&mut sides[decision], row[decision]);
        side.0 += f64::from(u8::from(*label == decision)) - chance;
        side.1 += chance * (1.0 - chance);
    }
    let uncertain = sides.iter().filter(|(_, variance)| *variance > 0.0);
    let squares = uncertain
        .clone()
        .map(|(beyond, variance)| beyond * beyond / variance);
    chi_square_upper(squares.sum(), uncertain.count())
}

fn column(table: &[f64], class: usize, classes: usize) -> Vec<f64> {
    table.iter().skip(class).step_by(classes).copied().collect()
}
