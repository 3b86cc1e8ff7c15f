//! Do probabilities mean what they say? Brier score, reliability bins and calibration errors.

use super::classification::mean_of;
use super::distributions::two_sided_p_value;
use super::group_codes::Codes;
use super::order::sort_key;
use super::rising::Score;

/// Bins of the positive-class reading, as in scikit-learn's `calibration_curve`.
pub const POSITIVE_CLASS_BINS: usize = 10;

/// Bins of the top-label reading (Guo et al. 2017).
pub const TOP_LABEL_BINS: usize = 15;

/// Brier score `mean((p - y)^2)`, from 0 to 1 (Brier 1950, in the one-class form, half of his sum
/// over two classes). `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length.
pub fn brier_score(labels: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let sum: f64 = labels
        .iter()
        .zip(scores)
        .map(|(&label, &score)| (score - f64::from(u8::from(label))).powi(2))
        .sum();
    mean_of(sum, labels.len())
}

/// One bin of a reliability diagram. Of equal width, it is `(lower, upper]`, and the first also
/// holds 0; of equal mass, its edges are its lowest and highest score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Lower edge.
    pub lower: f64,
    /// Upper edge.
    pub upper: f64,
    /// Rows in the bin.
    pub count: u64,
    /// Mean score of its rows; `None` for an empty bin.
    pub mean_score: Option<f64>,
    /// Share of its rows that turned out true; `None` for an empty bin.
    pub observed_rate: Option<f64>,
}

impl ReliabilityBin {
    /// `|mean score - observed rate|`; `None` for an empty bin.
    pub fn gap(&self) -> Option<f64> {
        let (score, rate) = self.mean_score.zip(self.observed_rate)?;
        Some((score - rate).abs())
    }
}

/// Reliability bins of the probability of class 1: `bins` equal widths on `[0, 1]`, with the share
/// of class 1 as observed rate (Murphy & Winkler 1977). Scores outside `[0, 1]` fall into the outer
/// bins. `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn reliability_bins(
    labels: &[bool],
    scores: &[f64],
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    fill_bins(scores.iter().copied().zip(labels.iter().copied()), bins)
}

/// Reliability bins of the confidence `max(p, 1 - p)` in the decision by `threshold`, with the
/// share of right decisions as observed rate (Guo et al. 2017). `None` without rows or where a
/// score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn top_label_bins(
    labels: &[bool],
    scores: &[f64],
    threshold: f64,
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let confidences = labels.iter().zip(scores).map(|(&label, &score)| {
        // `f64::max` would drop a NaN score.
        let confidence = if score < 0.5 { 1.0 - score } else { score };
        (confidence, (score >= threshold) == label)
    });
    fill_bins(confidences, bins)
}

/// [`reliability_bins`] within each group: one list of bins a code in `0..group_count`. Rows of other
/// codes are left out. `None` where a score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn group_reliability_bins<S: Score>(
    labels: &[bool],
    scores: &[S],
    groups: &dyn Codes,
    group_count: usize,
    bins: usize,
) -> Option<Vec<Vec<ReliabilityBin>>> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    assert_eq!(labels.len(), groups.rows(), "one group a label");
    let mut filled = vec![EqualWidths::new(bins); group_count];
    for (row, (&label, score)) in labels.iter().zip(scores).enumerate() {
        if let Some(filled) = filled.get_mut(groups.code(row) as usize) {
            filled.add(score.value(), label)?;
        }
    }
    Some(filled.into_iter().map(EqualWidths::finish).collect())
}

fn fill_bins(rows: impl Iterator<Item = (f64, bool)>, bins: usize) -> Option<Vec<ReliabilityBin>> {
    let mut filled = EqualWidths::new(bins);
    for (score, outcome) in rows {
        filled.add(score, outcome)?;
    }
    let bins = filled.finish();
    bins.iter().any(|bin| bin.count > 0).then_some(bins)
}

/// Bins of equal width on `[0, 1]` while they fill: rows, sum of scores, outcomes that are true.
#[derive(Clone)]
struct EqualWidths(Vec<(u64, f64, u64)>);

impl EqualWidths {
    fn new(bins: usize) -> Self {
        assert!(bins > 0, "at least one bin");
        Self(vec![(0, 0.0, 0); bins])
    }

    fn edge(&self, index: usize) -> f64 {
        index as f64 / self.0.len() as f64
    }

    /// `None` where the score is NaN.
    fn add(&mut self, score: f64, outcome: bool) -> Option<()> {
        if score.is_nan() {
            return None;
        }
        let bins = self.0.len();
        // The product may round across an edge: the edges themselves decide.
        let mut bin = ((score * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        if bin > 0 && score <= self.edge(bin) {
            bin -= 1;
        } else if bin + 1 < bins && score > self.edge(bin + 1) {
            bin += 1;
        }
        let (count, sum, outcomes) = &mut self.0[bin];
        *count += 1;
        *sum += score;
        *outcomes += u64::from(outcome);
        Some(())
    }

    fn finish(self) -> Vec<ReliabilityBin> {
        let bin = |(index, &(count, sum, outcomes)): (usize, &(u64, f64, u64))| ReliabilityBin {
            lower: self.edge(index),
            upper: self.edge(index + 1),
            count,
            mean_score: (count > 0).then(|| sum / count as f64),
            observed_rate: (count > 0).then(|| outcomes as f64 / count as f64),
        };
        self.0.iter().enumerate().map(bin).collect()
    }
}

/// Expected calibration error `sum_m (n_m / n) |mean score_m - observed rate_m|`, empty bins
/// skipped (Naeini, Cooper & Hauskrecht 2015). `None` where every bin is empty.
pub fn expected_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let rows: u64 = bins.iter().map(|bin| bin.count).sum();
    let weighted = |bin: &ReliabilityBin| Some(bin.count as f64 / rows as f64 * bin.gap()?);
    (rows > 0).then(|| bins.iter().filter_map(weighted).sum())
}

/// Maximum calibration error, the largest gap of a bin that has rows (Naeini, Cooper & Hauskrecht
/// 2015). `None` where every bin is empty.
pub fn maximum_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    bins.iter().filter_map(ReliabilityBin::gap).reduce(f64::max)
}

