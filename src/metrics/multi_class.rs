//! How well the scores of several classes agree with the labels. Scores are row-major,
//! `n x classes`; labels are class indices.

use super::classification::{LOG_LOSS_CLIP, Performance, auc, mean_of, ratio};

/// The place of the highest score; the first of equal ones, as in numpy's `argmax`. `None` without
/// scores. A score that is not a number is passed over.
pub fn most_likely<T: PartialOrd + Copy>(row: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (place, &score) in row.iter().enumerate() {
        let is_number = score.partial_cmp(&score).is_some();
        if is_number && best.is_none_or(|(_, highest)| score > highest) {
            best = Some((place, score));
        }
    }
    best.map(|(place, _)| place)
}

/// The most likely class of every row; class 0 where no score is a number.
///
/// # Panics
/// If `classes` is 0.
pub fn decide<T: PartialOrd + Copy>(scores: &[T], classes: usize) -> Vec<usize> {
    let rows = scores.chunks_exact(classes);
    rows.map(|row| most_likely(row).unwrap_or(0)).collect()
}

/// Rows by true class (line) and decision (column), row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    counts: Vec<u64>,
    classes: usize,
}

impl Confusion {
    /// Counts rows.
    ///
    /// # Panics
    /// If the slices differ in length or hold an index that is not below `classes`.
    pub fn count(labels: &[usize], predicted: &[usize], classes: usize) -> Self {
        assert_eq!(labels.len(), predicted.len(), "one decision a label");
        let mut counts = Self::empty(classes);
        for (label, decision) in labels.iter().zip(predicted) {
            counts.add(*label, *decision);
        }
        counts
    }

    /// No rows of so many classes.
    pub fn empty(classes: usize) -> Self {
        Self {
            counts: vec![0; classes * classes],
            classes,
        }
    }

    /// Counts a row.
    ///
    /// # Panics
    /// If an index is not below the number of classes.
    pub fn add(&mut self, label: usize, decision: usize) {
        let is_class = label.max(decision) < self.classes;
        assert!(is_class, "labels are class indices");
        self.counts[label * self.classes + decision] += 1;
    }

    /// Rows of class `label` that were decided to be `decision`.
    pub fn rows(&self, label: usize, decision: usize) -> u64 {
        self.counts[label * self.classes + decision]
    }

    /// Rows of this class.
    pub fn labelled(&self, class: usize) -> u64 {
        (0..self.classes).map(|d| self.rows(class, d)).sum()
    }

    /// Rows decided to be of this class.
    pub fn decided(&self, class: usize) -> u64 {
        (0..self.classes).map(|l| self.rows(l, class)).sum()
    }

    /// All rows.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Share of rows decided rightly. `None` without rows.
    pub fn accuracy(&self) -> Option<f64> {
        let right: u64 = (0..self.classes).map(|c| self.rows(c, c)).sum();
        ratio(right, self.n())
    }

    /// Share of the rows of a class that were decided rightly. `None` without such rows.
    pub fn recall(&self, class: usize) -> Option<f64> {
        ratio(self.rows(class, class), self.labelled(class))
    }

    /// Share of the rows decided to be of a class that are. `None` without such rows.
    pub fn precision(&self, class: usize) -> Option<f64> {
        ratio(self.rows(class, class), self.decided(class))
    }

    /// Mean over the classes that occur, as label or decision, of `2 TP / (2 TP + FP + FN)`
    /// (scikit-learn's `f1_score(average="macro")`). `None` without rows.
    pub fn macro_f1(&self) -> Option<f64> {
        let f1 = |class: usize| {
            let both = self.labelled(class) + self.decided(class);
            ratio(2 * self.rows(class, class), both)
        };
        let defined: Vec<f64> = (0..self.classes).filter_map(f1).collect();
        mean_of(defined.iter().sum(), defined.len())
    }
}

/// Mean over the classes of the AUC of each against the rest (Provost & Domingos 2000; scikit-learn's
/// `roc_auc_score(multi_class="ovr", average="macro")`). `None` where a class has no row or a score
/// is NaN.
///
/// # Panics
/// If the shapes differ.
pub fn macro_auc(labels: &[usize], scores: &[f64], classes: usize) -> Option<f64> {
    check_shape(labels, scores, classes);
    let mut sum = 0.0;
    for class in 0..classes {
        let is_it: Vec<bool> = labels.iter().map(|label| *label == class).collect();
        let column: Vec<f64> = scores
            .iter()
            .skip(class)
            .step_by(classes)
            .copied()
            .collect();
        sum += auc(&is_it, &column)?;
    }
    mean_of(sum, classes)
}

