//! The rows that calibrate the prediction sets, and the rows that judge them.

use crate::dimension::Inputs;
use crate::dimension::findings::Findings;
use crate::metrics::random::NormalStream;
use crate::resource::{Catalogue, TableId};
use crate::vocabulary::Problem;

/// Can rows of their own calibrate the prediction sets?
pub(super) fn has_calibration_scores(catalogue: &Catalogue) -> bool {
    catalogue.has_table(&TableId::Calibration) && !catalogue.is_precomputed()
}

/// Which rows of the dataset judge the prediction sets; none where all do, since others calibrate.
pub(in crate::dimension) fn judged(
    catalogue: &Catalogue,
    seed: u64,
    rows: usize,
) -> Option<Vec<bool>> {
    (!has_calibration_scores(catalogue)).then(|| judged_by_coin(seed, rows))
}

pub(super) fn judged_by_coin(seed: u64, rows: usize) -> Vec<bool> {
    let coin = NormalStream::new(seed, "calibration split", 0);
    let rows = 0..rows as u64;
    rows.map(|row| coin.draw(row) >= 0.0).collect()
}

/// Scores and labels of the calibration rows and of the rows that are judged.
pub(super) struct Split {
    pub(super) calibration: (Vec<bool>, Vec<f64>),
    pub(super) evaluation: (Vec<bool>, Vec<f64>),
    /// Which rows of the dataset are judged; none where all are.
    pub(super) judged: Option<Vec<bool>>,
}

impl Split {
    pub(super) fn of(
        inputs: &Inputs<'_>,
        labels: Vec<bool>,
        scores: Vec<f64>,
        findings: &mut Findings,
    ) -> Result<Self, Problem> {
        if has_calibration_scores(inputs.catalogue) {
            let calibration = TableId::Calibration;
            return Ok(Self {
                calibration: (inputs.labels(&calibration)?, inputs.scores(calibration)?),
                evaluation: (labels, scores),
                judged: None,
            });
        }
        let why = if inputs.catalogue.has_table(&TableId::Calibration) {
            "no scores for the calibration set, since the model is not run"
        } else {
            "no calibration set"
        };
        findings.note(format!(
            "{why}: about half of the dataset's rows (seed {}) calibrate the \
             prediction sets, the others judge them",
            inputs.seed
        ));
        let judged = judged_by_coin(inputs.seed, labels.len());
        let mut split = Self {
            calibration: (Vec::new(), Vec::new()),
            evaluation: (Vec::new(), Vec::new()),
            judged: None,
        };
        for ((label, score), judged) in labels.into_iter().zip(scores).zip(&judged) {
            let side = if *judged {
                &mut split.evaluation
            } else {
                &mut split.calibration
            };
            side.0.push(label);
            side.1.push(score);
        }
        split.judged = Some(judged);
        Ok(split)
    }
}
