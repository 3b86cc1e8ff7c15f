//! Table 3: peak memory, by the system.

use super::campaign::Measured;
use super::claims::{Claimed, MEMORY};
use super::page::{Row, Table, percent};
use super::pairs::{ADDED, PEAK, Pairs, TOTAL};
use super::verdict::judge;

const COLUMNS: [&str; 5] = [
    "eager peak",
    "lazy",
    "saved",
    "saved above a bare process",
    "total time saved",
];

/// A row for each number of tests, with its label.
pub(super) fn table(rows: &[(usize, String, &Measured)]) -> Table {
    let rows = MEMORY.iter().map(|(tests, eager, lazy)| {
        let share = 1.0 - lazy / eager;
        let found = rows.iter().find(|(count, ..)| count == tests);
        let label = found.map_or_else(|| format!("{tests} tests"), |(_, label, _)| label.clone());
        let paper = format!("{eager:.0} -> {lazy:.0} GB, -{}", percent(share));
        let mut row = Row::new(label, paper);
        let Some((_, _, measured)) = found else {
            return row.not_measured(COLUMNS.len(), "left out of this measurement");
        };
        let pairs = Pairs::of(measured);
        let saved = pairs.saved(PEAK);
        row.bytes("eager_peak_rss_bytes", pairs.of_base(PEAK));
        row.bytes("lazy_peak_rss_bytes", pairs.of_other(PEAK));
        row.share("peak_saved", saved);
        row.share("added_saved", pairs.saved(ADDED));
        row.share("total_saved", pairs.saved(TOTAL));
        let verdict = saved.map(|saved| judge(Claimed::share(share), saved));
        let why = match pairs.of_base(PEAK) {
            Some(eager) => format!(
                "eager takes {} here, not {} GB: these are the paper's rows and features, and so many \
                 numbers take no more",
                crate::display::bytes(eager.median as u64),
                MEMORY[0].1
            ),
            None => String::new(),
        };
        row.judged(verdict, why)
    });
    Table {
        id: "T3",
        title: "peak memory, eager and lazy".to_owned(),
        about: "The largest resident set of the process, by the system; a process that has done nothing \
                has 6 to 7 MB of it. Judged by the share that is saved."
            .to_owned(),
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        contradictions: vec![
            "the headline's -42% is in no row (the middle one is -44%); the rows, weighted by the mix of \
             workflows, give -38%",
            "100,000 x 50 numbers take 40 MB, 800 times less than the 32 GB that eager is said to take; \
             section 1.1 has 45 GB in place of the 32",
        ],
    }
}
