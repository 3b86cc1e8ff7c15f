//! What the abstract claims, beside what was measured for it.

use super::claims::{
    ABSTRACT_CACHE, ABSTRACT_HITS, ABSTRACT_MEMORY, ABSTRACT_SETUP, Claimed, OVERHEAD_LIMIT,
    WORKFLOW_GAIN,
};
use super::page::{Row, Table, percent};
use super::verdict::{Estimate, Verdict, judge, judge_limit};

/// What the claims are held against; none where it was not measured.
#[derive(Default)]
pub(super) struct Found {
    pub(super) setup_saved: Option<Estimate>,
    pub(super) eager_setup_seconds: Option<Estimate>,
    pub(super) memory_saved: Option<Estimate>,
    pub(super) cache_saved: Option<Estimate>,
    pub(super) hit_rate: Option<Estimate>,
    pub(super) overhead: Option<Estimate>,
    pub(super) workflow_saved: Option<Estimate>,
    pub(super) build_seconds: Option<Estimate>,
}

pub(super) fn table(found: &Found) -> Table {
    let share = |label: &str, paper: String, claimed: Claimed, ours, by: &str| {
        let verdict = |ours| judge(claimed, ours);
        row(label, paper, "share", ours, verdict, by)
    };
    let minus = |share: f64| format!("-{}", percent(share));
    let between = |claimed: Claimed| format!("{}-{}", percent(claimed.low), percent(claimed.high));
    let in_seconds = |e: Estimate| {
        // Nothing can be saved that is not taken.
        if e.high < 30.0 {
            Verdict::NotConfirmed
        } else {
            Verdict::Undecided
        }
    };
    let rows = vec![
        share(
            "set-up shorter for subsets",
            between(ABSTRACT_SETUP),
            ABSTRACT_SETUP,
            found.setup_saved,
            "two tests, by T2",
        ),
        row(
            "that is 30-50 s",
            "30-50 s".to_owned(),
            "seconds",
            found.eager_setup_seconds,
            in_seconds,
            "eager's whole set-up, by T2: the whole is less than what is said to be saved of it",
        ),
        share(
            "less memory",
            minus(ABSTRACT_MEMORY),
            Claimed::share(ABSTRACT_MEMORY),
            found.memory_saved,
            "over the fifty workflows, by 5.6",
        ),
        share(
            "less total time by the cache",
            minus(ABSTRACT_CACHE),
            Claimed::share(ABSTRACT_CACHE),
            found.cache_saved,
            "lazy with cache beside lazy without, two tests, by T5",
        ),
        share(
            "hit rate",
            between(ABSTRACT_HITS),
            ABSTRACT_HITS,
            found.hit_rate,
            "all five tests, all requests for predictions, by T4",
        ),
        row(
            "overhead where all tests are run",
            format!("under {}", percent(OVERHEAD_LIMIT)),
            "share",
            found.overhead,
            |ours| judge_limit(OVERHEAD_LIMIT, ours),
            "total over eager, by T6",
        ),
        share(
            "gain of an iteration",
            format!("+{}", percent(WORKFLOW_GAIN)),
            Claimed::share(WORKFLOW_GAIN),
            found.workflow_saved,
            "total of the fifty workflows, by 5.6",
        ),
        row(
            "a build under 5 min",
            "under 5 min".to_owned(),
            "seconds",
            found.build_seconds,
            |ours| judge_limit(300.0, ours),
            "cold and lazy, by 5.7; so is the eager one, since neither takes minutes here",
        ),
    ];
    Table {
        id: "abstract",
        title: "what the abstract claims".to_owned(),
        about: "Each held against the table that measures it.".to_owned(),
        columns: vec!["ours"],
        rows,
        contradictions: vec![],
    }
}

fn row(
    label: &str,
    paper: String,
    unit: &'static str,
    ours: Option<Estimate>,
    verdict: impl FnOnce(Estimate) -> Verdict,
    by: &str,
) -> Row {
    let mut row = Row::new(label, paper);
    if ours.is_none() {
        return row.not_measured(1, "its table was left out");
    }
    match unit {
        "seconds" => row.seconds(unit, ours),
        _ => row.share(unit, ours),
    }
    row.judged(ours.map(verdict), by)
}
