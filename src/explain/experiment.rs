//! What the program took an experiment to be, and whether its model says what it should.

use crate::event::{TaskKind, Understanding};
use crate::ledger::Ledger;

/// What kind of answer the target holds.
pub const fn task_word(task: TaskKind) -> &'static str {
    match task {
        TaskKind::Binary => "binary",
        TaskKind::MultiClass => "multi-class",
        TaskKind::Regression => "regression",
    }
}

/// The task with its target and classes, in one line.
pub fn task_in_words(understanding: &Understanding) -> String {
    let (target, classes) = (&understanding.target, understanding.classes.join(", "));
    let task = task_word(understanding.task);
    match (understanding.task, understanding.threshold) {
        (TaskKind::Binary, Some(threshold)) => {
            format!("{task}: {target} is {classes} from a score of {threshold} on")
        }
        (TaskKind::Binary, None) => format!("{task}: {target} is {classes}"),
        (TaskKind::MultiClass, _) => format!("{task}: {target} is one of {classes}"),
        (TaskKind::Regression, _) => format!("{task}: {target} is a number"),
    }
}

/// Does the model say what its training library says? Two words for a head, neither of which is
/// parity: that is what groups have.
pub fn parity_word(ledger: &Ledger) -> &'static str {
    match &ledger.parity {
        Some(parity) if parity.is_good() => "scores checked",
        Some(_) => "SCORES DIFFER",
        None => "scores unchecked",
    }
}
