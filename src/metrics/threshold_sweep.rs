//! What other thresholds would do to the groups: one walk over the rows by rising score, however
//! many thresholds there are.

use super::classification::Confusion;
use super::fairness::ScoredRows;
use super::order::sort_key;

/// The groups' counts at one threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// Class 1 from this score on.
    pub threshold: f64,
    /// One a group, in order of code.
    pub groups: Vec<Confusion>,
}

impl SweepPoint {
    /// All groups together.
    pub fn overall(&self) -> Confusion {
        let mut all = Confusion::default();
        for group in &self.groups {
            all.true_positives += group.true_positives;
            all.false_positives += group.false_positives;
            all.false_negatives += group.false_negatives;
            all.true_negatives += group.true_negatives;
        }
        all
    }
}

/// The groups' counts at every threshold, which must not fall. Codes are as in
/// [`ScoredRows::group_table`]. A row without a number for a score is never in class 1.
///
/// # Panics
/// If there is not one code a row.
pub fn threshold_sweep(
    rows: &ScoredRows<'_>,
    groups: &[u32],
    group_count: usize,
    thresholds: &[f64],
) -> Vec<SweepPoint> {
    assert_eq!(rows.labels.len(), groups.len(), "one group a label");
    // Nothing selected at first; each row that a falling threshold reaches moves over.
    let mut counts = vec![Confusion::default(); group_count];
    for (&label, &group) in rows.labels.iter().zip(groups) {
        if let Some(cell) = counts.get_mut(group as usize) {
            cell.add(label, false);
        }
    }
    let mut ranked = rows.ranking.iter().rev().peekable();
    let mut sweep: Vec<SweepPoint> = Vec::with_capacity(thresholds.len());
    for &threshold in thresholds.iter().rev() {
        let least = sort_key(threshold);
        while let Some(&(_, row)) = ranked.next_if(|(key, _)| *key >= least) {
            let row = row as usize;
            if rows.scores[row].is_nan() {
                continue;
            }
            if let Some(cell) = counts.get_mut(groups[row] as usize) {
                if rows.labels[row] {
                    cell.false_negatives -= 1;
                    cell.true_positives += 1;
                } else {
                    cell.true_negatives -= 1;
                    cell.false_positives += 1;
                }
            }
        }
        sweep.push(SweepPoint {
            threshold,
            groups: counts.clone(),
        });
    }
    sweep.reverse();
    sweep
}
