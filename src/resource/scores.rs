//! From what a model gives to the scores that the task asks for: that of the positive class, one a
//! class, or the predicted number.

mod find;

use crate::engine::Recipe;
use crate::inference::{ScoreBlock, Signature};
use crate::metrics::multi_class::most_likely;

pub(super) use find::{are_codes, is_pair_of_codes};

/// What a score means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoreMeaning {
    /// The probability of a class.
    Probability,
    /// A signed distance from the boundary: it ranks, and is no probability.
    Margin,
    /// Only the label: 1 for the class, 0 for another.
    Label,
    /// The predicted number itself.
    Number,
}

impl ScoreMeaning {
    /// Its name in content ids.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Probability => "probability",
            Self::Margin => "margin",
            Self::Label => "label",
            Self::Number => "number",
        }
    }

    /// For people.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Probability => "a probability",
            Self::Margin => "a margin, no probability",
            Self::Label => "labels only",
            Self::Number => "the predicted number",
        }
    }

    /// The first score that cannot be one of this meaning, among rows of `columns` scores; with
    /// `gaps`, not being a number is fine.
    pub(super) fn check(
        self,
        scores: &[f32],
        columns: usize,
        gaps: bool,
    ) -> Result<(), ScoreProblem> {
        // float32 sums of trees may pass 1 by a few units in the last place.
        const SLACK: f32 = 1e-4;
        let is_bounded = matches!(self, Self::Probability | Self::Label);
        for (place, score) in scores.iter().enumerate() {
            let row = place / columns.max(1);
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

/// How the scores that the task asks for are read from a model's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreReading {
    source: Source,
    wanted: Wanted,
    /// Are the model's labels places among its classes, and not just numbers?
    has_named_labels: bool,
    /// What they mean.
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

/// Which of a model's scores are wanted, by their places among its classes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// That of the positive class.
    Class(usize),
    /// One a class, in the order of the task's classes.
    Classes(Vec<usize>),
    /// The one number.
    Number,
}

/// Scores that cannot be used, and what is wrong with the first of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ScoreProblem {
    /// There is nothing to read.
    Absent(String),
    /// A score of this row of the batch is not a number.
    NotANumber(usize),
    /// A score of this row of the batch is no probability.
    NoProbability(usize, f32),
}

impl ScoreReading {
    /// Scores a row.
    pub fn columns(&self) -> usize {
        match &self.wanted {
            Wanted::Classes(places) => places.len(),
            Wanted::Class(_) | Wanted::Number => 1,
        }
    }

    /// Does the score rise with that of the second of two classes, or of the one target? None where it is
    /// of several classes, or a label.
    pub(super) fn rises_with_second(&self) -> Option<bool> {
        match (&self.wanted, self.source) {
            (_, Source::Label) | (Wanted::Classes(_), _) => None,
            (Wanted::Number, _) => Some(true),
            (Wanted::Class(place), _) => Some(*place == 1),
        }
    }

    /// Is it that score itself, as the model gives it?
    pub(super) fn is_score_itself(&self) -> bool {
        self.source == Source::Score && self.rises_with_second() == Some(true)
    }

    /// The scores of a batch, row by row.
    pub(super) fn read(&self, block: &ScoreBlock) -> Result<Vec<f32>, ScoreProblem> {
        if self.source == Source::Label {
            return self.read_labels(block);
        }
        if block.columns == 0 {
            return Err(ScoreProblem::Absent("the model gives no scores".to_owned()));
        }
        let is_logit = self.source == Source::Logit;
        match &self.wanted {
            Wanted::Number => Ok(block.column(0).collect()),
            // A binary model may give one score where two were declared, and the reverse.
            Wanted::Class(class) if block.columns == 1 => {
                let score = |s: f32| if is_logit { sigmoid(s) } else { s };
                let scores = block.column(0);
                Ok(scores.map(|s| self.of_single(*class, score(s))).collect())
            }
            Wanted::Class(class) if *class >= block.columns => Err(ScoreProblem::Absent(format!(
                "the model gives {} scores a row, and that of class {class} (counted from 0) is not \
                 among them",
                block.columns
            ))),
            Wanted::Class(class) => Ok(of_classes(block, &[*class], is_logit)),
            Wanted::Classes(places) if places.iter().any(|p| *p >= block.columns) => {
                Err(ScoreProblem::Absent(format!(
                    "the model gives {} scores a row, and there are {} classes",
                    block.columns,
                    places.len()
                )))
            }
            Wanted::Classes(places) => Ok(of_classes(block, places, is_logit)),
        }
    }

