//! Coverage by group as it is shown: bars, tables, and how their numbers are made.

use super::by_group::{DRAWN_ALPHA, Shown, Subject, percent};
use super::groups::Grouped;
use super::promise::{self, Covered};
use crate::dimension::findings::Findings;
use crate::event::{Cell, Figure, ReferenceLine};
use crate::metrics::conformal::GroupCoverage;

/// Groups where two attributes meet that the picture shows.
const MOST_BARS: usize = 12;

/// Rows of the tables.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) groups: Vec<Vec<Cell>>,
    pub(super) intersections: Vec<Vec<Cell>>,
    pub(super) mondrian: Vec<Vec<Cell>>,
}

/// The bars of a group of groups, judged together.
pub(super) fn bars(
    grouped: &Grouped<'_>,
    results: &[GroupCoverage],
    promised: f64,
) -> Vec<Covered> {
    let groups = grouped.attribute.groups.iter().zip(results);
    let mut bars: Vec<Covered> = groups
        .map(|(group, result)| {
            let label = if grouped.is_intersection {
                group.clone()
            } else {
                format!("{} {group}", grouped.attribute.name)
            };
            promise::bar(label, result.coverage, result.rows)
        })
        .collect();
    promise::judge(&mut bars, promised);
    bars
}

/// Where two attributes meet: the groups that are covered least.
pub(super) fn least_covered(subject: &Subject<'_>, shown: &Shown) -> Option<Figure> {
    let mut bars: Vec<&Covered> = shown.pairs.iter().flatten().collect();
    bars.retain(|(bar, _)| bar.value.is_some());
    let value = |bar: &&Covered| bar.0.value.unwrap_or(1.0);
    bars.sort_by(|a, b| {
        b.0.flagged
            .cmp(&a.0.flagged)
            .then(value(a).total_cmp(&value(b)))
    });
    bars.truncate(MOST_BARS);
    (!bars.is_empty()).then(|| Figure::Bars {
        title: format!(
            "Coverage of the {} {} where two attributes meet: least",
            percent(DRAWN_ALPHA),
            subject.words()
        ),
        bars: bars.into_iter().map(|(bar, _)| bar.clone()).collect(),
        reference: Some(promised()),
        from: promise::AXIS_FROM,
    })
}

/// The pictures of the groups alone.
pub(super) fn figures(subject: &Subject<'_>, shown: Shown) -> Vec<Figure> {
    let crossed = least_covered(subject, &shown);
    let bars = shown.attributes.into_iter().flatten().map(|(bar, _)| bar);
    let bars: Vec<_> = bars.collect();
    let own = (!bars.is_empty()).then(|| Figure::Bars {
        title: format!(
            "Coverage of the {} {} by protected group",
            percent(DRAWN_ALPHA),
            subject.words()
        ),
        bars,
        reference: Some(promised()),
        from: promise::AXIS_FROM,
    });
    own.into_iter().chain(crossed).collect()
}

fn promised() -> ReferenceLine {
    ReferenceLine {
        value: 1.0 - DRAWN_ALPHA,
        label: "promised".to_owned(),
    }
}

/// The tables, and how their numbers are made.
pub(super) fn tables(subject: &Subject<'_>, rows: Rows, findings: &mut Findings) {
    let heads = |more: &[&'static str]| {
        let mut heads = vec!["group", "promise"];
        heads.extend(more);
        heads.extend(["n", "coverage", "95% low", "high", "p (Holm)"]);
        heads.extend(subject.size_heads());
        heads
    };
    let words = subject.words();
    let own = !rows.mondrian.is_empty();
    for (name, title, more, rows) in [
        (
            "conformal_groups",
            format!("Prediction {words} by protected group"),
            &[][..],
            rows.groups,
        ),
        (
            "conformal_intersections",
            format!("Prediction {words} where two attributes meet"),
            &[],
            rows.intersections,
        ),
        (
            "conformal_mondrian",
            format!("Prediction {words} with a quantile of its own for each group (Mondrian)"),
            &["calibration n", "quantile"],
            rows.mondrian,
        ),
    ] {
        if !rows.is_empty() {
            findings.table(name, title, &heads(more), rows);
        }
    }
    if own {
        findings.note(format!(
            "coverage by group: exact 95% intervals (Clopper and Pearson), p by the exact binomial test of the \
             promise, corrected by Holm within an attribute; {words} with a quantile of its own for each group \
             are tested by the beta-binomial distribution, which counts the chance in that quantile too; a \
             group with too few calibration rows to tell the quantile (none) is always covered"
        ));
    }
}
