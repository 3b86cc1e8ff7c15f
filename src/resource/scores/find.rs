//! Which of a model's scores the task asks for, and what they mean.

use std::collections::HashMap;

use super::{ScoreMeaning, ScoreReading, Source, Wanted};
use crate::inference::{ScoreKind, ScoreScale, Signature};
use crate::resource::table::{list, number_of, same_value};
use crate::vocabulary::{ModelOutput, Problem, Task};

impl ScoreReading {
    /// Finds the scores that the task asks for. `notes` gets what was taken for granted.
    pub fn find(
        signature: &Signature,
        task: &Task,
        output: Option<ModelOutput>,
        notes: &mut Vec<String>,
    ) -> Result<Self, Problem> {
        let wanted = match task {
            Task::Regression => return number(signature),
            Task::Binary { positive } => Wanted::Class(positive_class(signature, positive, notes)?),
            Task::MultiClass(classes) => Wanted::Classes(places(signature, classes, notes)?),
        };
        let read = |source, meaning| Self {
            source,
            wanted,
            has_named_labels: signature.classes.is_some(),
            meaning,
        };
        if output == Some(ModelOutput::Labels) {
            return match signature.label_output {
                Some(_) => Ok(read(Source::Label, ScoreMeaning::Label)),
                None => Err(Problem::new(
                    "`output` under [model] is \"labels\", and the model gives none",
                )
                .remedy("leave it out")),
            };
        }
        let scale = match signature.score {
            ScoreKind::LabelsOnly => return Ok(read(Source::Label, ScoreMeaning::Label)),
            ScoreKind::Regression { .. } if output.is_none() => {
                let cause = "the model predicts a number, and the experiment is about classes";
                return Err(Problem::new(cause).remedy(
                    "set `output` under [model] if its number is a score, or leave `positive` out if \
                     the target is a number",
                ));
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
}

/// The reading of a model that predicts a number.
fn number(signature: &Signature) -> Result<ScoreReading, Problem> {
    match signature.score {
        ScoreKind::Regression { targets: 1 } | ScoreKind::Single { .. } => Ok(ScoreReading {
            source: Source::Score,
            wanted: Wanted::Number,
            has_named_labels: false,
            meaning: ScoreMeaning::Number,
        }),
        ScoreKind::Regression { targets } => Err(Problem::new(format!(
            "the model predicts {targets} numbers a row, and the target is one"
        ))
        .remedy("export a model of that one")),
        ScoreKind::PerClass { .. } | ScoreKind::LabelsOnly => {
            let classes = signature.classes.as_ref();
            let classes = classes.map(|classes| format!(" ({})", list(classes)));
            let cause = format!(
                "the model tells classes apart{}, and the target holds numbers",
                classes.unwrap_or_default()
            );
            Err(Problem::new(cause).remedy(
                "name the class that counts as positive, or all classes, in `positive` under [dataset]",
            ))
        }
    }
}

/// The index of the positive class among the model's classes.
fn positive_class(
    signature: &Signature,
    positive: &str,
    notes: &mut Vec<String>,
) -> Result<usize, Problem> {
    let Some(classes) = &signature.classes else {
        return match signature.score {
            ScoreKind::PerClass { columns, .. } if columns > 2 => Err(Problem::new(format!(
                "the model gives {columns} scores a row and does not name its classes, so which of \
                 them is that of `{positive}` would be a guess"
            ))
            .remedy(
                "name its column in `score_output` under [model], such as \"probabilities[1]\" \
                 (counted from 0), or list all classes in `positive`",
            )),
            _ => Ok(1),
        };
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
    if is_pair_of_codes(classes) {
        notes.push(format!(
            "the model's classes are {} and {}: {} is taken for `{positive}`",
            classes[0], classes[1], classes[1]
        ));
        return Ok(1);
    }
    Err(Problem::new(format!(
        "the model's classes are {}, and none of them is the positive class `{positive}`: `positive` \
         must be one of them, and a value of the target",
        list(classes)
    )))
}

/// Are these two classes numbers that stand for texts?
pub(in crate::resource) fn is_pair_of_codes(classes: &[String]) -> bool {
    let is_code = |class: &String| matches!(class.as_str(), "0" | "1" | "-1" | "false" | "true");
    classes.len() == 2 && classes.iter().all(is_code)
}

/// Are the classes the numbers from 0 on, as label encoders give them?
pub(in crate::resource) fn are_codes(classes: &[String]) -> bool {
    let numbers = classes.iter().enumerate();
    numbers
        .into_iter()
        .all(|(code, class)| *class == code.to_string())
}

/// The places of the task's classes among the model's.
fn places(
    signature: &Signature,
    classes: &[String],
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, Problem> {
    let own = signature.classes.as_ref();
    if own.is_none() && matches!(signature.score, ScoreKind::Single { .. }) {
        return Err(Problem::new(format!(
            "the model gives one score a row, and {} classes need one each",
            classes.len()
        )));
    }
    let count = own.map_or(signature.score_columns(), Vec::len);
    if let Some(own) = own {
        let places = Places::of(own);
        let found: Option<Vec<usize>> = classes.iter().map(|class| places.find(class)).collect();
        if let Some(found) = found.filter(|_| own.len() == classes.len()) {
            return Ok(found);
        }
    }
    let is_counted = count == classes.len() || signature.score == ScoreKind::LabelsOnly;
    if is_counted && own.is_none_or(|own| are_codes(own)) {
        // Label encoders number the classes in the order of their names.
        let mut sorted: Vec<&String> = classes.iter().collect();
        sorted.sort();
        let taken: Vec<String> = sorted.iter().map(|class| format!("`{class}`")).collect();
        notes.push(format!(
            "the model does not name its classes: they are taken for {}, in this order",
            taken.join(", ")
        ));
        let place = |class: &String| sorted.partition_point(|other| *other < class);
        return Ok(classes.iter().map(place).collect());
    }
    let own = own.map_or_else(|| format!("{count} in number"), |own| list(own));
    Err(Problem::new(format!(
        "the model's classes are {own}, and the experiment's {}: `positive` must list each of them once, as values of the target",
        list(classes)
    )))
}

/// Where classes are among others, by their texts or the numbers that these mean.
struct Places<'c> {
    by_text: HashMap<&'c str, usize>,
    by_number: HashMap<u64, usize>,
}

impl<'c> Places<'c> {
    fn of(classes: &'c [String]) -> Self {
        let (mut by_text, mut by_number) = (HashMap::new(), HashMap::new());
        // The first of equals counts.
        for (place, class) in classes.iter().enumerate().rev() {
            by_text.insert(class.as_str(), place);
            by_number.extend(number_bits(class).map(|bits| (bits, place)));
        }
        Self { by_text, by_number }
    }

    /// The first that is the same value.
    fn find(&self, class: &str) -> Option<usize> {
        let by_text = self.by_text.get(class);
        let by_number = number_bits(class).and_then(|bits| self.by_number.get(&bits));
        by_text.into_iter().chain(by_number).min().copied()
    }
}

/// Equal for equal numbers: 0 and -0 are.
fn number_bits(class: &str) -> Option<u64> {
    number_of(class).map(|number| (number + 0.0).to_bits())
}
