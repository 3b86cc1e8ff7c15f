//! Section 5.6: fifty workflows, each a session in which tests are asked for one after the other.

use super::campaign::Measured;
use super::claims::{Claimed, WORKFLOW_GAIN, WORKFLOW_GIGABYTES, WORKFLOW_SECONDS, WORKFLOWS};
use super::page::{Row, Table, percent};
use super::pairs::{FIRST, PEAK, Part, SETUP, TOTAL};
use super::run::MeasuredRun;
use super::verdict::{Estimate, judge};
use crate::display::{bytes, seconds};
use crate::metrics::random::permutation;
use crate::vocabulary::Dimension;

/// Of the draws.
const SEED: u64 = 56;

/// A user's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its kind, by its number of tests: 1, 2-3 or 4-5.
    pub kind: usize,
    /// What is asked for, in this order.
    pub tests: Vec<Dimension>,
}

/// Fifty of them: 9 of one test, 26 of two or three, 15 of four or five. Of a kind, as many have the
/// larger number of tests as the smaller, or one fewer; which tests, and in which order, is drawn.
pub fn drawn() -> Vec<Workflow> {
    let mut workflows = Vec::new();
    for (kind, (name, counts, number)) in WORKFLOWS.iter().enumerate() {
        for which in 0..*number {
            let repeat = u32::try_from(which).unwrap_or(0);
            let order = permutation(SEED, name, repeat, Dimension::ALL.len());
            let order = order
                .into_iter()
                .map(|place| Dimension::ALL[place as usize]);
            let tests = order.take(counts[which % counts.len()]).collect();
            workflows.push(Workflow { kind, tests });
        }
    }
    let order = permutation(SEED, "order", 0, workflows.len());
    let order = order
        .into_iter()
        .map(|place| workflows[place as usize].clone());
    order.collect()
}

/// Workflows beside what they took, eager and lazy.
pub(super) fn table(label: &str, measured: &[(Workflow, &Measured)]) -> Table {
    let mut rows = Vec::new();
    for (kind, (name, ..)) in WORKFLOWS.iter().enumerate() {
        let of_kind = measured
            .iter()
            .filter(|(workflow, _)| workflow.kind == kind);
        let of_kind: Vec<&Measured> = of_kind.map(|(_, measured)| *measured).collect();
        let label = format!("{} workflows of {name}", of_kind.len());
        rows.extend(means(Row::new(label, "-"), &of_kind).map(|(row, _)| row));
    }
    let all: Vec<&Measured> = measured.iter().map(|(_, measured)| *measured).collect();
    let paper = format!(
        "-{WORKFLOW_SECONDS:.0} s, -{WORKFLOW_GIGABYTES:.0} GB, +{}",
        percent(WORKFLOW_GAIN)
    );
    let all = means(Row::new(format!("all {}", all.len()), paper), &all);
    rows.extend(all.map(|(row, mean)| {
        let verdict = judge(Claimed::share(WORKFLOW_GAIN), mean.total_saved);
        let change = |more: bool, words: String| {
            format!("{words} {}", if more { "more" } else { "less" })
        };
        let time = |saved: f64| change(saved < 0.0, seconds(saved.abs()));
        let why = format!(
            "on average {} and {}, where the set-up alone is {}; the share of the total is judged beside the \
             paper's +40%; what eager keeps, lazy loads again for the next test",
            time(mean.seconds),
            change(mean.bytes < 0.0, bytes(mean.bytes.abs() as u64)),
            time(mean.setup_seconds)
        );
        row.judged(Some(verdict), why)
    }));
    Table {
        id: "5.6",
        title: format!("fifty workflows, {label}"),
        about: "The paper gives the mix of its fifty experiments (18%, 52%, 30%) and not what they did. \
                Assumed here: each is a session in which that many tests are asked for one after the \
                other, as drawn from a seed. Means; shares are of sums."
            .to_owned(),
        columns: vec![
            "eager: set-up, first, total",
            "lazy",
            "total saved",
            "eager peak",
            "lazy",
            "peak saved",
        ],
        rows,
        contradictions: vec![
            "Tables 2 and 3, weighted by this mix, give 33.3 s and 12.1 GB, not 42 s and 14 GB",
            "+40% is a reduction of the time of an iteration in one place, iterations an hour in another, \
             where a cut by 40% would be +67%",
        ],
    }
}

