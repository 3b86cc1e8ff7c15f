//! What kind of answer the target holds, where the experiment leaves it to the model and the data.

use super::kind::target_values::TargetValues;
use super::scores::{are_codes, is_pair_of_codes};
use super::table::{list, same_value};
use super::table_file::TableSchema;
use crate::inference::{ScoreKind, Signature};
use crate::vocabulary::{Problem, Task};

/// A target of more values than this holds no classes.
const MOST_CLASSES: usize = 1000;

/// What the scores come from, which is what knows most about the task.
pub(super) enum Told<'a> {
    /// A model.
    Model(&'a Signature),
    /// A file of scores.
    File(&'a TableSchema),
}

/// Tells the task from what gives the scores and from the target's values. `notes` gets what was
/// taken for granted.
pub(super) fn tell(
    told: &Told<'_>,
    target: &str,
    values: &TargetValues,
    notes: &mut Vec<String>,
) -> Result<Task, Problem> {
    let task = match told {
        Told::Model(signature) => of_model(signature, target, values),
        Told::File(schema) => of_file(schema, target, values),
    }?;
    if let Task::MultiClass(classes) = &task
        && classes.len() > MOST_CLASSES
    {
        return Err(Problem::new(format!(
            "the target `{target}` holds {} values, too many to be classes",
            classes.len()
        ))
        .remedy("name another column"));
    }
    if let Task::Binary { positive } = &task {
        notes.push(format!(
            "`{positive}` is taken for the positive class of `{target}`: name another in \
             `positive` under [dataset], or with --positive"
        ));
    }
    Ok(task)
}

/// Refuses a target that does not say which rows are the outliers, as a detector says it.
pub(super) fn check_detected(target: &str, values: &TargetValues) -> Result<(), Problem> {
    let is_known = |value: &String| same_value(value, "-1") || same_value(value, "1");
    if values.distinct.iter().all(is_known) {
        return Ok(());
    }
    Err(Problem::new(format!(
        "the model tells outliers, -1, from the rest, 1, and the target `{target}` holds {}: which of \
         them are the outliers would be a guess",
        list(&values.distinct)
    ))
    .remedy("write the target as -1 for outliers and 1 for the rest"))
}

fn of_model(signature: &Signature, target: &str, values: &TargetValues) -> Result<Task, Problem> {
    match (signature.score, &signature.classes) {
        (ScoreKind::Regression { .. }, _) if values.are_texts => Err(Problem::new(format!(
            "the model predicts a number, and the target `{target}` holds texts ({})",
            list(&values.distinct)
        ))
        .remedy("name the column of numbers with `target`")),
        (ScoreKind::Regression { .. }, _) => Ok(Task::Regression),
        (_, Some(classes)) if classes.len() == 2 => {
            let second = values.distinct.iter().find(|v| same_value(v, &classes[1]));
            match second {
                Some(second) => Ok(binary(second)),
                // Rows of the first class only.
                None if values.distinct.len() == 1
                    && same_value(&values.distinct[0], &classes[0]) =>
                {
                    Ok(binary(&classes[1]))
                }
                None if is_pair_of_codes(classes) => second_of(target, values),
                None => Ok(binary(&classes[1])),
            }
        }
        (_, Some(classes)) => of_classes(classes, target, values),
        (ScoreKind::PerClass { columns, .. }, None) if columns > 2 => {
            let codes: Vec<String> = (0..columns).map(|code| code.to_string()).collect();
            of_classes(&codes, target, values)
        }
        (ScoreKind::Single { .. }, None) if values.are_texts || values.distinct.len() <= 2 => {
            second_of(target, values)
        }
        (ScoreKind::Single { .. }, None) => Ok(Task::Regression),
        (ScoreKind::LabelsOnly, None) if values.distinct.len() > 2 => {
            Ok(Task::MultiClass(values.distinct.clone()))
        }
        (ScoreKind::PerClass { .. } | ScoreKind::LabelsOnly, None) => second_of(target, values),
    }
}

/// Three classes or more: by the model's names, or by the target's where the model has numbers only.
fn of_classes(classes: &[String], target: &str, values: &TargetValues) -> Result<Task, Problem> {
    let known = |value: &String| classes.iter().any(|class| same_value(value, class));
    let strangers: Vec<&String> = values.distinct.iter().filter(|v| !known(v)).collect();
    if strangers.is_empty() {
        // The target's spelling, where it has the class: `1`, not `1.0`.
        let spelt = |class: &String| {
            let own = values.distinct.iter().find(|v| same_value(v, class));
            own.unwrap_or(class).clone()
        };
        return Ok(Task::MultiClass(classes.iter().map(spelt).collect()));
    }
    if are_codes(classes) && values.distinct.len() == classes.len() {
        return Ok(Task::MultiClass(values.distinct.clone()));
    }
    Err(Problem::new(format!(
        "the model's classes are {}, and the target `{target}` holds {}",
        list(classes),
        list(&strangers)
    ))
    .remedy("name the right column with `target`, or the classes in `positive`"))
}

fn of_file(schema: &TableSchema, target: &str, values: &TargetValues) -> Result<Task, Problem> {
    let has_column = |value: &&String| schema.names().any(|name| same_value(name, value));
    let of_classes = values.distinct.iter().filter(has_column).count();
    if values.distinct.len() > 2 && of_classes == values.distinct.len() {
        return Ok(Task::MultiClass(values.distinct.clone()));
    }
    match values.distinct.len() {
        0..=2 => second_of(target, values),
        _ if values.are_texts => Ok(Task::MultiClass(values.distinct.clone())),
        _ => Ok(Task::Regression),
    }
}

fn binary(positive: &str) -> Task {
    Task::Binary {
        positive: positive.to_owned(),
    }
}

/// The second of two values, by name or number, as libraries number classes.
fn second_of(target: &str, values: &TargetValues) -> Result<Task, Problem> {
    match values.distinct.as_slice() {
        [_, second] => Ok(binary(second)),
        // Rows of one class, whose code tells which it is.
        [only] if matches!(only.as_str(), "0" | "1") => Ok(binary("1")),
        [only] if matches!(only.as_str(), "false" | "true") => Ok(binary("true")),
        [only] if matches!(only.as_str(), "False" | "True") => Ok(binary("True")),
        others => {
            let count = match others.len() {
                1 => "one value".to_owned(),
                count => format!("{count} values"),
            };
            let problem = Problem::new(format!(
                "which class counts as positive cannot be told: the target `{target}` holds \
                 {count} ({}), and not two values",
                list(others)
            ));
            let problem = problem.remedy("name it in `positive` under [dataset]");
            Err(problem.setting("dataset.positive"))
        }
    }
}
