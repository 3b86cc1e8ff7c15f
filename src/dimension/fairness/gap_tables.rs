//! The gaps between groups as they are shown: metrics, tables, the picture of equalized odds, notes.

use super::Compared;
use super::gaps::{EQUALIZED_ODDS, NamedGap, PARITY_RATIO};
use crate::dimension::findings::{Findings, listed, text};
use crate::event::{Bar, Cell, Figure};

/// Attributes that the picture of equalized odds shows.
const MOST_BARS: usize = 12;

/// Adds the gaps of an attribute to the metrics.
pub(super) fn report(compared: &Compared<'_>, findings: &mut Findings) {
    for gap in &compared.named_gaps {
        let metric = format!("{}.{}", compared.attribute.name, gap.name);
        findings.with_interval(metric, gap.value, gap.interval);
    }
}

/// Says where a half was added to counts.
pub(super) fn halves_note(compared: &[Compared<'_>], findings: &mut Findings) {
    let is_halved = |one: &&Compared<'_>| one.named_gaps.iter().any(|gap| gap.is_halved);
    let names: Vec<&str> = compared
        .iter()
        .filter(is_halved)
        .map(|one| one.attribute.name.as_str())
        .collect();
    if !names.is_empty() {
        findings.note(format!(
            "{}: no row of a group is selected, so a half is added to every count for the interval of the \
             parity ratio (Walter 1975), which may leave the ratio itself, 0, out",
            listed(&names)
        ));
    }
}

/// Equalized odds of every attribute and pair, with intervals.
pub(super) fn odds_bars(compared: &[Compared<'_>], crossed: &[Compared<'_>]) -> Option<Figure> {
    let all = compared.iter().chain(crossed);
    let bars = all.take(MOST_BARS).filter_map(|one| {
        let mut gaps = one.named_gaps.iter();
        let gap = gaps.find(|gap| gap.name == EQUALIZED_ODDS)?;
        Some(Bar {
            label: one.attribute.name.clone(),
            value: gap.value,
            interval: gap.interval.map(|i| (i.low, i.high)),
            note: format!("{} groups", one.groups.len()),
            flagged: false,
        })
    });
    let bars: Vec<Bar> = bars.collect();
    (!bars.is_empty()).then(|| Figure::Bars {
        title: "Equalized odds difference by attribute".to_owned(),
        bars,
        reference: None,
        from: 0.0,
    })
}

/// Every gap of every attribute and pair side by side, and each with its interval.
pub(super) fn tables(compared: &[Compared<'_>], crossed: &[Compared<'_>], findings: &mut Findings) {
    let row = |one: &Compared<'_>| {
        let gaps = &one.gaps;
        let mut named = one.named_gaps.iter();
        let interval = named
            .find(|gap| gap.name == PARITY_RATIO)
            .and_then(|gap| gap.interval);
        let mut row: Vec<Cell> = vec![
            Cell::Text(one.attribute.name.clone()),
            gaps.demographic_parity_ratio.into(),
            interval.map(|i| i.low).into(),
            interval.map(|i| i.high).into(),
        ];
        let others = [
            gaps.demographic_parity_difference,
            gaps.equalized_odds_difference,
            gaps.average_odds_difference,
            gaps.equal_opportunity_difference,
            gaps.predictive_parity_difference,
            gaps.treatment_equality_difference,
            gaps.accuracy_difference,
            gaps.auc_difference,
            gaps.calibration_difference,
        ];
        row.extend(others.into_iter().map(Cell::from));
        row
    };
    let all = || compared.iter().chain(crossed);
    findings.table(
        "gaps",
        "Gaps between groups (95% interval of the parity ratio: of the pair that it is of)",
        &[
            "attribute",
            "parity ratio",
            "low",
            "high",
            "parity diff",
            "odds diff",
            "avg odds",
            "opportunity",
            "ppv diff",
            "fn/fp diff",
            "accuracy",
            "auc",
            "calibration",
        ],
        all().map(row).collect(),
    );
    findings.table(
        "gap_intervals",
        "Gaps between groups with their 95% intervals",
        &[
            "gap",
            "attribute",
            "value",
            "95% low",
            "high",
            "lowest",
            "highest",
            "interval by",
        ],
        all().flat_map(interval_rows).collect(),
    );
}

fn interval_rows(one: &Compared<'_>) -> Vec<Vec<Cell>> {
    let group = |code: Option<usize>| {
        text(code.map_or_else(String::new, |code| one.attribute.groups[code].clone()))
    };
    let row = |gap: &NamedGap| {
        vec![
            text(gap.name.replace('_', " ")),
            text(&one.attribute.name),
            gap.value.into(),
            gap.interval.map(|i| i.low).into(),
            gap.interval.map(|i| i.high).into(),
            group(gap.pair.map(|(low, _)| low)),
            group(gap.pair.map(|(_, high)| high)),
            text(if gap.interval.is_some() {
                gap.method
            } else {
                ""
            }),
        ]
    };
    one.named_gaps.iter().map(row).collect()
}
