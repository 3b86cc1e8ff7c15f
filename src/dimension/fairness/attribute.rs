//! One attribute: its groups' rates beside their counts, the gaps between them, and their intervals.

use super::impact::{Larger, Rate};
use super::{Compared, Judged, gap_tables, gaps, larger_ratio, rates};
use crate::dimension::findings::{Findings, listed};
use crate::metrics::fairness::{Group, four_fifths, gaps as between};
use crate::resource::Attribute;

/// Compares the groups of an attribute.
pub(super) fn compare<'a>(
    attribute: &'a Attribute,
    groups: Vec<Group>,
    judged: &Judged<'_>,
) -> Compared<'a> {
    let rates = groups.iter().map(|g| (g.counts.selected(), g.counts.n()));
    let rates: Vec<Rate> = rates.collect();
    let small: Vec<bool> = groups.iter().map(Group::is_small).collect();
    let found = between(&groups);
    Compared {
        attribute,
        is_intersection: false,
        named_gaps: gaps::named(&attribute.name, &found, &groups, judged),
        gaps: found,
        rule: four_fifths(&groups),
        groups,
        larger: Larger::of(&[rates], &small).remove(0),
    }
}

/// Adds the metrics and tables of an attribute.
pub(super) fn report(compared: &Compared<'_>, findings: &mut Findings) {
    let name = &compared.attribute.name;
    gap_tables::report(compared, findings);
    let lowest = compared.larger.lowest().map(|(_, against)| against);
    let ratio = lowest.map(|against| against.ratio);
    let interval = lowest.and_then(|against| against.interval);
    findings.with_interval(larger_ratio(name), ratio, interval);
    let rule = compared.rule.as_ref();
    let passes = rule.map(|r| f64::from(u8::from(r.passes)));
    findings.metric(format!("{name}.four_fifths"), passes);
    let gaps = &compared.gaps;
    let lacking = [
        &gaps.groups_without_positives,
        &gaps.groups_without_negatives,
    ];
    if lacking.into_iter().any(|groups| !groups.is_empty()) {
        let metric = format!("{name}.defined_rates.{}", gaps::EQUALIZED_ODDS);
        findings.metric(metric, gaps.defined_equalized_odds_difference);
    }
    rates::report(compared, findings);
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
            "no positive rows: as in fairlearn, the gaps count their TPR as 0",
        ),
        (
            lacking(&compared.gaps.groups_without_negatives),
            "no negative rows: as in fairlearn, the gaps count their FPR as 0",
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