    /// How many rows of a batch the model labels otherwise than its scores, cut at `threshold`, say:
    /// none where it gives no labels, or where they cannot be told apart from class numbers.
    pub(super) fn disagreements(
        &self,
        block: &ScoreBlock,
        scores: &[f32],
        threshold: f64,
    ) -> Option<u64> {
        let labels = block
            .labels
            .as_ref()
            .filter(|_| self.source != Source::Label)?;
        if !self.has_named_labels && labels.iter().any(|label| *label > 1) {
            return None;
        }
        let count = match &self.wanted {
            Wanted::Class(class) => {
                let rows = labels.iter().zip(scores);
                let differs = |(label, score): &(&u32, &f32)| {
                    !score.is_nan()
                        && (**label as usize == *class) != (f64::from(**score) >= threshold)
                };
                rows.filter(differs).count()
            }
            Wanted::Classes(places) => {
                let rows = labels.iter().zip(scores.chunks_exact(places.len().max(1)));
                let differs = |(label, row): &(&u32, &[f32])| {
                    let winner = most_likely(row).map(|place| places[place]);
                    winner.is_some_and(|place| place != **label as usize)
                };
                rows.filter(differs).count()
            }
            Wanted::Number => return None,
        };
        Some(count as u64)
    }

    fn read_labels(&self, block: &ScoreBlock) -> Result<Vec<f32>, ScoreProblem> {
        let labels = block.labels.as_ref();
        let labels =
            labels.ok_or_else(|| ScoreProblem::Absent("the model gives no labels".to_owned()))?;
        let is = |label: &u32, place: &usize| f32::from(u8::from(*label as usize == *place));
        Ok(match &self.wanted {
            Wanted::Class(class) => labels.iter().map(|label| is(label, class)).collect(),
            Wanted::Classes(places) => labels
                .iter()
                .flat_map(|label| places.iter().map(move |place| is(label, place)))
                .collect(),
            Wanted::Number => labels.iter().map(|label| *label as f32).collect(),
        })
    }

    /// A single score is that of the second class; the positive one may be the first.
    fn of_single(&self, class: usize, score: f32) -> f32 {
        match (class, self.meaning) {
            (0, ScoreMeaning::Margin) => -score,
            (0, _) => 1.0 - score,
            _ => score,
        }
    }

    /// Adds to a recipe all that tells this reading from others.
    pub(super) fn describe_to(&self, recipe: Recipe) -> Recipe {
        let source = match self.source {
            Source::Score => "score",
            Source::Logit => "logit",
            Source::Label => "label",
        };
        let (wanted, places) = match &self.wanted {
            Wanted::Class(place) => ("class", vec![*place as u64]),
            Wanted::Classes(places) => ("classes", places.iter().map(|p| *p as u64).collect()),
            Wanted::Number => ("number", Vec::new()),
        };
        recipe
            .with("source", source)
            .with("wanted", (wanted, places))
            .with("meaning", self.meaning.name())
    }

    /// For people: which output the scores are, and what they mean.
    pub fn in_words(&self, signature: &Signature) -> String {
        let output = match (self.source, signature.score_outputs.as_slice()) {
            (Source::Label, _) => signature.label_output.as_deref().unwrap_or("label"),
            (_, []) => "score",
            (_, [output]) => output,
            (_, outputs) => match &self.wanted {
                Wanted::Class(class) => outputs.get(*class).unwrap_or(&outputs[0]),
                Wanted::Classes(_) | Wanted::Number => &outputs[0],
            },
        };
        if let Some(column) = signature
            .score_column
            .filter(|_| self.source != Source::Label)
        {
            return format!("{output}[{column}], {}", self.meaning_in_words());
        }
        let place = match &self.wanted {
            Wanted::Class(class)
                if signature.score_columns() > 1 && signature.score_outputs.len() < 2 =>
            {
                match &signature.classes {
                    Some(classes) => {
                        format!("[{}]", classes.get(*class).map_or("", String::as_str))
                    }
                    None => format!("[{class}]"),
                }
            }
            _ => String::new(),
        };
        format!("{output}{place}, {}", self.meaning_in_words())
    }

    fn meaning_in_words(&self) -> &'static str {
        match (self.source, self.meaning) {
            (Source::Logit, _) => "a logit, turned into a probability",
            (_, meaning) => meaning.in_words(),
        }
    }
}

/// The scores of the classes at these places, row by row.
fn of_classes(block: &ScoreBlock, places: &[usize], is_logit: bool) -> Vec<f32> {
    let is_pair = is_logit && is_pair_of_margins(block);
    let rows = block.scores.chunks_exact(block.columns);
    rows.flat_map(|row| {
        places.iter().map(move |place| {
            if is_pair {
                sigmoid(row[*place])
            } else if is_logit {
                softmax(row, *place)
            } else {
                row[*place]
            }
        })
    })
    .collect()
}

/// Are the two scores of every row one number, with and without a minus? The softmax of such a pair
/// would double it.
pub(super) fn is_pair_of_margins(block: &ScoreBlock) -> bool {
    let mut rows = block.scores.chunks_exact(2);
    block.columns == 2 && block.rows > 0 && rows.all(|row| row[0] == -row[1])
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

fn softmax(logits: &[f32], class: usize) -> f32 {
    let others = logits.iter().enumerate().filter(|(c, _)| *c != class);
    let others: f32 = others.map(|(_, logit)| (logit - logits[class]).exp()).sum();
    1.0 / (1.0 + others)
}
