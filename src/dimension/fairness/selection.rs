//! What can be told of a dataset without labels: whom the model selects. Error rates, calibration and
//! thresholds hold decisions against the truth, so they are left out.

use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::bootstrap::Interval;
use crate::metrics::classification::{Confusion, decide};
use crate::metrics::fairness::{FourFifths, Group, four_fifths, gaps};
use crate::metrics::group_codes::Codes;
use crate::metrics::rate_intervals::{Rate, difference_interval, extremes, ratio_interval, wilson};
use crate::resource::{ProtectedAttribute, TableId};
use crate::vocabulary::Problem;

/// Selection rates of the groups of every attribute, their gaps and the four-fifths rule.
pub(super) fn evaluate(
    inputs: &Inputs<'_>,
    attributes: &[ProtectedAttribute],
) -> Result<Findings, Problem> {
    let scores = inputs.scores_held(TableId::Dataset)?;
    let selected = decide(&scores, inputs.catalogue.threshold());
    let mut findings = Findings::default();
    let mut lowest: Option<(f64, &str)> = None;
    for attribute in attributes {
        let groups = groups(attribute, &selected);
        let gaps = gaps(&groups);
        let name = &attribute.attribute.name;
        let ratio = gaps.demographic_parity_ratio;
        let difference = gaps.demographic_parity_difference;
        let rates: Vec<Rate> = groups.iter().map(selection).collect();
        let pair = extremes(&rates).map(|(lowest, highest)| (rates[lowest], rates[highest]));
        findings.with_interval(
            format!("{name}.demographic_parity_difference"),
            difference,
            pair.and_then(|(lowest, highest)| difference_interval(highest, lowest)),
        );
        findings.with_interval(
            format!("{name}.demographic_parity_ratio"),
            ratio,
            pair.and_then(|(lowest, highest)| ratio_interval(lowest, highest)),
        );
        describe(attribute, &groups, &mut findings);
        if let Some(ratio) = ratio.filter(|ratio| lowest.is_none_or(|(least, _)| *ratio < least)) {
            lowest = Some((ratio, name));
        }
    }
    if let Some((_, name)) = lowest {
        findings.headline("parity", format!("{name}.demographic_parity_ratio"));
    }
    let target = &inputs.catalogue.experiment.dataset.target;
    findings.note(format!(
        "the dataset has no column `{target}`: only whom the model selects is told; error rates, \
         calibration within groups and thresholds need the truth"
    ));
    Ok(findings)
}

/// The groups of an attribute by whom the model selects: of their counts nothing else means anything.
fn groups(attribute: &ProtectedAttribute, selected: &[bool]) -> Vec<Group> {
    let mut counts = vec![Confusion::default(); attribute.attribute.groups.len()];
    for (row, selected) in selected.iter().enumerate() {
        if let Some(counts) = counts.get_mut(attribute.codes.code(row) as usize) {
            counts.add(*selected, *selected);
        }
    }
    let all: u64 = counts.iter().map(Confusion::n).sum();
    let group = |counts: Confusion| Group {
        share: counts.n() as f64 / all.max(1) as f64,
        counts,
        auc: None,
        auc_error: None,
        mean_score: None,
        calibration_error: None,
    };
    counts.into_iter().map(group).collect()
}

fn selection(group: &Group) -> Rate {
    (group.counts.selected(), group.counts.n())
}

fn interval(group: &Group) -> Option<Interval> {
    wilson(selection(group))
}

fn describe(attribute: &ProtectedAttribute, groups: &[Group], findings: &mut Findings) {
    let name = &attribute.attribute.name;
    let rule = four_fifths(groups);
    let passes = rule.as_ref().map(|rule| f64::from(u8::from(rule.passes)));
    findings.metric(format!("{name}.four_fifths"), passes);
    let ratio = |code: usize| {
        let ratios = rule.as_ref().map(|rule| &rule.impact_ratios);
        ratios.and_then(|ratios| ratios[code])
    };
    let named = || attribute.attribute.groups.iter().zip(groups).enumerate();
    for (code, (group, of)) in named() {
        let prefix = format!("{name}.{group}");
        findings.metric(format!("{prefix}.n"), of.counts.n() as f64);
        let rate = of.counts.selection_rate();
        findings.with_interval(format!("{prefix}.selection_rate"), rate, interval(of));
        findings.metric(format!("{prefix}.impact_ratio"), ratio(code));
    }
    let rows = named().map(|(code, (group, of))| {
        vec![
            text(group),
            Cell::Count(of.counts.n()),
            of.counts.selection_rate().into(),
            ratio(code).into(),
        ]
    });
    findings.table(
        format!("groups.{name}"),
        format!("Groups of {name}"),
        &["group", "n", "selection rate", "ratio"],
        rows.collect(),
    );
    findings.figures.push(Figure::Bars {
        title: format!("Selection rate by {name}"),
        bars: named()
            .map(|(code, (group, of))| Bar {
                label: group.clone(),
                value: of.counts.selection_rate(),
                interval: interval(of).map(|i| (i.low, i.high)),
                note: format!("n {}", display::count(of.counts.n())),
                flagged: !of.is_small() && ratio(code).is_some_and(|ratio| ratio < 0.8),
            })
            .collect(),
        reference: rule.as_ref().and_then(|rule| line(rule, groups)),
        from: 0.0,
    });
    if rule.is_some_and(|rule| !rule.passes) {
        findings.warn(format!(
            "{name}: a selection rate is below four fifths of the highest"
        ));
    }
}

fn line(rule: &FourFifths, groups: &[Group]) -> Option<ReferenceLine> {
    let highest = groups[rule.reference].counts.selection_rate()?;
    Some(ReferenceLine {
        value: 0.8 * highest,
        label: "four fifths".to_owned(),
    })
}
