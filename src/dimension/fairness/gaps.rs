//! The gaps between the groups of an attribute, each with its interval. A gap of two rates belongs to the
//! groups of the lowest and of the highest one, and so does its interval: in closed form. What is of more
//! than two rates is resampled within each group and true class.

use super::Judged;
use super::rate_pair::Rates;
use crate::dimension::preset::FAIRNESS_RESAMPLES;
use crate::metrics::bootstrap::{Interval, Stratum, stratified_intervals};
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::{Gaps, Group, count_gaps};
use crate::metrics::standard_error::change_interval;
use crate::resource::ScoreMeaning;

/// A gap with its interval.
pub(super) struct NamedGap {
    /// Its metric.
    pub(super) name: &'static str,
    pub(super) value: Option<f64>,
    pub(super) interval: Option<Interval>,
    /// The groups with the lowest and with the highest rate, where it is of those two.
    pub(super) pair: Option<(usize, usize)>,
    /// How the interval is made.
    pub(super) method: &'static str,
    /// Is it of counts with a half added?
    pub(super) is_halved: bool,
}

/// The lowest selection rate over the highest.
pub(super) const PARITY_RATIO: &str = "demographic_parity_ratio";
/// The larger of the gaps of true and of false positive rates.
pub(super) const EQUALIZED_ODDS: &str = "equalized_odds_difference";

