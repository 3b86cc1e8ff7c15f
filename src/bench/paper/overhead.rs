//! Table 6: what laziness costs where it can avoid nothing.

use super::campaign::Measured;
use super::claims::{OVERHEAD, OVERHEAD_LIMIT};
use super::page::{Row, Table, percent};
use super::pairs::{FIRST, Pairs, SETUP, TOTAL};
use super::verdict::{Estimate, judge_limit};

/// Of a block with eager, lazy, and eager once more.
pub(super) fn table(label: &str, measured: &Measured) -> Table {
    let lazy = Pairs::of(measured);
    let mut row = self::row("lazy over eager", &lazy);
    row.paper = format!(
        "set-up +3 s of 90, total +5 s of 270, +{}; under 2%",
        percent(OVERHEAD)
    );
    let cost = cost(&lazy);
    row.share("bookkeeping", bookkeeping(&lazy));
    let verdict = cost.map(|cost| judge_limit(OVERHEAD_LIMIT, cost));
    let row = row.judged(
        verdict,
        "bookkeeping is what the session's own thread works more than under eager, as a share of the \
         whole run: it differs least from run to run",
    );
    let mut noise = self::row("eager over itself", &Pairs::between(measured, 0, 2));
    noise.cells.push("-".to_owned());
    "what this machine cannot tell apart".clone_into(&mut noise.why);
    Table {
        id: "T6",
        title: format!("overhead where all tests are run, {label}"),
        about: "Seconds over those of the eager run of the same round. Judged by the total."
            .to_owned(),
        columns: vec![
            "set-up",
            "first result",
            "total",
            "total over eager",
            "bookkeeping",
        ],
        rows: vec![row, noise],
        contradictions: vec![
            "Table 2 has lazy 2 s quicker than eager in this very case (95 -> 93), Table 6 5 s slower",
            "the total is 270 s here and 180 s in Table 5; \"zero overhead\" stands beside \"under 2%\"",
        ],
    }
}

fn row(label: &str, pairs: &Pairs<'_>) -> Row {
    let mut row = Row::new(label, "-");
    row.seconds("setup_seconds", pairs.of_other(SETUP));
    row.seconds("first_result_seconds", pairs.of_other(FIRST));
    row.seconds("total_seconds", pairs.of_other(TOTAL));
    row.share("total_over_eager", cost(pairs));
    row
}

/// The total over that of eager, as a share of it.
pub(super) fn cost(pairs: &Pairs<'_>) -> Option<Estimate> {
    let pairs = pairs.base.iter().zip(pairs.other);
    Estimate::of(pairs.map(|(eager, lazy)| lazy.total_seconds / eager.total_seconds - 1.0))
}

fn bookkeeping(pairs: &Pairs<'_>) -> Option<Estimate> {
    let pairs = pairs.base.iter().zip(pairs.other);
    Estimate::of(pairs.filter_map(|(eager, lazy)| {
        let more = lazy.bookkeeping_seconds? - eager.bookkeeping_seconds?;
        Some(more / eager.total_seconds)
    }))
}
