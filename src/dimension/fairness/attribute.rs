//! One attribute: its groups' rates beside their counts, the gaps between them, and their intervals.

use super::impact::{Larger, Rate};
use super::{Compared, Judged, larger_ratio, sizes};
use crate::dimension::findings::{Findings, text};
use crate::event::Cell;
use crate::metrics::bootstrap::{Interval, count_intervals};
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::{Gaps, Group, count_gaps, error_ratio, four_fifths, gaps};
use crate::metrics::rate_intervals::{difference_interval, ratio_interval};
use crate::resource::Attribute;

/// Gaps that follow from counts: those that have an interval.
pub(super) const COUNT_GAPS: usize = 9;

/// The places of the demographic parity difference and ratio among them.
const PARITY_DIFFERENCE: usize = 0;
pub(super) const PARITY_RATIO: usize = 1;

/// Names beyond these are counted.
const MOST_NAMES: usize = 6;

/// Compares the groups of an attribute.
pub(super) fn compare<'a>(
    attribute: &'a Attribute,
    groups: Vec<Group>,
    judged: &Judged<'_>,
) -> Compared<'a> {
    let cells: Vec<u64> = groups.iter().flat_map(|g| cells_of(&g.counts)).collect();
    let stream = format!("fairness {}", attribute.name);
    let mut intervals = count_intervals(&cells, judged.repeats, (judged.seed, &stream), |cells| {
        let groups = cells.as_chunks::<4>().0.iter().map(counts_of);
        let groups: Vec<Confusion> = groups.collect();
        count_gap_metrics(&count_gaps(&groups)).map(|(_, value)| value)
    });
    let rates = groups.iter().map(|g| (g.counts.selected(), g.counts.n()));
    let rates: Vec<Rate> = rates.collect();
    // The lowest and the highest of resampled rates lie farther apart than those of the rows: these
    // two have intervals of the pair of groups that they are of.
    let pair = parity_intervals(&rates);
    intervals[PARITY_DIFFERENCE] = pair.map(|(difference, _)| difference);
    intervals[PARITY_RATIO] = pair.and_then(|(_, ratio)| ratio);
    let small: Vec<bool> = groups.iter().map(Group::is_small).collect();
    Compared {
        attribute,
        is_intersection: false,
        gaps: gaps(&groups),
        rule: four_fifths(&groups),
        groups,
        intervals,
        larger: Larger::of(&[rates], &small).remove(0),
    }
}

/// The intervals of the highest rate less the lowest, and of the lowest over the highest.
fn parity_intervals(rates: &[Rate]) -> Option<(Interval, Option<Interval>)> {
    let share = |(selected, rows): &Rate| *selected as f64 / *rows as f64;
    let known = || rates.iter().filter(|(_, rows)| *rows > 0);
    let order = |a: &&Rate, b: &&Rate| share(a).total_cmp(&share(b));
    let (lowest, highest) = (known().min_by(order)?, known().max_by(order)?);
    let difference = difference_interval(*highest, *lowest)?;
    Some((difference, ratio_interval(*lowest, *highest)))
}

fn cells_of(counts: &Confusion) -> [u64; 4] {
    [
        counts.true_positives,
        counts.false_positives,
        counts.false_negatives,
        counts.true_negatives,
    ]
}

fn counts_of(cells: &[u64; 4]) -> Confusion {
    let [
        true_positives,
        false_positives,
        false_negatives,
        true_negatives,
    ] = *cells;
    Confusion {
        true_positives,
        false_positives,
        false_negatives,
        true_negatives,
    }
}

