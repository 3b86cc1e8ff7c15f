//! Split-conformal prediction sets by the least ambiguous set-valued classifier, LAC (Sadinle, Lei
//! & Wasserman 2019). Probabilities are row-major, `n x classes`; labels are class indices.

use super::order::sort_key;

/// Slack on the right side of `1 - p <= quantile`, so that a float tie includes the class, as in MAPIE.
/// There it is 1e-8, for scores in float64; exported models give float32, where what the library itself
/// ties comes apart by the rounding of a few sums.
pub const TIE_SLACK: f64 = 4.0 * f32::EPSILON as f64;

/// Probabilities of both classes, row-major `n x 2`, from scores of class 1: `[1 - p, p]`.
pub fn binary_probabilities(scores: &[f64]) -> Vec<f64> {
    scores.iter().flat_map(|&p| [1.0 - p, p]).collect()
}

/// Nonconformity scores of a calibration split, sorted: any number of levels can be read from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    sorted: Vec<f64>,
}

impl Calibration {
    /// Takes a calibration split: the score of a row is `1 - p` of its true class. A NaN
    /// probability counts as the worst score.
    ///
    /// # Panics
    /// If `classes` is 0, the shapes differ, or a label is not below `classes`.
    pub fn new(probabilities: &[f64], classes: usize, labels: &[usize]) -> Self {
        check_shape(probabilities, classes, labels);
        let rows = probabilities.chunks_exact(classes).zip(labels);
        Self::from_scores(rows.map(|(row, &label)| 1.0 - row[label]).collect())
    }

    /// Takes nonconformity scores of any kind, one a row, the higher the worse. A NaN counts as
    /// the worst.
    pub fn from_scores(mut scores: Vec<f64>) -> Self {
        for score in &mut scores {
            if score.is_nan() {
                *score = f64::INFINITY;
            }
        }
        scores.sort_unstable_by_key(|&score| sort_key(score));
        Self { sorted: scores }
    }

    /// As [`Calibration::new`] for each class alone, from its own rows: for
    /// [`class_conditional_coverage`].
    ///
    /// # Panics
    /// As [`Calibration::new`].
    pub fn by_class(probabilities: &[f64], classes: usize, labels: &[usize]) -> Vec<Self> {
        check_shape(probabilities, classes, labels);
        let mut rows = vec![(Vec::new(), Vec::new()); classes];
        for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
            let (probabilities, labels) = &mut rows[label];
            probabilities.extend_from_slice(row);
            labels.push(label);
        }
        let own = rows.iter();
        own.map(|(probabilities, labels)| Self::new(probabilities, classes, labels))
            .collect()
    }

    /// The conformal quantile at miscoverage `alpha`: the k-th smallest score,
    /// `k = ceil((n + 1)(1 - alpha) - 1e-9)`, without interpolation (Vovk et al. 2005). `None`
    /// where `k > n`: the split is too small, and every class belongs to every set.
    ///
    /// # Panics
    /// If `alpha` does not lie between 0 and 1.
    pub fn quantile(&self, alpha: f64) -> Option<f64> {
        self.sorted
            .get(self.rank(alpha) - 1)
            .copied()
            .filter(|quantile| quantile.is_finite())
    }

    /// The k of [`Calibration::quantile`]; it may lie above the number of rows.
    ///
    /// # Panics
    /// If `alpha` does not lie between 0 and 1.
    pub fn rank(&self, alpha: f64) -> usize {
        assert!(alpha > 0.0 && alpha < 1.0, "alpha is a rate of misses");
        // (n + 1)(1 - alpha) may come out a hair above an integer.
        let rank = (self.rows() + 1) as f64 * (1.0 - alpha) - 1e-9;
        rank.ceil().max(1.0) as usize
    }

    /// Rows that calibrate.
    pub fn rows(&self) -> usize {
        self.sorted.len()
    }

    /// As [`Calibration::new`] for each group code in `0..group_count` alone, from its own rows; rows of
    /// other codes are left out.
    ///
    /// # Panics
    /// As [`Calibration::new`], and if there is not one group a label.
    pub fn by_group(
        probabilities: &[f64],
        classes: usize,
        labels: &[usize],
        (groups, group_count): (&[u32], usize),
    ) -> Vec<Self> {
        check_shape(probabilities, classes, labels);
        assert_eq!(labels.len(), groups.len(), "one group a label");
        let mut scores = vec![Vec::new(); group_count];
        let rows = probabilities.chunks_exact(classes).zip(labels).zip(groups);
        for ((row, &label), &group) in rows {
            if let Some(own) = scores.get_mut(group as usize) {
                own.push(1.0 - row[label]);
            }
        }
        scores.into_iter().map(Self::from_scores).collect()
    }
}

/// Does a class of this probability belong to the prediction set? Without a quantile
/// (see [`Calibration::quantile`]) every class does.
pub fn is_in_set(probability: f64, quantile: Option<f64>) -> bool {
    quantile.is_none_or(|quantile| 1.0 - probability <= quantile + TIE_SLACK)
}

