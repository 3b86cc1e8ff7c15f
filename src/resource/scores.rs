//! From what a model gives to one score a row: that of the positive class.

use super::table::same_value;
use crate::experiment::ModelOutput;
use crate::inference::{ScoreBlock, ScoreKind, ScoreScale, Signature};

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreMeaning {
    /// The probability of the positive class.
    Probability,
    /// A signed distance from the boundary: it ranks, and is no probability.
    Margin,
    /// Only the label: 1 for the positive class, 0 for the other.
    Label,
}

/// How the positive class's score is read from a model's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreReading {
    source: Source,
    /// What it means.
    pub meaning: ScoreMeaning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A column of the scores, as it is.
    Column(usize),
    /// A logit a row, or of a column less that of the other class.
    Logit,
    /// The label output; the positive class has this index.
    Label(u32),
}

impl ScoreReading {
    /// Finds the positive class's score. `notes` gets what was taken for granted.
    pub fn find(
        signature: &Signature,
        positive: &str,
        output: Option<ModelOutput>,
        notes: &mut Vec<String>,
    ) -> Result<Self, String> {
        let class = positive_class(signature, positive, notes)?;
        let labels = Self {
            source: Source::Label(class as u32),
            meaning: ScoreMeaning::Label,
        };
        if output == Some(ModelOutput::Labels) {
            return Ok(labels);
        }
        let (column, scale) = match signature.score {
            ScoreKind::LabelsOnly => return Ok(labels),
            ScoreKind::Regression { .. } if output.is_none() => {
                return Err(
                    "the model predicts a number, and the experiment is about two \
                            classes: set `output` under [model] if its number is a score"
                        .to_owned(),
                );
            }
            ScoreKind::Regression { .. } => (0, ScoreScale::Unknown),
            ScoreKind::Single { scale } => (0, scale),
            ScoreKind::PerClass { scale, .. } => (class, scale),
        };
        let scale = match output {
            Some(ModelOutput::Probabilities) => ScoreScale::Probability,
            Some(ModelOutput::Logit) => ScoreScale::Logit,
            Some(ModelOutput::Margin) => ScoreScale::Margin,
            Some(ModelOutput::Labels) | None => scale,
        };
        Ok(match scale {
            ScoreScale::Logit => Self {
                source: Source::Logit,
                meaning: ScoreMeaning::Probability,
            },
            ScoreScale::Margin => Self {
                source: Source::Column(column),
                meaning: ScoreMeaning::Margin,
            },
            ScoreScale::Probability | ScoreScale::Unknown => Self {
                source: Source::Column(column),
                meaning: ScoreMeaning::Probability,
            },
        })
    }

    /// Appends the positive class's scores of a batch.
    pub fn read(&self, block: &ScoreBlock, into: &mut Vec<f32>) -> Result<(), String> {
        match self.source {
            Source::Column(column) => {
                // A binary model may give one score where two were declared, and the reverse.
                let column = column.min(block.columns.saturating_sub(1));
                into.extend(block.column(column));
            }
            Source::Logit if block.columns == 1 => into.extend(block.column(0).map(sigmoid)),
            Source::Logit => {
                let pairs = block.column(0).zip(block.column(1));
                into.extend(pairs.map(|(negative, positive)| sigmoid(positive - negative)));
            }
            Source::Label(positive) => {
                let Some(labels) = &block.labels else {
                    return Err("the model gives no labels".to_owned());
                };
                into.extend(
                    labels
                        .iter()
                        .map(|l| if *l == positive { 1.0 } else { 0.0 }),
                );
            }
        }
        if self.meaning == ScoreMeaning::Probability {
            check_probabilities(into)?;
        }
        Ok(())
    }

    /// For content keys: two readings of this name read the same numbers.
    pub fn describe(&self) -> String {
        format!("{:?} {:?}", self.source, self.meaning)
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

fn check_probabilities(scores: &[f32]) -> Result<(), String> {
    // float32 sums of trees may pass 1 by a few units in the last place.
    const SLACK: f32 = 1e-4;
    let outside = scores
        .iter()
        .position(|s| !(-SLACK..=1.0 + SLACK).contains(s));
    match outside {
        Some(row) if scores[row].is_nan() => Err(format!(
            "the model's score of row {row} is not a number: missing values may be the cause"
        )),
        Some(row) => Err(format!(
            "the model's score of row {row} is {}, which is no probability: set `output` under \
             [model] to \"logit\" or \"margin\"",
            scores[row]
        )),
        None => Ok(()),
    }
}

/// The index of the positive class among the model's classes.
fn positive_class(
    signature: &Signature,
    positive: &str,
    notes: &mut Vec<String>,
) -> Result<usize, String> {
    let Some(classes) = &signature.classes else {
        return Ok(1);
    };
    if let Some(index) = classes.iter().position(|c| same_value(c, positive)) {
        return Ok(index);
    }
    let is_code = |class: &String| matches!(class.as_str(), "0" | "1" | "-1" | "false" | "true");
    if classes.len() == 2 && classes.iter().all(is_code) {
        notes.push(format!(
            "the model's classes are {} and {}: {} is taken for `{positive}`",
            classes[0], classes[1], classes[1]
        ));
        return Ok(1);
    }
    Err(format!(
        "the model's classes are {}, and none of them is the positive class `{positive}`",
        super::table::list(classes)
    ))
}
