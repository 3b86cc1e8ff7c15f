//! Table 7: the gain by the number of rows.

use super::campaign::Measured;
use super::claims::{Claimed, Setup};
use super::page::{Row, Table};
use super::pairs::{FIRST, PEAK, Pairs, SETUP, TOTAL};
use super::setup::why;
use super::verdict::judge;

const COLUMNS: [&str; 6] = [
    "eager set-up",
    "lazy",
    "set-up",
    "first result",
    "total",
    "peak saved",
];

/// A row for each size; none where it was not measured.
pub(super) fn table(rows: &[(&Setup, String, Option<&Measured>)]) -> Table {
    let rows = rows.iter().map(|(claim, label, measured)| {
        let factor = claim.eager / claim.lazy;
        let paper = format!("{:.0} / {:.0} s, {factor:.1}x", claim.eager, claim.lazy);
        let mut row = Row::new(label, paper);
        let Some(measured) = measured else {
            return row.not_measured(COLUMNS.len(), "left out: --sizes says what is measured");
        };
        let pairs = Pairs::of(measured);
        let ours = pairs.factor(SETUP);
        row.seconds("eager_setup_seconds", pairs.of_base(SETUP));
        row.seconds("lazy_setup_seconds", pairs.of_other(SETUP));
        row.factor("setup_factor", ours);
        row.factor("first_result_factor", pairs.factor(FIRST));
        row.factor("total_factor", pairs.factor(TOTAL));
        row.share("peak_saved", pairs.saved(PEAK));
        let verdict = ours.map(|ours| judge(Claimed::factor(factor), ours));
        row.judged(verdict, why(&pairs))
    });
    Table {
        id: "T7",
        title: "one test, from 10K to 10M rows".to_owned(),
        about: "How many times the lazy run is in the eager one. Judged by the set-up; the total says what \
                is gained."
            .to_owned(),
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        contradictions: vec![
            "10,000,000 rows are in no data set of section 5.1, which has three sizes; their features are \
             not told (20 here)",
        ],
    }
}