struct Mean {
    setup_seconds: f64,
    seconds: f64,
    bytes: f64,
    total_saved: Estimate,
}

fn means(mut row: Row, measured: &[&Measured]) -> Option<(Row, Mean)> {
    let runs = |job: usize| measured.iter().filter_map(move |m| m[job].first());
    let mean = |job: usize, part: Part| mean(runs(job), part);
    let both = |part: Part| Some((mean(0, part)?, mean(1, part)?));
    let (setup, first, total) = (both(SETUP)?, both(FIRST)?, both(TOTAL)?);
    let peak = both(PEAK)?;
    let times = |of: fn((f64, f64)) -> f64| {
        [setup, first, total]
            .map(|pair| seconds(of(pair)))
            .join(", ")
    };
    row.cells = vec![times(|pair| pair.0), times(|pair| pair.1)];
    let total_saved = of_sums(measured, TOTAL)?;
    row.share("total_saved", Some(total_saved));
    row.cells.push(bytes(peak.0 as u64));
    row.cells.push(bytes(peak.1 as u64));
    row.share("peak_saved", of_sums(measured, PEAK));
    let mean = Mean {
        setup_seconds: setup.0 - setup.1,
        seconds: total.0 - total.1,
        bytes: peak.0 - peak.1,
        total_saved,
    };
    Some((row, mean))
}

fn mean<'r>(runs: impl Iterator<Item = &'r MeasuredRun>, part: Part) -> Option<f64> {
    let values: Vec<f64> = runs.map(part).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The share that is saved of the sum, with where it lies: from a jackknife over the workflows.
pub(super) fn of_sums(measured: &[&Measured], part: Part) -> Option<Estimate> {
    let pairs = measured.iter();
    let pairs = pairs.filter_map(|m| Some((part(m[0].first()?), part(m[1].first()?))));
    share_of_sums(&pairs.collect::<Vec<_>>())
}

fn share_of_sums(pairs: &[(f64, f64)]) -> Option<Estimate> {
    if pairs.is_empty() {
        return None;
    }
    let (base, other) = pairs
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let share = 1.0 - other / base;
    let n = pairs.len() as f64;
    let without = |(x, y): &(f64, f64)| 1.0 - (other - y) / (base - x);
    let squares: f64 = if pairs.len() < 2 {
        0.0
    } else {
        pairs
            .iter()
            .map(|pair| (without(pair) - share).powi(2))
            .sum()
    };
    // Two standard errors to either side.
    let half = 1.96 * ((n - 1.0) / n * squares).sqrt();
    Some(Estimate {
        median: share,
        low: share - half,
        high: share + half,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    #[test]
    fn the_mix_is_exact() {
        let workflows = drawn();
        let tests = |range: std::ops::RangeInclusive<usize>| {
            workflows
                .iter()
                .filter(|w| range.contains(&w.tests.len()))
                .count()
        };
        assert_eq!(workflows.len(), 50);
        assert_eq!((tests(1..=1), tests(2..=3), tests(4..=5)), (9, 26, 15));
        assert_eq!((tests(2..=2), tests(4..=4)), (13, 8));
        assert_eq!(workflows, drawn());
        for workflow in &workflows {
            let mut tests = workflow.tests.clone();
            tests.sort_unstable();
            tests.dedup();
            assert_eq!(tests.len(), workflow.tests.len());
        }
        // They do not come by their kind.
        assert!(workflows.windows(2).any(|w| w[0].kind > w[1].kind));
    }

    #[test]
    fn a_share_of_sums_weighs_by_size() {
        let share = share_of_sums(&[(10.0, 5.0), (90.0, 90.0)]).unwrap();
        assert!((share.median - 0.05).abs() < 1e-12);
        assert!(share.low < 0.05 && share.high > 0.05);
        assert_eq!(share_of_sums(&[]), None);
    }
}
