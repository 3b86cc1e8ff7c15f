//! How far apart two backends' answers are.

use serde::Serialize;

use crate::inference::{ElementType, ScoreBlock, ScoreKind, ScoreScale, Signature};
use crate::vocabulary::Problem;

/// Rows named of those with another label.
const ROWS_NAMED: usize = 5;

/// How far apart scores may be and still count as equal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "measure", content = "limit", rename_all = "snake_case")]
pub enum Tolerance {
    /// So much.
    Absolute(f64),
    /// So much of the score, or of 1 where the score is smaller.
    Relative(f64),
}

impl Tolerance {
    /// Probabilities are compared as they are, other scores by their size.
    fn of(signature: &Signature, scores: &[f32]) -> Self {
        // One step of such a number just below 1.
        const HALF_STEP: f64 = 1.0 / 2048.0;
        let scale = match signature.score {
            ScoreKind::PerClass { scale, .. } | ScoreKind::Single { scale } => scale,
            ScoreKind::LabelsOnly => ScoreScale::Probability,
            ScoreKind::Regression { .. } => ScoreScale::Logit,
        };
        let is_share = |score: &f32| score.is_nan() || (0.0..=1.0).contains(score);
        let halves = |input: &crate::inference::InputSpec| input.element == ElementType::Float16;
        if signature.inputs.iter().any(halves) {
            return Self::Relative(HALF_STEP);
        }
        match scale {
            ScoreScale::Probability => Self::Absolute(1e-6),
            ScoreScale::Unknown if scores.iter().all(is_share) => Self::Absolute(1e-6),
            ScoreScale::Unknown | ScoreScale::Logit | ScoreScale::Margin => Self::Relative(1e-5),
        }
    }

    /// The limit.
    pub fn limit(self) -> f64 {
        match self {
            Self::Absolute(limit) | Self::Relative(limit) => limit,
        }
    }

    fn difference(self, a: f32, b: f32) -> f64 {
        let (a, b) = (f64::from(a), f64::from(b));
        // Equal infinities have no difference that could be computed.
        if a == b {
            return 0.0;
        }
        match self {
            Self::Absolute(_) => (a - b).abs(),
            Self::Relative(_) => (a - b).abs() / b.abs().max(1.0),
        }
    }
}

/// The scores that are farthest apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Largest {
    /// How far, by the tolerance's measure.
    pub difference: f64,
    /// The row, counted from 0.
    pub row: usize,
    /// The score's column.
    pub column: usize,
    /// What the native backend says.
    pub native: f32,
    /// What ONNX Runtime says.
    pub onnxruntime: f32,
}

/// The answers of two backends for the same rows, compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Rows compared.
    pub rows: usize,
    /// What counts as equal.
    pub tolerance: Tolerance,
    /// The farthest scores; none where there are no scores, or no two numbers to compare.
    pub largest: Option<Largest>,
    /// Rows with a score farther apart than the tolerance.
    pub rows_over_limit: usize,
    /// Rows with a score farther apart than 1e-6.
    pub rows_over_1e_6: usize,
    /// Rows with a score farther apart than 1e-4.
    pub rows_over_1e_4: usize,
    /// Rows where only one of the two gives a number.
    pub rows_half_missing: usize,
    /// Rows with another label.
    pub flipped: usize,
    /// The first of them.
    pub first_flipped: Vec<usize>,
}

impl Difference {
    /// Compares what the native backend says with what ONNX Runtime says.
    pub fn between(
        signature: &Signature,
        native: &ScoreBlock,
        onnxruntime: &ScoreBlock,
    ) -> Result<Self, Problem> {
        let shape = |block: &ScoreBlock| (block.rows, block.columns, block.scores.len());
        if shape(native) != shape(onnxruntime) {
            let problem = Problem::new(format!(
                "the native backend gives {} rows of {} scores, and ONNX Runtime {} rows of {}",
                native.rows, native.columns, onnxruntime.rows, onnxruntime.columns
            ));
            return Err(problem.remedy("this is a defect, please report it with the model"));
        }
        let tolerance = Tolerance::of(signature, &onnxruntime.scores);
        let mut found = Self {
            rows: native.rows,
            tolerance,
            largest: None,
            rows_over_limit: 0,
            rows_over_1e_6: 0,
            rows_over_1e_4: 0,
            rows_half_missing: 0,
            flipped: 0,
            first_flipped: Vec::new(),
        };
        let columns = native.columns.max(1);
        let ours = native.scores.chunks(columns);
        for (row, pair) in ours.zip(onnxruntime.scores.chunks(columns)).enumerate() {
            found.add_row(row, pair.0, pair.1);
        }
        let ours = labels(signature, native);
        let theirs = labels(signature, onnxruntime);
        for (row, (a, b)) in ours.iter().zip(&theirs).enumerate() {
            if a != b {
                found.flipped += 1;
                if found.first_flipped.len() < ROWS_NAMED {
                    found.first_flipped.push(row);
                }
            }
        }
        Ok(found)
    }

    fn add_row(&mut self, row: usize, native: &[f32], onnxruntime: &[f32]) {
        let (mut worst, mut half_missing) = (0.0_f64, false);
        for (column, (a, b)) in native.iter().zip(onnxruntime).enumerate() {
            if a.is_nan() || b.is_nan() {
                half_missing |= a.is_nan() != b.is_nan();
                continue;
            }
            let difference = self.tolerance.difference(*a, *b);
            worst = worst.max(difference);
            if self.largest.is_none_or(|l| difference > l.difference) {
                self.largest = Some(Largest {
                    difference,
                    row,
                    column,
                    native: *a,
                    onnxruntime: *b,
                });
            }
        }
        self.rows_over_limit += usize::from(worst > self.tolerance.limit());
        self.rows_over_1e_6 += usize::from(worst > 1e-6);
        self.rows_over_1e_4 += usize::from(worst > 1e-4);
        self.rows_half_missing += usize::from(half_missing);
    }

    /// Do both say the same?
    pub fn is_equal(&self) -> bool {
        self.rows_over_limit == 0 && self.rows_half_missing == 0 && self.flipped == 0
    }
}

/// The predicted class of every row: the label output's, or else what the scores say; none for a
/// regression.
fn labels(signature: &Signature, block: &ScoreBlock) -> Vec<u32> {
    if let Some(labels) = &block.labels {
        return labels.clone();
    }
    let cut = match signature.score {
        ScoreKind::LabelsOnly | ScoreKind::Regression { .. } => return Vec::new(),
        ScoreKind::PerClass { scale, .. } | ScoreKind::Single { scale } => match scale {
            ScoreScale::Logit | ScoreScale::Margin => 0.0,
            // A number of unknown meaning has no class.
            ScoreScale::Unknown if block.columns < 2 => return Vec::new(),
            ScoreScale::Probability | ScoreScale::Unknown => 0.5,
        },
    };
    let rows = block.scores.chunks(block.columns.max(1));
    rows.map(|scores| match scores {
        [only] => u32::from(*only >= cut),
        many => largest_column(many),
    })
    .collect()
}

fn largest_column(scores: &[f32]) -> u32 {
    let best = (0..scores.len()).reduce(|best, column| {
        if scores[column] > scores[best] {
            column
        } else {
            best
        }
    });
    best.unwrap_or(0) as u32
}
