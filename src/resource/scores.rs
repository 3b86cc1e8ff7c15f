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

impl ScoreMeaning {
    /// The first score that cannot be one of this meaning; with `gaps`, not being a number is fine.
    pub(super) fn check(self, scores: &[f32], gaps: bool) -> Result<(), ScoreProblem> {
        // float32 sums of trees may pass 1 by a few units in the last place.
        const SLACK: f32 = 1e-4;
        let is_bounded = self != Self::Margin;
        for (row, score) in scores.iter().enumerate() {
            if score.is_nan() {
                if gaps {
                    continue;
                }
                return Err(ScoreProblem::NotANumber(row));
            }
            if is_bounded && !(-SLACK..=1.0 + SLACK).contains(score) {
                return Err(ScoreProblem::NoProbability(row, *score));
            }
        }
        Ok(())
    }
}

/// How the positive class's score is read from a model's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreReading {
    source: Source,
    /// The index of the positive class among the model's classes.
    class: usize,
    /// What it means.
    pub meaning: ScoreMeaning,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The scores, as they are.
    Score,
    /// The scores are logits: one a row, or one a class.
    Logit,
    /// The label output.
    Label,
}

/// Scores that cannot be used, and what is wrong with the first of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ScoreProblem {
    /// There is nothing to read.
    Absent(String),
    /// The score of this row of the batch is not a number.
    NotANumber(usize),
    /// The score of this row of the batch is no probability.
    NoProbability(usize, f32),
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
        let read = |source, meaning| Self {
            source,
            class,
            meaning,
        };
        let labels = read(Source::Label, ScoreMeaning::Label);
        if output == Some(ModelOutput::Labels) {
            return match signature.label_output {
                Some(_) => Ok(labels),
                None => Err(
                    "`output` under [model] is \"labels\", and the model gives none: \
                             leave it out"
                        .to_owned(),
                ),
            };
        }
        let scale = match signature.score {
            ScoreKind::LabelsOnly => return Ok(labels),
            ScoreKind::Regression { .. } if output.is_none() => {
                return Err(
                    "the model predicts a number, and the experiment is about two \
                            classes: set `output` under [model] if its number is a score"
                        .to_owned(),
                );
            }
            ScoreKind::Regression { .. } => ScoreScale::Unknown,
            ScoreKind::Single { scale } | ScoreKind::PerClass { scale, .. } => scale,
        };
        let scale = match output {
            Some(ModelOutput::Probabilities) => ScoreScale::Probability,
            Some(ModelOutput::Logit) => ScoreScale::Logit,
            Some(ModelOutput::Margin) => ScoreScale::Margin,
            Some(ModelOutput::Labels) | None => scale,
        };
        Ok(match scale {
            ScoreScale::Logit => read(Source::Logit, ScoreMeaning::Probability),
            ScoreScale::Margin => read(Source::Score, ScoreMeaning::Margin),
            ScoreScale::Probability | ScoreScale::Unknown => {
                read(Source::Score, ScoreMeaning::Probability)
            }
        })
    }

    /// The positive class's scores of a batch.
    pub(super) fn read(&self, block: &ScoreBlock) -> Result<Vec<f32>, ScoreProblem> {
        if self.source == Source::Label {
            let labels = block
                .labels
                .as_ref()
                .ok_or_else(|| ScoreProblem::Absent("the model gives no labels".to_owned()))?;
            let is_positive = |label: &u32| *label as usize == self.class;
            return Ok(labels
                .iter()
                .map(|l| f32::from(u8::from(is_positive(l))))
                .collect());
        }
        if block.columns == 0 {
            return Err(ScoreProblem::Absent("the model gives no scores".to_owned()));
        }
        let logit = self.source == Source::Logit;
        // A binary model may give one score where two were declared, and the reverse.
        if block.columns == 1 {
            let score = |s: f32| if logit { sigmoid(s) } else { s };
            return Ok(block.column(0).map(|s| self.of_single(score(s))).collect());
        }
        let class = self.class.min(block.columns - 1);
        let rows = block.scores.chunks_exact(block.columns);
        Ok(rows
            .map(|row| {
                if logit {
                    softmax(row, class)
                } else {
                    row[class]
                }
            })
            .collect())
    }

    /// A single score is that of the second class; the positive one may be the first.
    fn of_single(&self, score: f32) -> f32 {
        match (self.class, self.meaning) {
            (0, ScoreMeaning::Margin) => -score,
            (0, _) => 1.0 - score,
            _ => score,
        }
    }

    /// For content keys: two readings of this name read the same numbers.
    pub fn describe(&self) -> String {
        format!("{:?} {} {:?}", self.source, self.class, self.meaning)
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

fn softmax(logits: &[f32], class: usize) -> f32 {
    let others = logits.iter().enumerate().filter(|(c, _)| *c != class);
    let others: f32 = others.map(|(_, logit)| (logit - logits[class]).exp()).sum();
    1.0 / (1.0 + others)
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
        if classes.len() > 2 {
            notes.push(format!(
                "the model has {} classes: `{positive}` counts as positive, all others together \
                 as negative",
                classes.len()
            ));
        }
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
        "the model's classes are {}, and none of them is the positive class `{positive}`: \
         `positive` must be one of them, and a value of the target",
        super::table::list(classes)
    ))
}
