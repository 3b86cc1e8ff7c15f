//! Group fairness: what happens to each group, and how far the groups lie apart. Groups without
//! rows are ignored in every gap.

use super::classification::{Confusion, PairCount};
use super::group_codes::Codes;
use super::rising::{Score, by_rising_score};

/// Code of a row that belongs to no group (a missing value); it is left out of the table.
pub const NO_GROUP: u32 = u32::MAX;

/// Groups below this share of the rows are flagged (EEOC 1979, Questions and Answers, no. 11).
pub const SMALL_GROUP_SHARE: f64 = 0.02;

/// Groups below this number of rows are flagged: their rates say little.
pub const SMALL_GROUP_ROWS: u64 = 30;

/// Is a group of so many rows, and this share of all, too small for its rates to be trusted?
pub fn is_small(rows: u64, share: f64) -> bool {
    share < SMALL_GROUP_SHARE || rows < SMALL_GROUP_ROWS
}

/// One group's row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// Its confusion counts, from which every rate follows.
    pub counts: Confusion,
    /// Its share of the rows that belong to any group.
    pub share: f64,
    /// Area under the ROC curve within the group; `None` where a class is absent or a score is NaN.
    pub auc: Option<f64>,
    /// Its standard error (DeLong et al. 1988); `None` where a class has fewer than two rows.
    pub auc_error: Option<f64>,
    /// Mean score of its rows; `None` without rows or where a score is NaN.
    pub mean_score: Option<f64>,
    /// The standard error of [`Group::calibration_gap`]; `None` of fewer than two rows.
    pub calibration_error: Option<f64>,
}

impl Group {
    /// Mean score - base rate: above 0 the scores promise more positives than there are. It means
    /// something where scores are probabilities.
    pub fn calibration_gap(&self) -> Option<f64> {
        Some(self.mean_score? - self.counts.base_rate()?)
    }

    /// Is the group too small for its rates to be trusted?
    pub fn is_small(&self) -> bool {
        is_small(self.counts.n(), self.share)
    }
}

/// FN / FP, the ratio of the two errors (Berk et al. 2018). `None` without a false positive.
pub fn error_ratio(counts: &Confusion) -> Option<f64> {
    let (missed, false_alarms) = (counts.false_negatives, counts.false_positives);
    (false_alarms > 0).then(|| missed as f64 / false_alarms as f64)
}

/// The table of one attribute; see [`ScoredRows::group_tables`].
///
/// # Panics
/// If the slices differ in length.
pub fn group_table<S: Score>(
    labels: &[bool],
    predicted: &[bool],
    scores: &[S],
    groups: &dyn Codes,
    group_count: usize,
) -> Vec<Group> {
    let rows = ScoredRows::new(labels, predicted, scores);
    rows.group_tables(&[(groups, group_count)]).remove(0)
}

/// Rows with their labels, decisions and scores.
#[derive(Clone, Copy)]
pub struct ScoredRows<'a, S> {
    pub(super) labels: &'a [bool],
    predicted: &'a [bool],
    pub(super) scores: &'a [S],
}

impl<'a, S: Score> ScoredRows<'a, S> {
    /// Takes one label, decision and score a row.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn new(labels: &'a [bool], predicted: &'a [bool], scores: &'a [S]) -> Self {
        assert_eq!(labels.len(), predicted.len(), "one decision a label");
        assert_eq!(labels.len(), scores.len(), "one score a label");
        Self {
            labels,
            predicted,
            scores,
        }
    }

    /// The tables of attributes, each with one [`Group`] for each code in `0..group_count`, in order of
    /// code. One group code a row; rows with a code of `group_count` or more (such as [`NO_GROUP`])
    /// are left out. Rows are walked through by rising score once for all attributes.
    ///
    /// # Panics
    /// If there is not one code a row, or there are 2^32 rows.
    pub fn group_tables(&self, attributes: &[(&dyn Codes, usize)]) -> Vec<Vec<Group>> {
        let mut pairs: Vec<Vec<PairCount>> = attributes
            .iter()
            .map(|(groups, count)| {
                assert_eq!(self.labels.len(), groups.rows(), "one group a label");
                vec![PairCount::default(); *count]
            })
            .collect();
        by_rising_score(self.scores, &mut |key, row| {
            let row = row as usize;
            let label = self.labels[row];
            for ((groups, _), pairs) in attributes.iter().zip(&mut pairs) {
                if let Some(pairs) = pairs.get_mut(groups.code(row) as usize) {
                    pairs.add(key, label);
                }
            }
        });
        let tables = attributes.iter().zip(pairs);
        tables
            .map(|((groups, _), pairs)| self.table_of(*groups, pairs))
            .collect()
    }

    fn table_of(&self, groups: &dyn Codes, pairs: Vec<PairCount>) -> Vec<Group> {
        let mut counts = vec![Confusion::default(); pairs.len()];
        let mut sums = vec![0.0; pairs.len()];
        // Sum and sum of squares of what scores are above outcomes.
        let mut above = vec![(0.0, 0.0); pairs.len()];
        for row in 0..self.labels.len() {
            let group = groups.code(row) as usize;
            if let Some(cell) = counts.get_mut(group) {
                cell.add(self.labels[row], self.predicted[row]);
                let score = self.scores[row].value();
                sums[group] += score;
                let gap = score - f64::from(u8::from(self.labels[row]));
                above[group].0 += gap;
                above[group].1 += gap * gap;
            }
        }
        let rows: u64 = counts.iter().map(Confusion::n).sum();
        let cells = counts
            .into_iter()
            .zip(pairs)
            .zip(sums.into_iter().zip(above));
        cells
            .map(|((counts, pairs), (sum, above))| Group {
                counts,
                share: counts.n() as f64 / rows.max(1) as f64,
                // A NaN anywhere in the group makes its sum one.
                auc: pairs.auc().filter(|_| !sum.is_nan()),
                auc_error: pairs.standard_error().filter(|_| !sum.is_nan()),
                mean_score: (counts.n() > 0 && !sum.is_nan()).then(|| sum / counts.n() as f64),
                calibration_error: error_of_mean(counts.n(), above),
            })
            .collect()
    }
}