/// How the prediction sets of a test split turned out.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Share of rows whose set holds the true class. `None` without rows.
    pub coverage: Option<f64>,
    /// Mean number of classes in a set. `None` without rows.
    pub mean_set_size: Option<f64>,
    /// Rows by the size of their set, from 0 (an empty set) to the number of classes.
    pub set_sizes: Vec<u64>,
    /// Coverage among the rows of each true class; `None` for a class without rows.
    pub class_coverage: Vec<Option<f64>>,
    /// Rows of each true class.
    pub class_rows: Vec<u64>,
    /// Coverage among the rows of each set size, from 0; `None` for a size that does not occur.
    pub size_coverage: Vec<Option<f64>>,
}

impl Coverage {
    /// Rows with an empty set.
    pub fn empty_sets(&self) -> u64 {
        self.set_sizes.first().copied().unwrap_or(0)
    }
}

/// Builds the set of every row at a quantile from [`Calibration::quantile`] and counts what it
/// covers. A class with a NaN probability is in no set, unless the quantile is `None`.
///
/// # Panics
/// If `classes` is 0, the shapes differ, or a label is not below `classes`.
pub fn coverage(
    probabilities: &[f64],
    classes: usize,
    labels: &[usize],
    quantile: Option<f64>,
) -> Coverage {
    class_conditional_coverage(probabilities, labels, &vec![quantile; classes])
}

/// As [`coverage`], with a quantile of its own for every class: the sets of Mondrian conformal
/// prediction (Vovk 2012), which keep their promise within each class.
///
/// # Panics
/// If there are no quantiles, the shapes differ, or a label is not below their number.
pub fn class_conditional_coverage(
    probabilities: &[f64],
    labels: &[usize],
    quantiles: &[Option<f64>],
) -> Coverage {
    let classes = quantiles.len();
    check_shape(probabilities, classes, labels);
    let mut sizes = vec![0u64; classes + 1];
    let mut sizes_covered = vec![0u64; classes + 1];
    let mut rows = vec![0u64; classes];
    let mut covered = vec![0u64; classes];
    for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
        let (size, holds) = set_of(row, label, quantiles);
        sizes[size] += 1;
        sizes_covered[size] += u64::from(holds);
        rows[label] += 1;
        covered[label] += u64::from(holds);
    }
    let n = labels.len() as u64;
    let members: u64 = (0..).zip(&sizes).map(|(size, rows)| size * rows).sum();
    Coverage {
        coverage: share(covered.iter().sum(), n),
        mean_set_size: share(members, n),
        class_coverage: shares(&covered, &rows),
        class_rows: rows,
        size_coverage: shares(&sizes_covered, &sizes),
        set_sizes: sizes,
    }
}

/// How the prediction sets of one group turned out.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupCoverage {
    /// Its rows.
    pub rows: u64,
    /// Those of them whose set holds the true class.
    pub covered: u64,
    /// Rows by the size of their set, from 0 to the number of classes.
    pub set_sizes: Vec<u64>,
    /// Share of them whose set holds the true class. `None` without rows.
    pub coverage: Option<f64>,
    /// Mean number of classes in a set. `None` without rows.
    pub mean_set_size: Option<f64>,
}

/// As [`coverage`], for each group code, each with a quantile of its own: Mondrian prediction sets (Vovk
/// 2012), or the same quantile for all. Rows of other codes are left out.
///
/// # Panics
/// If the shapes differ or a label is not below `classes`.
pub fn group_coverage(
    probabilities: &[f64],
    classes: usize,
    labels: &[usize],
    groups: &[u32],
    quantiles: &[Option<f64>],
) -> Vec<GroupCoverage> {
    check_shape(probabilities, classes, labels);
    assert_eq!(labels.len(), groups.len(), "one group a label");
    let quantiles: Vec<Vec<Option<f64>>> =
        quantiles.iter().map(|own| vec![*own; classes]).collect();
    let mut counts = vec![(0u64, vec![0u64; classes + 1]); quantiles.len()];
    let rows = probabilities.chunks_exact(classes).zip(labels).zip(groups);
    for ((row, &label), &group) in rows {
        if let Some((covered, sizes)) = counts.get_mut(group as usize) {
            let (size, holds) = set_of(row, label, &quantiles[group as usize]);
            *covered += u64::from(holds);
            sizes[size] += 1;
        }
    }
    let counts = counts.into_iter();
    counts
        .map(|(covered, set_sizes)| {
            let rows = set_sizes.iter().sum();
            let members = (0..).zip(&set_sizes).map(|(size, rows)| size * rows).sum();
            GroupCoverage {
                rows,
                covered,
                coverage: share(covered, rows),
                mean_set_size: share(members, rows),
                set_sizes,
            }
        })
        .collect()
}

/// The size of a row's set, and whether it holds the label.
fn set_of(row: &[f64], label: usize, quantiles: &[Option<f64>]) -> (usize, bool) {
    let members = row.iter().zip(quantiles);
    let size = members
        .filter(|(p, quantile)| is_in_set(**p, **quantile))
        .count();
    (size, is_in_set(row[label], quantiles[label]))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn shares(parts: &[u64], wholes: &[u64]) -> Vec<Option<f64>> {
    let pairs = parts.iter().zip(wholes);
    pairs.map(|(part, whole)| share(*part, *whole)).collect()
}

fn check_shape(probabilities: &[f64], classes: usize, labels: &[usize]) {
    assert!(classes > 0, "at least one class");
    assert_eq!(
        probabilities.len(),
        classes * labels.len(),
        "probabilities are rows x classes"
    );
    assert!(
        labels.iter().all(|&label| label < classes),
        "labels are class indices"
    );
}
