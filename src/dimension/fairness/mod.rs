//! Fairness: selection and error rates of every group of every protected attribute, and how far
//! the groups lie apart.

mod multi_class;
mod regression;
mod sizes;

use sizes::small_groups;

use crate::dimension::findings::{Findings, text};
use crate::dimension::{Inputs, Validation, is_core};
use crate::event::{Bar, Cell, Figure, Preset, ReferenceLine};
use crate::experiment::Task;
use crate::metrics::classification::{Confusion, decide};
use crate::metrics::fairness::{
    FourFifths, Gaps, Group, four_fifths, gaps, generalized_entropy_2, group_table, theil_index,
};
use crate::resource::{Catalogue, Key, ProtectedAttribute, TableId};

pub(super) struct Fairness;

impl Validation for Fairness {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, String> {
        if catalogue.experiment.protected.is_empty() {
            return Err(
                "no protected attributes: name them under [protected], or with \
                        --protected sex,age"
                    .to_owned(),
            );
        }
        let mut keys = catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::ProtectedAttributes);
        keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key) || *key == Key::ProtectedAttributes
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        match &inputs.catalogue.task {
            Task::MultiClass(classes) => return multi_class::evaluate(inputs, classes),
            Task::Regression => return regression::evaluate(inputs),
            Task::Binary { .. } => {}
        }
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let predicted = decide(&scores, inputs.catalogue.threshold());
        let attributes = inputs
            .resolved
            .get(&Key::ProtectedAttributes)?
            .as_protected()?;
        let mut findings = Findings::default();
        let overall = Confusion::count(&labels, &predicted);
        findings.metric("theil_index", theil_index(&overall));
        findings.metric("generalized_entropy_2", generalized_entropy_2(&overall));
        let mut lowest: Option<(f64, &str)> = None;
        for attribute in attributes {
            let groups = group_table(
                &labels,
                &predicted,
                &scores,
                &attribute.codes,
                attribute.groups.len(),
            );
            let ratio = describe(attribute, &groups, &mut findings);
            if let Some(ratio) = ratio.filter(|r| lowest.is_none_or(|(low, _)| *r < low)) {
                lowest = Some((ratio, &attribute.name));
            }
        }
        if let Some((_, name)) = lowest {
            let metric = format!("{name}.demographic_parity_ratio");
            findings.headline("parity", metric);
        }
        Ok(findings)
    }
}

/// Adds everything about one attribute; gives its demographic parity ratio.
fn describe(
    attribute: &ProtectedAttribute,
    groups: &[Group],
    findings: &mut Findings,
) -> Option<f64> {
    let name = &attribute.name;
    let gaps = gaps(groups);
    let rule = four_fifths(groups);
    for (metric, value) in gap_metrics(&gaps) {
        findings.metric(format!("{name}.{metric}"), value);
    }
    let passes = rule.as_ref().map(|r| f64::from(u8::from(r.passes)));
    findings.metric(format!("{name}.four_fifths"), passes);
    for (group, row) in attribute.groups.iter().zip(groups) {
        for (metric, value) in group_metrics(row) {
            findings.metric(format!("{name}.{group}.{metric}"), value);
        }
    }
    let rows = attribute.groups.iter().zip(groups).enumerate();
    let rows = rows.map(|(code, (group, row))| table_row(group, row, code, rule.as_ref()));
    findings.table(
        name.clone(),
        format!("Groups of {name}"),
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
        ],
        rows.collect(),
    );
    findings
        .figures
        .push(selection_bars(attribute, groups, rule.as_ref()));
    let small: Vec<&str> = attribute
        .groups
        .iter()
        .zip(groups)
        .filter(|(_, row)| row.is_small())
        .map(|(group, _)| group.as_str())
        .collect();
    if !small.is_empty() {
        findings.notes.push(format!(
            "{name}: small groups, whose rates say little: {}",
            small.join(", ")
        ));
    }
    for (codes, what) in [
        (
            &gaps.groups_without_positives,
            "no positive rows: their TPR counts as 0",
        ),
        (
            &gaps.groups_without_negatives,
            "no negative rows: their FPR counts as 0",
        ),
    ] {
        if !codes.is_empty() {
            let names: Vec<&str> = codes
                .iter()
                .map(|c| attribute.groups[*c].as_str())
                .collect();
            findings
                .notes
                .push(format!("{name}: {} have {what}", names.join(", ")));
        }
    }
    gaps.demographic_parity_ratio
}

fn gap_metrics(gaps: &Gaps) -> [(&'static str, Option<f64>); 8] {
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
        (
            "predictive_parity_difference",
            gaps.predictive_parity_difference,
        ),
        ("accuracy_difference", gaps.accuracy_difference),
        ("auc_difference", gaps.auc_difference),
    ]
}

fn group_metrics(group: &Group) -> [(&'static str, Option<f64>); 8] {
    let counts = &group.counts;
    [
        ("n", Some(counts.n() as f64)),
        ("base_rate", counts.base_rate()),
        ("selection_rate", counts.selection_rate()),
        ("tpr", counts.true_positive_rate()),
        ("fpr", counts.false_positive_rate()),
        ("accuracy", counts.accuracy()),
        ("ppv", counts.positive_predictive_value()),
        ("auc", group.auc),
    ]
}

fn table_row(name: &str, group: &Group, code: usize, rule: Option<&FourFifths>) -> Vec<Cell> {
    let counts = &group.counts;
    let ratio = rule.and_then(|r| r.impact_ratios[code]);
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
    ]
}

/// Selection rates with the four-fifths line: a bar that does not reach it is flagged.
fn selection_bars(
    attribute: &ProtectedAttribute,
    groups: &[Group],
    rule: Option<&FourFifths>,
) -> Figure {
    let line = rule
        .and_then(|r| groups[r.reference].counts.selection_rate())
        .map(|r| 0.8 * r);
    let bars = attribute.groups.iter().zip(groups).map(|(name, group)| {
        let rate = group.counts.selection_rate();
        Bar {
            label: name.clone(),
            value: rate,
            note: format!("n {}", group.counts.n()),
            flagged: rate.zip(line).is_some_and(|(rate, line)| rate < line),
        }
    });
    Figure::Bars {
        title: format!("Selection rate by {}", attribute.name),
        bars: bars.collect(),
        reference: line.map(|value| ReferenceLine {
            value,
            label: "four fifths of the highest".to_owned(),
        }),
    }
}
