//! Adaptive prediction sets, APS (Romano, Sesia & Candes 2020): the nonconformity scores. Their
//! quantile is that of [`conformal::Calibration`](super::conformal::Calibration).

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

/// The scores of the true classes, of row-major scores of all classes.
///
/// # Panics
/// If a label is not below `classes`.
pub fn of_labels(scores: &[f64], classes: usize, labels: &[usize]) -> Vec<f64> {
    let rows = scores.chunks_exact(classes).zip(labels);
    rows.map(|(row, label)| row[*label]).collect()
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
        assert_eq!(
            of_labels(&found, 4, &[1, 2, 0]),
            [found[1], found[6], found[8]]
        );
    }
}
