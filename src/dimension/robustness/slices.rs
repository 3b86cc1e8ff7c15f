//! The worst slices: rows of like features in which the model errs most (SliceLine).

use super::Study;
use crate::dimension::findings::{Findings, p_value, text};
use crate::dimension::outcome::Outcome;
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::slice_line::{
    ALPHA, FALSE_FINDS, Found, LEAST_EFFECT, LeftOut, SCOPE, Scope, Slice,
};
use crate::resource::{Key, TableId, WorstSlices};
use crate::vocabulary::Problem;

/// Slices in the picture.
const MOST_DRAWN: usize = 12;
/// Slices in the table: there may be any number that tie.
const MOST_ROWS: usize = 50;

/// Tells of the worst slices: they are known already where the dataset is too large to be held.
pub(super) fn worst(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    let inputs = study.inputs;
    let words = match study.outcome {
        Outcome::Numbers(_) => &ABSOLUTE_ERROR,
        Outcome::Binary { .. } | Outcome::Classes { .. } => &ERROR_RATE,
    };
    if let Ok(found) = inputs.resolved.get(&Key::WorstSlices) {
        report(found.as_worst_slices()?, words, findings);
        return Ok(());
    }
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let features = inputs.catalogue.sliced_features();
    let errors = study.outcome.row_errors(&study.scores);
    let found = WorstSlices::find_held(table, &features, errors)?;
    report(&found, words, findings);
    Ok(())
}

/// What a model's errors are called.
struct Words {
    error: &'static str,
    effect: &'static str,
    test: &'static str,
}

const ERROR_RATE: Words = Words {
    error: "error rate",
    effect: "Cohen's h",
    test: "Fisher's exact test",
};

const ABSOLUTE_ERROR: Words = Words {
    error: "mean absolute error",
    effect: "Cohen's d",
    test: "Welch's t-test",
};

fn report(worst: &WorstSlices, words: &Words, findings: &mut Findings) {
    let Some(found) = &worst.found else {
        findings.metric("slices.top_score", None);
        findings.warn("the worst slices are not known: a score is no number");
        return;
    };
    let named = || worst.names.iter().zip(&found.slices);
    let weak = named().filter(|(_, slice)| slice.is_weak()).count();
    let first = found.slices.first();
    findings.metric("slices.top_score", first.map(|slice| slice.score));
    findings.metric("slices.weak", weak as f64);
    findings.note(method(found, words));
    findings.notes(limits(worst, found));
    if found.slices.is_empty() {
        findings.note("no slice errs so much more than all rows that its score is above 0");
        return;
    }
    if let Some((name, slice)) = named().find(|(_, slice)| slice.is_weak()) {
        findings.warn(warning((name, slice), weak, words));
    }
    findings.figures.push(Figure::Bars {
        title: format!("{} in the worst slices", capitalised(words.error)),
        bars: named().take(MOST_DRAWN).map(bar).collect(),
        reference: Some(ReferenceLine {
            value: found.mean,
            label: "all rows".to_owned(),
        }),
        from: 0.0,
    });
    findings.table(
        "slices",
        format!("Worst slices by {}, the largest score first", words.error),
        &[
            "name",
            "n",
            "error",
            "score",
            "p_adjusted",
            "elsewhere",
            "effect",
            "rank",
            "same rows as",
        ],
        named().take(MOST_ROWS).map(row).collect(),
    );
}

fn method(found: &Found, words: &Words) -> String {
    let Scope { top, depth } = SCOPE;
    format!(
        "worst slices (SliceLine): the best {top} and their ties of all conjunctions of up to {depth} \
         features with at least {} rows, numbers by deciles, by {ALPHA} (error / mean error - 1) - {} \
         (all rows / rows - 1), the error being the {}; p_adjusted is of {} against all other rows, \
         one-sided, times the {} slices that could have been found (Bonferroni); flagged from {} \
         {LEAST_EFFECT} on and at {FALSE_FINDS}",
        display::count(found.least_rows),
        display::metric(1.0 - ALPHA),
        words.error,
        words.test,
        display::metric(found.possible),
        words.effect,
    )
}

/// What was not looked at, or is not shown.
fn limits(worst: &WorstSlices, found: &Found) -> Vec<String> {
    let LeftOut {
        not_combined,
        ended_at,
    } = found.left_out;
    let combined = (not_combined > 0).then(|| {
        format!(
            "{} slices by one feature were not combined with others: those with the most rows and errors \
             fill the memory that the search may take",
            display::count(not_combined)
        )
    });
    let ended = ended_at.map(|depth| {
        format!(
            "the search for slices ended among those by {depth} features, at the work that it may take; \
             the most promising were looked at first"
        )
    });
    let unseen = (!worst.unseen.is_empty()).then(|| {
        format!(
            "too many categories to make slices by: {}",
            worst.unseen.join(", ")
        )
    });
    let more = found.slices.len().saturating_sub(MOST_ROWS);
    let more = (more > 0).then(|| {
        format!("{more} more slices score as much as the last of those in the table of slices")
    });
    [combined, ended, unseen, more]
        .into_iter()
        .flatten()
        .collect()
}

fn warning((name, slice): (&String, &Slice), weak: usize, words: &Words) -> String {
    let others = match weak - 1 {
        0 => String::new(),
        1 => "; one more of the worst slices is flagged".to_owned(),
        others => format!("; {others} more of the worst slices are flagged"),
    };
    let rest = slice.rest_mean.map_or_else(String::new, |rest| {
        format!(" against {} elsewhere", display::metric(rest))
    });
    format!(
        "weak slice {name}: {} {}{rest}, n {}{others}",
        words.error,
        display::metric(slice.mean()),
        display::count(slice.rows),
    )
}

fn bar((name, slice): (&String, &Slice)) -> Bar {
    Bar {
        label: name.clone(),
        value: Some(slice.mean()),
        interval: None,
        note: format!("n {}", display::count(slice.rows)),
        flagged: slice.is_weak(),
    }
}

fn row((name, slice): (&String, &Slice)) -> Vec<Cell> {
    let same = slice.same_rows.map(|place| format!("no. {}", place + 1));
    vec![
        text(name),
        Cell::Count(slice.rows),
        Cell::Number(slice.mean()),
        Cell::Number(slice.score),
        p_value(slice.p_adjusted),
        slice.rest_mean.into(),
        slice.effect.into(),
        Cell::Count(slice.rank as u64),
        text(same.unwrap_or_default()),
    ]
}

fn capitalised(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}