/// The standard error of a mean, from the sum of the values and that of their squares.
fn error_of_mean(rows: u64, (sum, squares): (f64, f64)) -> Option<f64> {
    let n = rows as f64;
    let variance = (squares - sum * sum / n).max(0.0) / (n - 1.0);
    let error = (variance / n).sqrt();
    (rows > 1 && error.is_finite()).then_some(error)
}

/// The gaps of one attribute. `max` and `min` run over the groups that have rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// max SR - min SR, SR the selection rate (Agarwal et al. 2018).
    pub demographic_parity_difference: Option<f64>,
    /// min SR / max SR; `None` where no group has a row decided for class 1.
    pub demographic_parity_ratio: Option<f64>,
    /// The larger of the TPR gap and the FPR gap (Hardt, Price & Srebro 2016; worst case).
    pub equalized_odds_difference: Option<f64>,
    /// The same over the groups where each rate is defined; `None` where neither is in two groups.
    pub defined_equalized_odds_difference: Option<f64>,
    /// The smaller of min TPR / max TPR and min FPR / max FPR. `None` where every TPR is 0; where
    /// every FPR is 0 the TPR ratio stands alone.
    pub equalized_odds_ratio: Option<f64>,
    /// max TPR - min TPR (Hardt, Price & Srebro 2016).
    pub equal_opportunity_difference: Option<f64>,
    /// Mean of the TPR gap and the FPR gap (fairlearn's `agg="mean"`; the average absolute odds
    /// difference of Bellamy et al. 2018 where one group is highest in both).
    pub average_odds_difference: Option<f64>,
    /// max PPV - min PPV over the groups where it is defined (Chouldechova 2017).
    pub predictive_parity_difference: Option<f64>,
    /// max - min of FN / FP over the groups where it is defined (treatment equality, Berk et al.
    /// 2018).
    pub treatment_equality_difference: Option<f64>,
    /// max - min of the accuracy.
    pub accuracy_difference: Option<f64>,
    /// max - min of the AUC over the groups where it is defined.
    pub auc_difference: Option<f64>,
    /// max - min of [`Group::calibration_gap`] over the groups where it is defined.
    pub calibration_difference: Option<f64>,
    /// Codes of groups with rows but none of class 1: their TPR is undefined.
    pub groups_without_positives: Vec<usize>,
    /// Codes of groups with rows but none of class 0: their FPR is undefined.
    pub groups_without_negatives: Vec<usize>,
}

/// The gaps of a table made by [`group_table`]. As fairlearn does, the gaps of TPR and FPR (and
/// they alone) read an undefined rate as 0; [`Gaps`] names the groups concerned, so that a reader
/// can be warned. Gaps of PPV, accuracy and AUC leave undefined groups out and need two groups.
/// Everything is `None` without rows.
pub fn gaps(table: &[Group]) -> Gaps {
    let lacking = |count: fn(&Confusion) -> u64| {
        let lacks = |group: &Group| group.counts.n() > 0 && count(&group.counts) == 0;
        (0..table.len()).filter(|&g| lacks(&table[g])).collect()
    };
    Gaps {
        auc_difference: spread(table.iter().filter_map(|group| group.auc)),
        calibration_difference: spread(table.iter().filter_map(Group::calibration_gap)),
        groups_without_positives: lacking(Confusion::positives),
        groups_without_negatives: lacking(Confusion::negatives),
        ..count_gaps(&table.iter().map(|group| group.counts).collect::<Vec<_>>())
    }
}

