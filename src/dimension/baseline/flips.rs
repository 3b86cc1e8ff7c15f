//! The rows that are decided otherwise than they were: those that were right and are wrong first.

use super::super::findings::text;
use super::rows::{Decision, Rows, flips as count};
use crate::event::{BaselineComparison, Cell, ResultTable};
use crate::vocabulary::Note;

/// More are counted.
const MOST_LISTED: usize = 1_000;

/// Counts and lists them; of numbers, of which none is a decision, there are none.
pub(super) fn report(rows: &Rows<'_>, found: &mut BaselineComparison) {
    let Some(decisions) = rows.decisions() else {
        return;
    };
    let flips = count(&decisions);
    let counts = [
        ("right_to_wrong", flips.right_to_wrong),
        ("wrong_to_right", flips.wrong_to_right),
        ("both_right", flips.both_right),
        ("both_wrong", flips.both_wrong),
    ];
    for (name, count) in counts {
        found
            .metrics
            .insert(format!("flips.{name}"), Some(count as f64));
    }
    let other = decisions.iter().filter(|d| d.was != d.now).count();
    found
        .metrics
        .insert("flips.all".to_owned(), Some(other as f64));
    let of = |is_loss: bool| {
        let flipped = decisions
            .iter()
            .enumerate()
            .filter(move |(_, d)| d.was_right() != d.is_right() && d.was_right() == is_loss);
        flipped.map(move |(row, decision)| (row, is_loss, decision))
    };
    let listed = of(true).chain(of(false)).take(MOST_LISTED);
    let listed = listed.map(|(row, is_loss, decision)| line(rows, row, is_loss, decision));
    let listed: Vec<Vec<Cell>> = listed.collect();
    let all = (flips.right_to_wrong + flips.wrong_to_right) as usize;
    if all > listed.len() {
        found.notes.push(Note::info(format!(
            "{} of {all} flips are listed",
            listed.len()
        )));
    }
    let columns = [
        "row (from 0)",
        "flip",
        "truth",
        "was",
        "is",
        "score was",
        "score is",
    ];
    let table = ResultTable {
        title: "Rows decided rightly by one of both only".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: listed,
        best: None,
    };
    found.tables.insert("flips".to_owned(), table);
}

fn line(rows: &Rows<'_>, row: usize, is_loss: bool, decision: &Decision) -> Vec<Cell> {
    let flip = if is_loss {
        "right to wrong"
    } else {
        "wrong to right"
    };
    let class = |class: usize| text(rows.class(class));
    let score = |scores: &[f64], decided: usize| {
        let columns = rows.outcome.columns();
        let column = if columns > 1 { decided } else { 0 };
        let score = scores.get(row * columns + column).copied();
        Cell::from(score.filter(|score| score.is_finite()))
    };
    vec![
        text(row.to_string()),
        text(flip),
        class(decision.truth),
        class(decision.was),
        class(decision.now),
        score(rows.was, decision.was),
        score(&rows.now, decision.now),
    ]
}