/// Mean cross-entropy in nats, `-mean(ln p_y)`, with `p_y` clipped by [`LOG_LOSS_CLIP`]. `None`
/// without rows or where a score of a true class is NaN.
///
/// # Panics
/// If the shapes differ.
pub fn log_loss(labels: &[usize], scores: &[f64], classes: usize) -> Option<f64> {
    let losses = row_log_losses(labels, scores, classes);
    mean_of(losses.iter().sum(), labels.len())
}

/// The cross-entropy of each row, as [`log_loss`] has it.
///
/// # Panics
/// If the shapes differ.
pub fn row_log_losses(labels: &[usize], scores: &[f64], classes: usize) -> Vec<f64> {
    check_shape(labels, scores, classes);
    let rows = scores.chunks_exact(classes).zip(labels);
    let loss = |(row, label): (&[f64], &usize)| {
        -row[*label].clamp(LOG_LOSS_CLIP, 1.0 - LOG_LOSS_CLIP).ln()
    };
    rows.map(loss).collect()
}

/// Brier score `mean(sum_c (p_c - y_c)^2)`, from 0 to 2, in its original form over all classes
/// (Brier 1950). `None` without rows or where a score is NaN.
///
/// # Panics
/// If the shapes differ.
pub fn brier_score(labels: &[usize], scores: &[f64], classes: usize) -> Option<f64> {
    let sum = row_brier_scores(labels, scores, classes).sum();
    mean_of(sum, labels.len())
}

/// That of each row, as [`brier_score`] has it.
///
/// # Panics
/// If the shapes differ.
pub fn row_brier_scores<'v>(
    labels: &'v [usize],
    scores: &'v [f64],
    classes: usize,
) -> impl Iterator<Item = f64> + 'v {
    check_shape(labels, scores, classes);
    let rows = scores.chunks_exact(classes).zip(labels);
    rows.map(|(row, label)| {
        let cells = row.iter().enumerate();
        let square = |(class, p): (usize, &f64)| (p - f64::from(u8::from(class == *label))).powi(2);
        cells.map(square).sum()
    })
}

fn check_shape(labels: &[usize], scores: &[f64], classes: usize) {
    assert_eq!(labels.len() * classes, scores.len(), "rows x classes");
}

/// AUC, accuracy, F1 and log loss: [`macro_auc`], [`Confusion::accuracy`], [`Confusion::macro_f1`] and
/// [`log_loss`]. Each row is decided for its most likely class.
///
/// # Panics
/// If the shapes differ or `classes` is 0.
pub fn performance(labels: &[usize], scores: &[f64], classes: usize) -> Performance {
    let counts = Confusion::count(labels, &decide(scores, classes), classes);
    Performance {
        auc: macro_auc(labels, scores, classes),
        accuracy: counts.accuracy(),
        f1: counts.macro_f1(),
        log_loss: log_loss(labels, scores, classes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(found: Option<f64>, expected: f64) {
        let found = found.unwrap_or(f64::NAN);
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    /// scikit-learn 1.9.1: accuracy_score, f1_score, log_loss, roc_auc_score; numpy for Brier.
    #[test]
    fn metrics_are_those_of_scikit_learn() {
        let labels = [0, 1, 2, 2, 1, 0];
        let scores = [
            0.5, 0.3, 0.2, //
            0.4, 0.4, 0.2, // a tie is decided for the first class
            0.1, 0.2, 0.7, //
            0.2, 0.5, 0.3, //
            0.3, 0.3, 0.4, //
            0.6, 0.2, 0.2,
        ];
        let found = performance(&labels, &scores, 3);
        is_near(found.accuracy, 0.5);
        is_near(found.f1, 0.433_333_333_333_333_35);
        is_near(found.log_loss, 0.814_147_348_131_782_6);
        is_near(found.auc, 0.854_166_666_666_666_6);
        is_near(brier_score(&labels, &scores, 3), 0.473_333_333_333_333_4);
    }

    #[test]
    fn a_class_without_rows_has_no_auc_and_no_part_in_f1() {
        let labels = [0, 1, 1, 0];
        let scores = [
            0.8, 0.1, 0.1, //
            0.1, 0.8, 0.1, //
            0.8, 0.1, 0.1, //
            0.8, 0.1, 0.1,
        ];
        let found = performance(&labels, &scores, 3);
        is_near(found.f1, 0.733_333_333_333_333_4);
        assert_eq!(found.auc, None);
        assert_eq!(performance(&[], &[], 3), Performance::default());
    }
}
