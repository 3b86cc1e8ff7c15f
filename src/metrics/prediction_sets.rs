//! Conformal prediction sets for three classes or more, beside the plain ones of
//! [`conformal`](super::conformal): adaptive sets (APS) and class-conditional ones. Probabilities
//! are row-major, `n x classes`; labels are class indices.

use super::conformal::{Calibration, Coverage, is_in_set};

/// For every row and class, the probability mass of the classes that are likelier, plus the share
/// `1 - u` of the class's own: the score of adaptive prediction sets with their random part `u` in
/// `[0, 1)`, one a row (Romano, Sesia & Candes 2020). Of equally likely classes the first counts
/// as likelier.
///
/// With two classes the likelier one is in every set and the sets say nothing that LAC does not:
/// use this for three classes or more.
///
/// # Panics
/// If `classes` is 0 or the shapes differ.
pub fn adaptive_scores(probabilities: &[f64], classes: usize, u: &[f64]) -> Vec<f64> {
    assert!(classes > 0, "at least one class");
    assert_eq!(probabilities.len(), classes * u.len(), "rows x classes");
    let mut scores = vec![f64::NAN; probabilities.len()];
    let mut order: Vec<usize> = Vec::with_capacity(classes);
    let rows = probabilities.chunks_exact(classes).zip(u);
    for ((row, u), scores) in rows.zip(scores.chunks_exact_mut(classes)) {
        order.clear();
        order.extend(0..classes);
        order.sort_by(|a, b| row[*b].total_cmp(&row[*a]).then(a.cmp(b)));
        let mut mass = 0.0;
        for &class in &order {
            scores[class] = mass + (1.0 - u) * row[class];
            mass += row[class];
        }
    }
    scores
}

/// The scores of the true classes.
pub fn of_labels(scores: &[f64], classes: usize, labels: &[usize]) -> Vec<f64> {
    let rows = scores.chunks_exact(classes).zip(labels);
    rows.map(|(row, label)| row[*label]).collect()
}

/// Counts what sets cover, where a class belongs to a row's set if its score is at most the
/// quantile of its class; without a quantile it always does.
///
/// # Panics
/// If the shapes differ.
pub fn coverage_by_scores(
    scores: &[f64],
    classes: usize,
    labels: &[usize],
    quantiles: &[Option<f64>],
) -> Coverage {
    assert_eq!(quantiles.len(), classes, "one quantile a class");
    assert_eq!(scores.len(), classes * labels.len(), "rows x classes");
    let mut set_sizes = vec![0_u64; classes + 1];
    let (mut rows, mut covered) = (vec![0_u64; classes], vec![0_u64; classes]);
    for (row, &label) in scores.chunks_exact(classes).zip(labels) {
        // A score of `1 - p` asks what `is_in_set` asks of a probability, with its slack for ties.
        let is_in = |class: usize| is_in_set(1.0 - row[class], quantiles[class]);
        set_sizes[(0..classes).filter(|class| is_in(*class)).count()] += 1;
        rows[label] += 1;
        covered[label] += u64::from(is_in(label));
    }
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let n = labels.len() as u64;
    let members: u64 = (0..).zip(&set_sizes).map(|(size, rows)| size * rows).sum();
    let class_coverage = covered.iter().zip(&rows);
    Coverage {
        coverage: share(covered.iter().sum(), n),
        mean_set_size: share(members, n),
        set_sizes,
        class_coverage: class_coverage.map(|(c, n)| share(*c, *n)).collect(),
    }
}

/// A calibration of its own for every class, from the rows of that class (Mondrian conformal
/// prediction; Vovk 2012): coverage then holds for each class, not only on average.
pub fn by_class(scores_of_labels: &[f64], classes: usize, labels: &[usize]) -> Vec<Calibration> {
    let of = |class: usize| {
        let rows = scores_of_labels.iter().zip(labels);
        let own = rows.filter(|(_, label)| **label == class);
        Calibration::from_scores(own.map(|(score, _)| *score).collect())
    };
    (0..classes).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed in numpy: cumulative probability in falling order less `u` times the class's own.
    #[test]
    fn adaptive_scores_are_those_of_the_formula() {
        let probabilities = [
            0.4349, 0.1642, 0.2849, 0.1159, //
            0.0247, 0.3553, 0.5257, 0.0943, //
            0.0174, 0.3019, 0.3289, 0.3518,
        ];
        let expected = [
            0.39141, 0.86758, 0.69131, 0.98831, //
            0.97777, 0.56123, 0.05257, 0.89043, //
            0.9913, 0.83165, 0.51625, 0.1759,
        ];
        let found = adaptive_scores(&probabilities, 4, &[0.1, 0.9, 0.5]);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(of_labels(&found, 4, &[1, 2, 0])[1], found[6]);
    }

    #[test]
    fn every_class_has_its_own_quantile() {
        let scores = [0.1, 0.2, 0.3, 0.9, 0.8, 0.7];
        let labels = [0, 0, 0, 1, 1, 1];
        let own = by_class(&scores, 2, &labels);
        // k = ceil(4 * 0.5) = 2 of three scores.
        assert_eq!(own[0].quantile(0.5), Some(0.2));
        assert_eq!(own[1].quantile(0.5), Some(0.8));
        let rows = [0.15, 0.85, 0.25, 0.75];
        let found = coverage_by_scores(&rows, 2, &[0, 1], &[Some(0.2), Some(0.8)]);
        assert_eq!(found.coverage, Some(1.0));
        assert_eq!(found.set_sizes, [0, 2, 0]);
        assert_eq!(found.class_coverage, [Some(1.0), Some(1.0)]);
        let whole = coverage_by_scores(&rows, 2, &[0, 1], &[None, None]);
        assert_eq!(whole.mean_set_size, Some(2.0));
    }
}
