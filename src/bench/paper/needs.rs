//! Table 1: what each test needs.

use super::campaign::Measured;
use super::claims::NEEDS;
use super::page::{Row, Table};
use super::verdict::Verdict;
use crate::vocabulary::Dimension;

/// From a run of all tests.
pub(super) fn table(all_tests: &Measured) -> Table {
    let run = all_tests.first().and_then(|runs| runs.first());
    let needs = run.map_or(&[][..], |run| &run.needs);
    let mut rows: Vec<Row> = NEEDS
        .iter()
        .map(|(dimension, claimed)| {
            let found = needs.iter().find(|(found, _)| found == dimension);
            row(
                *dimension,
                claimed,
                found.map_or(&[][..], |(_, words)| words),
            )
        })
        .collect();
    if let Some(run) = run {
        let (all, shared) = run.predictions;
        let mut row = Row::new("predictions of a run of all five", "shared between tests");
        row.cells = vec![
            format!("{all} made"),
            format!("{shared} of them shared by two tests or more"),
        ];
        let verdict = if shared * 2 > all {
            Verdict::Confirmed
        } else {
            Verdict::NotConfirmed
        };
        rows.push(row.judged(
            Some(verdict),
            "robustness predicts disturbed rows, which nobody else asks for",
        ));
    }
    Table {
        id: "T1",
        title: "what each test needs".to_owned(),
        about: "Named: what the test asks for. Derived: what these are made from, which laziness \
                loads with them. Hyperparameters are a table of trials here, scores included. Confirmed \
                where both together are what the paper lists."
            .to_owned(),
        columns: vec!["named", "derived"],
        rows,
        contradictions: vec![
            "resilience is said to need no model, yet predictions, also of the alternative dataset, \
             are made by one",
            "hyperparameters must predict for each configuration, so that its predictions are shared \
             with nobody, yet predictions are said to be shared between tests",
        ],
    }
}

fn row(dimension: Dimension, claimed: &[&str], found: &[(String, bool)]) -> Row {
    let of = |named: bool| {
        let words = found.iter().filter(|(_, is_named)| *is_named == named);
        let words: Vec<&str> = words.map(|(word, _)| word.as_str()).collect();
        match words.as_slice() {
            [] => "-".to_owned(),
            words => words.join(", "),
        }
    };
    let mut row = Row::new(dimension.name(), claimed.join(", "));
    row.cells = vec![of(true), of(false)];
    let found: Vec<&str> = found.iter().map(|(word, _)| word.as_str()).collect();
    let without = |all: &[&str], others: &[&str]| {
        let left = all.iter().filter(|word| !others.contains(word));
        left.copied().collect::<Vec<_>>().join(", ")
    };
    let more = without(&found, claimed);
    let fewer = without(claimed, &found);
    let (verdict, why) = match (more.is_empty(), fewer.is_empty()) {
        (true, true) => (Verdict::Confirmed, String::new()),
        (false, true) => (Verdict::NotConfirmed, format!("it needs {more} as well")),
        (true, false) => (Verdict::NotConfirmed, format!("it does without {fewer}")),
        (false, false) => (
            Verdict::NotConfirmed,
            format!("it needs {more} as well, and does without {fewer}"),
        ),
    };
    row.judged(Some(verdict), why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_besides_is_told() {
        let found = [
            ("dataset".to_owned(), true),
            ("model".to_owned(), false),
            ("predictions".to_owned(), true),
        ];
        let found = row(Dimension::Uncertainty, &["predictions", "scores"], &found);
        assert_eq!(found.verdict, Verdict::NotConfirmed);
        assert_eq!(
            found.why,
            "it needs dataset, model as well, and does without scores"
        );
        assert_eq!(found.cells, ["dataset, predictions", "model"]);
    }
}
