//! Table 4: hits of the prediction cache.

use super::campaign::Measured;
use super::claims::{Claimed, HIT_RATE};
use super::page::{Row, Table, percent};
use super::pairs::{FIRST, Pairs, SETUP, TOTAL};
use super::run::{MeasuredRun, Requests};
use super::verdict::{Estimate, judge};

const COLUMNS: [&str; 8] = [
    "hit rate, all",
    "of what can be shared",
    "most possible",
    "all asked twice",
    "setup, off to on",
    "first result saved",
    "total saved",
    "factor",
];

/// Each number of tests with runs without a cache and with one, lazily both.
pub(super) fn table(rows: &[(usize, String, &Measured)]) -> Table {
    let rows = HIT_RATE.iter().map(|(tests, rate, seconds, factor)| {
        let found = rows.iter().find(|(count, ..)| count == tests);
        let label = found.map_or_else(|| format!("{tests} tests"), |(_, label, _)| label.clone());
        let paper = format!("{:.0}%, {seconds:.0} s, {factor}x", 100.0 * rate);
        let mut row = Row::new(label, paper);
        let Some((_, _, measured)) = found else {
            return row.not_measured(COLUMNS.len(), "left out of this measurement");
        };
        let pairs = Pairs::of(measured);
        let with = pairs.other;
        let ceiling = with.first().map_or(0.0, ceiling);
        let all = rate_of(with, |run| Some(run.requests), Requests::hit_rate);
        let shareable = rate_of(with, |run| Some(run.requests), Requests::shareable_hit_rate);
        let twice = rate_of(with, |run| run.requests_of_both, Requests::hit_rate);
        row.share("hit_rate", all);
        row.share("shareable_hit_rate", shareable);
        row.cells.push(percent(ceiling));
        row.share("hit_rate_asked_twice", twice);
        row.cells.push(setups(&pairs));
        row.share("first_result_saved", pairs.saved(FIRST));
        row.share("total_saved", pairs.saved(TOTAL));
        row.factor("speed_up", pairs.factor(TOTAL));
        let verdict = all.map(|ours| judge(Claimed::share(*rate), ours));
        row.judged(verdict, why(*tests, ceiling, *rate, shareable))
    });
    Table {
        id: "T4",
        title: "hit rate of the prediction cache".to_owned(),
        about: "Lazy sessions with the cache and without, in turns; tests are asked for one after the \
                other, since in one run what a later test needs is held for it, cache or no. All: of all \
                requests for predictions. What can be shared: of those for predictions that two or more \
                of the tests need; what k tests each read once is hit (k-1)/k of the time and no more. \
                Judged by the hit rate of all requests."
            .to_owned(),
        columns: COLUMNS.to_vec(),
        rows: rows.collect(),
        contradictions: vec![
            "75%, 82% and 85% of 2, 3 and 5 tests are above (k-1)/k, which is 50%, 67% and 80%: they need \
             2.0, 1.85 and 1.33 reads a test, and what is counted is not said",
            "seconds saved and factors imply totals of 56, 72 and 89 s, against 180 s in Table 5",
        ],
    }
}

fn rate_of(
    runs: &[MeasuredRun],
    requests: fn(&MeasuredRun) -> Option<Requests>,
    rate: fn(Requests) -> f64,
) -> Option<Estimate> {
    Estimate::of(runs.iter().filter_map(requests).map(rate))
}

fn setups(pairs: &Pairs<'_>) -> String {
    let words = |estimate: Option<Estimate>| {
        estimate.map_or_else(|| "-".to_owned(), |e| crate::display::seconds(e.median))
    };
    format!(
        "{} to {}",
        words(pairs.of_base(SETUP)),
        words(pairs.of_other(SETUP))
    )
}

/// The share of requests for what can be shared that can be hits: each prediction must be made once.
fn ceiling(run: &MeasuredRun) -> f64 {
    let requests = run.requests;
    let all = requests.shareable_hits + requests.shareable_misses;
    let (_, shared) = run.predictions;
    1.0 - shared as f64 / all.max(1) as f64
}

fn why(tests: usize, ceiling: f64, rate: f64, shareable: Option<Estimate>) -> String {
    let needed = 1.0 / (tests as f64 * (1.0 - rate));
    let reached = shareable.map_or_else(String::new, |s| {
        format!(
            "of what can be shared, {} of requests hit; ",
            percent(s.median)
        )
    });
    format!(
        "{reached}each must be made once, and a test reads it once here, which allows {} at most; the paper's \
         figure needs {needed:.2} reads a test",
        percent(ceiling)
    )
}