/// The gaps that follow from counts, by name.
pub(in crate::dimension) fn count_gap_metrics(
    gaps: &Gaps,
) -> [(&'static str, Option<f64>); COUNT_GAPS] {
    [
        (
            "demographic_parity_difference",
            gaps.demographic_parity_difference,
        ),
        ("demographic_parity_ratio", gaps.demographic_parity_ratio),
        ("equalized_odds_difference", gaps.equalized_odds_difference),
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

/// Adds the metrics and the table of an attribute.
pub(super) fn report(compared: &Compared<'_>, findings: &mut Findings) {
    let name = &compared.attribute.name;
    let with_intervals = count_gap_metrics(&compared.gaps)
        .into_iter()
        .zip(compared.intervals);
    for ((metric, value), interval) in with_intervals {
        findings.metric(format!("{name}.{metric}"), value);
        if let Some(interval) = interval {
            findings.metric(format!("{name}.{metric}.low"), interval.low);
            findings.metric(format!("{name}.{metric}.high"), interval.high);
        }
    }
    findings.metric(
        format!("{name}.auc_difference"),
        compared.gaps.auc_difference,
    );
    let lowest = compared.larger.lowest().map(|(_, against)| against.ratio);
    findings.metric(larger_ratio(name), lowest);
    let rule = compared.rule.as_ref();
    let passes = rule.map(|r| f64::from(u8::from(r.passes)));
    findings.metric(format!("{name}.four_fifths"), passes);
    let groups = || compared.attribute.groups.iter().zip(&compared.groups);
    for (code, (group, row)) in groups().enumerate() {
        for (metric, value) in group_metrics(row) {
            findings.metric(format!("{name}.{group}.{metric}"), value);
        }
        let ratio = rule.and_then(|r| r.impact_ratios[code]);
        findings.metric(format!("{name}.{group}.impact_ratio"), ratio);
    }
    let rows = groups().enumerate().map(|(code, (group, row))| {
        let ratio = rule.and_then(|r| r.impact_ratios[code]);
        table_row(group, row, ratio)
    });
    let kind = if compared.is_intersection {
        "Intersections"
    } else {
        "Groups"
    };
    findings.table(
        name.clone(),
        format!("{kind} of {name}"),
        &[
            "group",
            "n",
            "base rate",
            "selected",
            "ratio",
            "tpr",
            "fpr",
            "accuracy",
            "ppv",
            "auc",
            "fn/fp",
            "tp",
            "fp",
            "fn",
            "tn",
            "size",
        ],
        rows.collect(),
    );
}

fn group_metrics(group: &Group) -> [(&'static str, Option<f64>); 14] {
    let counts = &group.counts;
    let count = |count: u64| Some(count as f64);
    [
        ("n", count(counts.n())),
        ("share", Some(group.share)),
        ("tp", count(counts.true_positives)),
        ("fp", count(counts.false_positives)),
        ("fn", count(counts.false_negatives)),
        ("tn", count(counts.true_negatives)),
        ("base_rate", counts.base_rate()),
        ("selection_rate", counts.selection_rate()),
        ("tpr", counts.true_positive_rate()),
        ("fpr", counts.false_positive_rate()),
        ("accuracy", counts.accuracy()),
        ("ppv", counts.positive_predictive_value()),
        ("fn_fp_ratio", error_ratio(counts)),
        ("auc", group.auc),
    ]
}

fn table_row(name: &str, group: &Group, ratio: Option<f64>) -> Vec<Cell> {
    let counts = &group.counts;
    vec![
        text(name),
        Cell::Count(counts.n()),
        counts.base_rate().into(),
        counts.selection_rate().into(),
        ratio.into(),
        counts.true_positive_rate().into(),
        counts.false_positive_rate().into(),
        counts.accuracy().into(),
        counts.positive_predictive_value().into(),
        group.auc.into(),
        error_ratio(counts).into(),
        Cell::Count(counts.true_positives),
        Cell::Count(counts.false_positives),
        Cell::Count(counts.false_negatives),
        Cell::Count(counts.true_negatives),
        text(sizes::mark(group.is_small())),
    ]
}

/// Warns where the four-fifths rule is broken, and names the groups whose rates say little.
pub(super) fn notes(compared: &Compared<'_>, findings: &mut Findings) {
    let name = &compared.attribute.name;
    if let Some(words) = below_words(compared, true) {
        findings.warn(format!("{name}: {words}"));
    }
    if let Some(words) = below_words(compared, false) {
        findings.note(format!("{name}: within chance, {words}"));
    }
    let small = names_where(compared, Group::is_small);
    if !small.is_empty() {
        findings.note(format!(
            "{name}: small groups (under 30 rows or 2%), whose rates say little: {}",
            listed(&small)
        ));
    }
    let lacking = |codes: &[usize]| {
        let name = |code: &usize| compared.attribute.groups[*code].as_str();
        codes.iter().map(name).collect::<Vec<_>>()
    };
    for (groups, what) in [
        (
            lacking(&compared.gaps.groups_without_positives),
            "no positive rows: the gaps count their TPR as 0",
        ),
        (
            lacking(&compared.gaps.groups_without_negatives),
            "no negative rows: the gaps count their FPR as 0",
        ),
    ] {
        if !groups.is_empty() {
            let words = format!("{name}: {} have {what}", listed(&groups));
            findings.note(words);
        }
    }
}

/// Which groups are below four fifths of which, beyond chance or within it, if any are.
fn below_words(compared: &Compared<'_>, is_decided: bool) -> Option<String> {
    let names = &compared.attribute.groups;
    let reference = &names[compared.larger.reference?];
    let below = compared.larger.below(is_decided).into_iter();
    let below = below.map(|(code, against)| {
        format!(
            "{} ({}, n {})",
            names[code],
            against.words(),
            against.rows.0
        )
    });
    let below: Vec<String> = below.collect();
    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    (!below.is_empty()).then(|| {
        format!(
            "selected less than four fifths as often as {reference}: {}",
            listed(&below)
        )
    })
}

pub(super) fn names_where<'c>(
    compared: &'c Compared<'_>,
    is: impl Fn(&Group) -> bool,
) -> Vec<&'c str> {
    let groups = compared.attribute.groups.iter().zip(&compared.groups);
    let named = groups.filter(|(_, row)| is(row));
    named.map(|(group, _)| group.as_str()).collect()
}

/// The first few names, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(MOST_NAMES)].join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
