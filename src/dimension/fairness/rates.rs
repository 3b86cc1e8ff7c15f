//! The rates of every group of an attribute, each with its interval.

use super::sizes;
use crate::dimension::findings::{Findings, text};
use crate::event::Cell;
use crate::metrics::bootstrap::Interval;
use crate::metrics::fairness::{Group, error_ratio};
use crate::metrics::rate_intervals::{Rate, odds_interval, ratio_interval, wilson};
use crate::metrics::standard_error::around;

use super::Compared;

/// A number of a group, and its interval if it has one.
type Figure = (&'static str, Option<f64>, Option<Interval>);

/// Adds metrics and tables of the groups.
pub(super) fn report(compared: &Compared<'_>, findings: &mut Findings) {
    let name = &compared.attribute.name;
    let rule = compared.rule.as_ref();
    let groups = || compared.attribute.groups.iter().zip(&compared.groups);
    for (code, (group, row)) in groups().enumerate() {
        for (metric, value) in counts(row) {
            findings.metric(format!("{name}.{group}.{metric}"), value);
        }
        for (metric, value, interval) in rates(row) {
            findings.with_interval(format!("{name}.{group}.{metric}"), value, interval);
        }
        let ratio = rule.and_then(|r| r.impact_ratios[code]);
        let interval = rule.filter(|rule| rule.reference != code).and_then(|rule| {
            let selected = |group: &Group| -> Rate { (group.counts.selected(), group.counts.n()) };
            ratio_interval(selected(row), selected(&compared.groups[rule.reference]))
        });
        findings.with_interval(format!("{name}.{group}.impact_ratio"), ratio, interval);
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
    // Where two attributes meet, groups are many: the intervals are among the metrics.
    if !compared.is_intersection {
        findings.table(
            format!("{name}.intervals"),
            format!("Rates of the groups of {name} with their 95% intervals"),
            &["rate", "group", "value", "95% low", "high"],
            interval_rows(compared),
        );
    }
}

/// By rate: what is to be compared stands together.
fn interval_rows(compared: &Compared<'_>) -> Vec<Vec<Cell>> {
    let of_groups: Vec<Vec<Figure>> = compared.groups.iter().map(rates).collect();
    let places = 0..of_groups.first().map_or(0, Vec::len);
    let rows = places.flat_map(|place| {
        let groups = compared.attribute.groups.iter().zip(&of_groups);
        groups.map(move |(group, figures)| {
            let (metric, value, interval) = figures[place];
            vec![
                text(metric.replace('_', " ")),
                text(group),
                value.into(),
                interval.map(|i| i.low).into(),
                interval.map(|i| i.high).into(),
            ]
        })
    });
    rows.collect()
}

fn counts(group: &Group) -> [(&'static str, f64); 6] {
    let counts = &group.counts;
    [
        ("n", counts.n() as f64),
        ("share", group.share),
        ("tp", counts.true_positives as f64),
        ("fp", counts.false_positives as f64),
        ("fn", counts.false_negatives as f64),
        ("tn", counts.true_negatives as f64),
    ]
}

/// The rates of a group by score intervals (Wilson), its FN / FP by the same on the scale of odds, its
/// AUC by DeLong's standard error.
fn rates(group: &Group) -> Vec<Figure> {
    let c = &group.counts;
    let right = c.true_positives + c.true_negatives;
    let errors = c.false_negatives + c.false_positives;
    let rejected = c.true_negatives + c.false_negatives;
    let auc = group.auc.zip(group.auc_error).map(|known| {
        let Interval { low, high } = around(known);
        Interval {
            low: low.max(0.0),
            high: high.min(1.0),
        }
    });
    vec![
        ("base_rate", c.base_rate(), wilson((c.positives(), c.n()))),
        (
            "selection_rate",
            c.selection_rate(),
            wilson((c.selected(), c.n())),
        ),
        (
            "tpr",
            c.true_positive_rate(),
            wilson((c.true_positives, c.positives())),
        ),
        (
            "fpr",
            c.false_positive_rate(),
            wilson((c.false_positives, c.negatives())),
        ),
        ("accuracy", c.accuracy(), wilson((right, c.n()))),
        (
            "ppv",
            c.positive_predictive_value(),
            wilson((c.true_positives, c.selected())),
        ),
        (
            "npv",
            c.negative_predictive_value(),
            wilson((c.true_negatives, rejected)),
        ),
        (
            "fn_fp_ratio",
            error_ratio(c),
            odds_interval((c.false_negatives, errors)),
        ),
        ("auc", group.auc, auc),
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
