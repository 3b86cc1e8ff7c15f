//! The rows that calibrate and the rows that judge, for several classes and for numbers.

use super::split::{has_calibration_scores, judged_by_coin};
use crate::dimension::Inputs;
use crate::dimension::findings::Findings;
use crate::dimension::outcome::{Outcome, pick};
use crate::resource::{Key, ModelId, TableId};
use crate::vocabulary::Problem;

/// Which rows do what.
pub(super) enum Halves {
    /// A table of their own calibrates; all of the dataset judges.
    Tables,
    /// These rows of the dataset calibrate, and those judge.
    Rows {
        calibration: Vec<u32>,
        evaluation: Vec<u32>,
    },
}

/// Something of the rows that calibrate, and the same of those that judge.
pub(super) struct Sides<T> {
    pub(super) calibration: T,
    pub(super) evaluation: T,
}

impl Halves {
    /// The calibration set, or else about half of the dataset, by a coin that the seed throws.
    pub(super) fn of(inputs: &Inputs<'_>, rows: usize, findings: &mut Findings) -> Self {
        if has_calibration_scores(inputs.catalogue) {
            return Self::Tables;
        }
        let why = if inputs.catalogue.has_table(&TableId::Calibration) {
            "no scores for the calibration set, since the model is not run"
        } else {
            "no calibration set"
        };
        findings.note(format!(
            "{why}: about half of the dataset's rows (seed {}) calibrate, the others judge",
            inputs.seed
        ));
        let judged = judged_by_coin(inputs.seed, rows);
        let all = 0..rows as u32;
        let (evaluation, calibration) = all.partition(|row| judged[*row as usize]);
        Self::Rows {
            calibration,
            evaluation,
        }
    }

    /// The true answers.
    pub(super) fn outcomes(&self, inputs: &Inputs<'_>) -> Result<Sides<Outcome>, Problem> {
        let whole = inputs.outcome(&TableId::Dataset)?;
        Ok(match self {
            Self::Tables => Sides {
                calibration: inputs.outcome(&TableId::Calibration)?,
                evaluation: whole,
            },
            Self::Rows {
                calibration,
                evaluation,
            } => Sides {
                calibration: whole.of_rows(calibration),
                evaluation: whole.of_rows(evaluation),
            },
        })
    }

    /// Which rows of the dataset judge; none where all do.
    pub(super) fn judged(&self) -> Option<Vec<bool>> {
        let Self::Rows {
            calibration,
            evaluation,
        } = self
        else {
            return None;
        };
        let mut judged = vec![false; calibration.len() + evaluation.len()];
        for row in evaluation {
            judged[*row as usize] = true;
        }
        Some(judged)
    }

    /// A model's scores, `columns` a row.
    pub(super) fn scores(
        &self,
        inputs: &Inputs<'_>,
        model: &ModelId,
        columns: usize,
    ) -> Result<Sides<Vec<f64>>, Problem> {
        let of = |table| {
            let key = Key::predictions(model.clone(), table);
            inputs.resolved.scores(&key)
        };
        let whole = of(TableId::Dataset)?;
        Ok(match self {
            Self::Tables => Sides {
                calibration: of(TableId::Calibration)?,
                evaluation: whole,
            },
            Self::Rows {
                calibration,
                evaluation,
            } => Sides {
                calibration: pick(&whole, columns, calibration),
                evaluation: pick(&whole, columns, evaluation),
            },
        })
    }
}
