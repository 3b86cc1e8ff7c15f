//! Table 2: set-up, always beside the first result and the total.

use super::campaign::Measured;
use super::claims::{Claimed, Setup};
use super::page::{Row, Table};
use super::pairs::{FIRST, Pairs, SETUP, TOTAL};
use super::verdict::{Estimate, judge, saved_or_moved};

const COLUMNS: [&str; 8] = [
    "eager set-up",
    "lazy",
    "saved",
    "first result saved",
    "eager total",
    "lazy",
    "saved",
    "again: eager / lazy",
];

/// A row for each of the paper's; none where it was not measured.
pub(super) fn table(rows: &[(&Setup, String, Option<&Measured>)]) -> Table {
    let rows = rows.iter().map(|(claim, label, measured)| {
        let share = 1.0 - claim.lazy / claim.eager;
        let paper = format!(
            "{:.0} -> {:.0} s, -{:.0}%",
            claim.eager,
            claim.lazy,
            100.0 * share
        );
        let row = Row::new(label, paper);
        match measured {
            Some(measured) => measured_row(row, share, measured),
            None => row.not_measured(COLUMNS.len(), "left out: --sizes says what is measured"),
        }
    });
    Table {
        id: "T2",
        title: "set-up time, eager and lazy".to_owned(),
        about: "Set-up ends when the first test begins to compute, under either strategy, and counts \
                from the start of the process. Judged by the share of the set-up that is saved. Again: \
                the same tests computed once more in the same session, warm, where eager has kept \
                everything."
            .to_owned(),
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        contradictions: vec![
            "an eager loader loads everything whatever is selected, yet its set-up on the medium data \
             is 45 s with one test, 90 s with two or three and 95 s with five",
            "the abstract has eager frameworks waste 60 to 120 s, the table begins at 12 s",
            "the abstract's 45-60% covers one row of the table only (-56%); \"30-50 s\" covers 37 and \
             50, and neither 9 nor 102",
        ],
    }
}

fn measured_row(mut row: Row, share: f64, measured: &Measured) -> Row {
    let pairs = Pairs::of(measured);
    let saved = pairs.saved(SETUP);
    row.seconds("eager_setup_seconds", pairs.of_base(SETUP));
    row.seconds("lazy_setup_seconds", pairs.of_other(SETUP));
    row.share("setup_saved", saved);
    row.share("first_result_saved", pairs.saved(FIRST));
    row.seconds("eager_total_seconds", pairs.of_base(TOTAL));
    row.seconds("lazy_total_seconds", pairs.of_other(TOTAL));
    row.share("total_saved", pairs.saved(TOTAL));
    row.cells.push(again(&pairs));
    let verdict = saved.map(|saved| judge(Claimed::share(share), saved));
    row.judged(verdict, why(&pairs))
}

fn again(pairs: &Pairs<'_>) -> String {
    let of = |runs: &[super::run::MeasuredRun]| {
        let again = Estimate::of(runs.iter().filter_map(|run| run.again_seconds));
        again.map(|e| crate::display::seconds(e.median))
    };
    match (of(pairs.base), of(pairs.other)) {
        (None, _) | (_, None) => "-".to_owned(),
        (Some(eager), Some(lazy)) => format!("{eager} / {lazy}"),
    }
}

/// What becomes of the time that the set-up is shorter by.
pub(super) fn why(pairs: &Pairs<'_>) -> String {
    let less = pairs.less(SETUP).zip(pairs.less(TOTAL));
    less.map_or_else(String::new, |(setup, total)| {
        saved_or_moved(setup, total).to_owned()
    })
}