/// The gaps that follow from counts, by name.
pub(in crate::dimension) fn count_gap_metrics(gaps: &Gaps) -> [(&'static str, Option<f64>); 9] {
    [
        (
            "demographic_parity_difference",
            gaps.demographic_parity_difference,
        ),
        (PARITY_RATIO, gaps.demographic_parity_ratio),
        (EQUALIZED_ODDS, gaps.equalized_odds_difference),
        ("equalized_odds_ratio", gaps.equalized_odds_ratio),
        (
            "equal_opportunity_difference",
            gaps.equal_opportunity_difference,
        ),
        ("average_odds_difference", gaps.average_odds_difference),
        (
            "predictive_parity_difference",
            gaps.predictive_parity_difference,
        ),
        (
            "treatment_equality_difference",
            gaps.treatment_equality_difference,
        ),
        ("accuracy_difference", gaps.accuracy_difference),
    ]
}

const NEWCOMBE: &str = "Newcombe";
const STRATIFIED: &str = "resampled in group and class";

/// The gaps of an attribute's groups.
pub(super) fn named(
    attribute: &str,
    gaps: &Gaps,
    groups: &[Group],
    judged: &Judged<'_>,
) -> Vec<NamedGap> {
    let selected = Rates::of(groups, |Group { counts: c, .. }| (c.selected(), c.n()));
    let tpr = Rates::of(groups, |Group { counts: c, .. }| {
        (c.true_positives, c.positives())
    });
    let fpr = Rates::of(groups, |Group { counts: c, .. }| {
        (c.false_positives, c.negatives())
    });
    let ppv = Rates::of(groups, |Group { counts: c, .. }| {
        (c.true_positives, c.selected())
    });
    let right = Rates::of(groups, |Group { counts: c, .. }| {
        (c.true_positives + c.true_negatives, c.n())
    });
    // A group without rows of a class counts as a rate of 0 there, which has no interval.
    let tpr_interval = tpr
        .difference()
        .filter(|_| gaps.groups_without_positives.is_empty());
    let [odds, odds_ratio, average, treatment] = resampled(attribute, groups, judged);
    let of_two = |name, value, rates: &Rates, interval| NamedGap {
        name,
        value,
        interval,
        pair: rates.pair,
        method: NEWCOMBE,
        is_halved: false,
    };
    let of_many = |name, value, interval| NamedGap {
        name,
        value,
        interval,
        pair: None,
        method: STRATIFIED,
        is_halved: false,
    };
    let parity = (
        gaps.demographic_parity_difference,
        gaps.demographic_parity_ratio,
    );
    let auc = normal(gaps.auc_difference, groups, |g| g.auc.zip(g.auc_error));
    let calibration = normal(gaps.calibration_difference, groups, |g| {
        g.calibration_gap().zip(g.calibration_error)
    });
    let mut named = vec![
        of_two(
            "demographic_parity_difference",
            parity.0,
            &selected,
            selected.difference(),
        ),
        NamedGap {
            method: if selected.is_halved() {
                "Katz, halves added"
            } else {
                "Katz"
            },
            is_halved: selected.is_halved(),
            ..of_two(PARITY_RATIO, parity.1, &selected, selected.ratio())
        },
        of_many(EQUALIZED_ODDS, gaps.equalized_odds_difference, odds),
        of_many(
            "equalized_odds_ratio",
            gaps.equalized_odds_ratio,
            odds_ratio,
        ),
        of_two(
            "equal_opportunity_difference",
            gaps.equal_opportunity_difference,
            &tpr,
            tpr_interval,
        ),
        of_two("fpr_difference", fpr.gap(), &fpr, fpr.difference()),
        of_many(
            "average_odds_difference",
            gaps.average_odds_difference,
            average,
        ),
        of_two(
            "predictive_parity_difference",
            gaps.predictive_parity_difference,
            &ppv,
            ppv.difference(),
        ),
        of_many(
            "treatment_equality_difference",
            gaps.treatment_equality_difference,
            treatment,
        ),
        of_two(
            "accuracy_difference",
            gaps.accuracy_difference,
            &right,
            right.difference(),
        ),
        NamedGap {
            name: "auc_difference",
            method: "DeLong",
            ..auc
        },
    ];
    if judged.meaning == ScoreMeaning::Probability {
        named.push(NamedGap {
            name: "calibration_difference",
            method: "normal",
            ..calibration
        });
    }
    named
}

/// The gap of the lowest and the highest of what each group has with a standard error.
fn normal(
    value: Option<f64>,
    groups: &[Group],
    of: impl Fn(&Group) -> Option<(f64, f64)>,
) -> NamedGap {
    let known = groups.iter().enumerate();
    let known: Vec<(usize, (f64, f64))> = known
        .filter_map(|(code, group)| Some((code, of(group)?)))
        .collect();
    let by_value = |a: &&(usize, (f64, f64)), b: &&(usize, (f64, f64))| a.1.0.total_cmp(&b.1.0);
    // Of equal ones the first: `max_by` takes the last.
    let ends = known
        .iter()
        .min_by(by_value)
        .zip(known.iter().rev().max_by(by_value));
    let ends = ends.filter(|((low, _), (high, _))| low != high);
    // Where a group has a value without an error, the ends may be others.
    let is_of_ends = |low: f64, high: f64| value.is_some_and(|v| (high - low - v).abs() < 1e-12);
    let ends = ends.filter(|((_, low), (_, high))| is_of_ends(low.0, high.0));
    NamedGap {
        name: "",
        value,
        interval: ends.map(|((_, low), (_, high))| {
            let (low, high) = change_interval(*high, *low);
            Interval { low, high }
        }),
        pair: ends.map(|((low, _), (high, _))| (*low, *high)),
        method: "",
        is_halved: false,
    }
}

/// The intervals of equalized odds (difference and ratio), of the average odds difference, and of that
/// of treatment equality.
fn resampled(attribute: &str, groups: &[Group], judged: &Judged<'_>) -> [Option<Interval>; 4] {
    let strata = groups.iter().flat_map(|group| {
        let c = &group.counts;
        [
            (c.true_positives, c.false_negatives),
            (c.false_positives, c.true_negatives),
        ]
    });
    let strata: Vec<Stratum> = strata.collect();
    let stream = format!("fairness {attribute}");
    let mut counts = Vec::with_capacity(groups.len());
    stratified_intervals(
        &strata,
        FAIRNESS_RESAMPLES,
        (judged.seed, &stream),
        |strata| {
            counts.clear();
            counts.extend(
                strata
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|[of_one, of_none]| Confusion {
                        true_positives: of_one.0,
                        false_negatives: of_one.1,
                        false_positives: of_none.0,
                        true_negatives: of_none.1,
                    }),
            );
            let gaps = count_gaps(&counts);
            [
                gaps.equalized_odds_difference,
                gaps.equalized_odds_ratio,
                gaps.average_odds_difference,
                gaps.treatment_equality_difference,
            ]
        },
    )
}
