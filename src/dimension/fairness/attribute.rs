//! One attribute: its groups' rates beside their counts, the gaps between them, and their intervals.

use super::{Compared, Judged, sizes};
use crate::dimension::findings::{Findings, text};
use crate::event::Cell;
use crate::metrics::bootstrap::count_intervals;
use crate::metrics::classification::Confusion;
use crate::metrics::fairness::{Gaps, Group, count_gaps, error_ratio, four_fifths, gaps};
use crate::resource::ProtectedAttribute;

/// Gaps that follow from counts: those that have an interval.
pub(super) const COUNT_GAPS: usize = 9;

/// The place of the demographic parity ratio among them.
pub(super) const PARITY_RATIO: usize = 1;

/// Names beyond these are counted.
const MOST_NAMES: usize = 6;

pub(super) fn compare<'a>(attribute: &'a ProtectedAttribute, judged: &Judged<'_>) -> Compared<'a> {
    let groups = judged
        .rows
        .group_table(&attribute.codes, attribute.groups.len());
    let cells: Vec<u64> = groups.iter().flat_map(|g| cells_of(&g.counts)).collect();
    let stream = format!("fairness {}", attribute.name);
    let intervals = count_intervals(&cells, judged.repeats, (judged.seed, &stream), |cells| {
        let groups = cells.as_chunks::<4>().0.iter().map(counts_of);
        let groups: Vec<Confusion> = groups.collect();
        count_gap_metrics(&count_gaps(&groups)).map(|(_, value)| value)
    });
    Compared {
        attribute,
        is_intersection: false,
        gaps: gaps(&groups),
        rule: four_fifths(&groups),
        groups,
        intervals,
    }
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

fn count_gap_metrics(gaps: &Gaps) -> [(&'static str, Option<f64>); COUNT_GAPS] {
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
    if let Some(words) = four_fifths_words(compared) {
        findings.warn(format!("{name}: {words}"));
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

/// Which groups are below four fifths of which, if any are.
fn four_fifths_words(compared: &Compared<'_>) -> Option<String> {
    let rule = compared.rule.as_ref().filter(|rule| !rule.passes)?;
    let names = &compared.attribute.groups;
    let judged = names.iter().zip(&compared.groups).zip(&rule.impact_ratios);
    let mut below: Vec<(f64, String)> = judged
        .enumerate()
        .filter_map(|(code, ((name, group), ratio))| {
            let ratio = ratio.filter(|_| compared.is_below(code))?;
            let size = sizes::suffix(group.is_small());
            Some((ratio, format!("{name} ({ratio:.2}{size})")))
        })
        .collect();
    below.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let below: Vec<&str> = below.iter().map(|(_, words)| words.as_str()).collect();
    let interval = compared.intervals[PARITY_RATIO];
    let interval =
        interval.map(|i| format!("; 95% interval of the lowest {:.2} to {:.2}", i.low, i.high));
    Some(format!(
        "selected less than four fifths as often as {}: {}{}",
        names[rule.reference],
        listed(&below),
        interval.unwrap_or_default()
    ))
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
