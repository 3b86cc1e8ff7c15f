//! What other thresholds would do to the groups.

use super::classification::Confusion;
use super::fairness::ScoredRows;
use super::group_codes::Codes;
use super::rising::Score;

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

/// The groups' counts at every threshold, which must not fall: one pass over the rows, however many
/// thresholds there are. Codes are as in [`ScoredRows::group_tables`]. A row without a number for a
/// score is never in class 1.
///
/// # Panics
/// If there is not one code a row.
pub fn threshold_sweep<S: Score>(
    rows: &ScoredRows<'_, S>,
    groups: &dyn Codes,
    group_count: usize,
    thresholds: &[f64],
) -> Vec<SweepPoint> {
    assert_eq!(rows.labels.len(), groups.rows(), "one group a label");
    // By group: rows of class 0 and of class 1 by how many thresholds their scores reach.
    let steps = thresholds.len() + 1;
    let mut reaching = vec![[0_u64; 2]; group_count * steps];
    for (row, (&label, score)) in rows.labels.iter().zip(rows.scores).enumerate() {
        let group = groups.code(row) as usize;
        if group >= group_count {
            continue;
        }
        let score = score.value();
        let reached = thresholds.partition_point(|threshold| *threshold <= score);
        reaching[group * steps + reached][usize::from(label)] += 1;
    }
    let mut sweep: Vec<SweepPoint> = thresholds
        .iter()
        .map(|&threshold| SweepPoint {
            threshold,
            groups: Vec::with_capacity(group_count),
        })
        .collect();
    for own in reaching.chunks_exact(steps) {
        let all = |label: usize| own.iter().map(|rows| rows[label]).sum::<u64>();
        let (negatives, positives) = (all(0), all(1));
        // Rows that reach fewer thresholds than a place has before it are not in class 1 there.
        let mut below = [0; 2];
        for (point, short) in sweep.iter_mut().zip(own) {
            below = [below[0] + short[0], below[1] + short[1]];
            point.groups.push(Confusion {
                true_positives: positives - below[1],
                false_positives: negatives - below[0],
                false_negatives: below[1],
                true_negatives: below[0],
            });
        }
    }
    sweep
}