/// The gaps that follow from the groups' counts alone; the others are `None`, and no group is
/// named.
pub fn count_gaps(groups: &[Confusion]) -> Gaps {
    let present = || groups.iter().filter(|counts| counts.n() > 0);
    let selection = extent(present().filter_map(Confusion::selection_rate));
    let tpr = extent(present().map(|c| c.true_positive_rate().unwrap_or(0.0)));
    let fpr = extent(present().map(|c| c.false_positive_rate().unwrap_or(0.0)));
    let odds = tpr.zip(fpr);
    let defined = [
        spread(present().filter_map(Confusion::true_positive_rate)),
        spread(present().filter_map(Confusion::false_positive_rate)),
    ];
    Gaps {
        demographic_parity_difference: selection.map(Extent::difference),
        demographic_parity_ratio: selection.and_then(Extent::ratio),
        equalized_odds_difference: odds.map(|(t, f)| t.difference().max(f.difference())),
        defined_equalized_odds_difference: defined.into_iter().flatten().reduce(f64::max),
        equalized_odds_ratio: odds
            .and_then(|(t, f)| t.ratio().map(|r| f.ratio().map_or(r, |s| r.min(s)))),
        equal_opportunity_difference: tpr.map(Extent::difference),
        average_odds_difference: odds.map(|(t, f)| f64::midpoint(t.difference(), f.difference())),
        predictive_parity_difference: spread(
            present().filter_map(Confusion::positive_predictive_value),
        ),
        treatment_equality_difference: spread(present().filter_map(error_ratio)),
        accuracy_difference: spread(present().filter_map(Confusion::accuracy)),
        ..Gaps::default()
    }
}

#[derive(Clone, Copy)]
struct Extent {
    min: f64,
    max: f64,
    count: usize,
}

impl Extent {
    fn difference(self) -> f64 {
        self.max - self.min
    }

    fn ratio(self) -> Option<f64> {
        (self.max > 0.0).then(|| self.min / self.max)
    }
}

fn extent(values: impl Iterator<Item = f64>) -> Option<Extent> {
    values.fold(None, |seen, value| {
        let seen = seen.unwrap_or(Extent {
            min: value,
            max: value,
            count: 0,
        });
        Some(Extent {
            min: seen.min.min(value),
            max: seen.max.max(value),
            count: seen.count + 1,
        })
    })
}

fn spread(values: impl Iterator<Item = f64>) -> Option<f64> {
    extent(values)
        .filter(|extent| extent.count > 1)
        .map(Extent::difference)
}

/// Outcome of the four-fifths rule.
#[derive(Clone, Debug, PartialEq)]
pub struct FourFifths {
    /// Code of the group with the highest selection rate (the first of equals), the reference.
    pub reference: usize,
    /// Selection rate of each code over the reference's; `None` for a group without rows.
    pub impact_ratios: Vec<Option<f64>>,
    /// Is every ratio at least 4/5? Small groups are judged too; see [`Group::is_small`].
    pub passes: bool,
}

/// The four-fifths rule on a table made by [`group_table`] (EEOC 1978, 29 CFR 1607.4D), against the
/// group with the highest rate. The comparison is made in integers, so that a ratio of exactly 4/5
/// passes. `None` where no row of any group was decided for class 1.
pub fn four_fifths(table: &[Group]) -> Option<FourFifths> {
    let rate = |group: &Group| {
        (
            u128::from(group.counts.selected()),
            u128::from(group.counts.n()),
        )
    };
    let mut reference = None;
    for (code, group) in table.iter().enumerate() {
        let (selected, n) = rate(group);
        let (best_selected, best_n) = reference.map_or((0, 1), |best: usize| rate(&table[best]));
        if selected * best_n > best_selected * n {
            reference = Some(code);
        }
    }
    let reference = reference?;
    let (best_selected, best_n) = rate(&table[reference]);
    let best_rate = table[reference].counts.selection_rate()?;
    Some(FourFifths {
        reference,
        impact_ratios: table
            .iter()
            .map(|group| group.counts.selection_rate().map(|rate| rate / best_rate))
            .collect(),
        passes: table
            .iter()
            .map(rate)
            .all(|(selected, n)| 5 * selected * best_n >= 4 * best_selected * n),
    })
}

/// Theil index of the benefits `b = decision - label + 1` over individuals,
/// `mean((b / mu) ln(b / mu))` with `0 ln 0 = 0`, in nats (Speicher et al. 2018). `None` without
/// rows or where every benefit is 0.
pub fn theil_index(counts: &Confusion) -> Option<f64> {
    let n = counts.n() as f64;
    let mean = mean_benefit(counts)?;
    let once = (counts.true_positives + counts.true_negatives) as f64;
    let twice = counts.false_positives as f64;
    let term = |benefit: f64| benefit / mean * (benefit / mean).ln();
    Some((once * term(1.0) + twice * term(2.0)) / n)
}

/// Generalised entropy index with alpha 2 of the same benefits, `mean((b / mu)^2 - 1) / 2`
/// (Speicher et al. 2018). `None` without rows or where every benefit is 0.
pub fn generalized_entropy_2(counts: &Confusion) -> Option<f64> {
    let n = counts.n() as f64;
    let mean = mean_benefit(counts)?;
    let once = (counts.true_positives + counts.true_negatives) as f64;
    let twice = counts.false_positives as f64;
    Some(((once + 4.0 * twice) / (mean * mean) / n - 1.0) / 2.0)
}

fn mean_benefit(counts: &Confusion) -> Option<f64> {
    let right = counts.true_positives + counts.true_negatives;
    let total = right + 2 * counts.false_positives;
    (total > 0).then(|| total as f64 / counts.n() as f64)
}