/// Reliability bins of equal mass (Nguyen & O'Connor 2015; Nixon et al. 2019): rows by rising score,
/// ties in row order, cut into `bins` parts of which the first ones hold the odd rows. Bins are
/// fewer where rows are. `None` without rows or where a score is NaN.
///
/// # Panics
/// If the slices differ in length or `bins` is 0.
pub fn equal_mass_bins(
    outcomes: &[bool],
    scores: &[f64],
    bins: usize,
) -> Option<Vec<ReliabilityBin>> {
    assert_eq!(outcomes.len(), scores.len(), "one score an outcome");
    assert!(bins > 0, "at least one bin");
    if scores.is_empty() || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let keys = scores.iter().map(|&score| sort_key(score));
    let mut ranking: Vec<(u64, u32)> = keys.zip(0..).collect();
    ranking.sort_unstable();
    let (each, odd) = (ranking.len() / bins, ranking.len() % bins);
    let mut rest = ranking.as_slice();
    let mut filled = Vec::with_capacity(bins);
    for bin in 0..bins {
        let (part, others) = rest.split_at(each + usize::from(bin < odd));
        rest = others;
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            break;
        };
        let count = part.len() as f64;
        let sum: f64 = part.iter().map(|(_, row)| scores[*row as usize]).sum();
        let positives = part.iter().filter(|(_, row)| outcomes[*row as usize]);
        filled.push(ReliabilityBin {
            lower: scores[first.1 as usize],
            upper: scores[last.1 as usize],
            count: part.len() as u64,
            mean_score: Some(sum / count),
            observed_rate: Some(positives.count() as f64 / count),
        });
    }
    Some(filled)
}

/// Parts of the Brier score over reliability bins (Murphy 1973): it is about
/// `reliability - resolution + uncertainty`, exactly so where all scores of a bin are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MurphyParts {
    /// `sum n_m / n (mean score - rate)^2`: how far scores are from what happens; 0 is best.
    pub reliability: f64,
    /// `sum n_m / n (rate - base rate)^2`: how far the scores tell rows apart; more is better.
    pub resolution: f64,
    /// `base rate (1 - base rate)`: what there is to tell.
    pub uncertainty: f64,
}

/// Murphy's parts over bins of the positive class's score. `None` where every bin is empty.
pub fn murphy_parts(bins: &[ReliabilityBin]) -> Option<MurphyParts> {
    let filled = || {
        let parts = bins.iter();
        parts.filter_map(|bin| Some((bin.count as f64, bin.mean_score?, bin.observed_rate?)))
    };
    let rows: f64 = filled().map(|(count, ..)| count).sum();
    let base = filled().map(|(count, _, rate)| count * rate).sum::<f64>() / rows;
    let mean = |part: fn(f64, f64, f64) -> f64| {
        let parts = filled().map(|(count, score, rate)| count * part(score, rate, base));
        parts.sum::<f64>() / rows
    };
    (rows > 0.0).then(|| MurphyParts {
        reliability: mean(|score, rate, _| (score - rate).powi(2)),
        resolution: mean(|_, rate, base| (rate - base).powi(2)),
        uncertainty: base * (1.0 - base),
    })
}

/// A test of the claim that the scores are the rows' own chances (Spiegelhalter 1986).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spiegelhalter {
    /// `sum (y - p)(1 - 2 p) / sqrt(sum (1 - 2 p)^2 p (1 - p))`, standard normal if the claim holds.
    pub z: f64,
    /// The chance of a `z` so far from 0 on either side if it holds.
    pub p_value: f64,
}

/// Spiegelhalter's test. `None` without rows, where a score is NaN, or where every score is 0, 1/2
/// or 1: then nothing varies.
///
/// # Panics
/// If the slices differ in length.
pub fn spiegelhalter(labels: &[bool], scores: &[f64]) -> Option<Spiegelhalter> {
    assert_eq!(labels.len(), scores.len(), "one score a label");
    let (mut excess, mut variance) = (0.0, 0.0);
    for (&label, &score) in labels.iter().zip(scores) {
        let slope = 1.0 - 2.0 * score;
        excess += (f64::from(u8::from(label)) - score) * slope;
        variance += slope * slope * score * (1.0 - score);
    }
    let z = excess / variance.sqrt();
    (variance > 0.0 && z.is_finite()).then(|| Spiegelhalter {
        z,
        p_value: two_sided_p_value(z),
    })
}
