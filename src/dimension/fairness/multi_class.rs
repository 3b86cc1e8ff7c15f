//! Fairness of a classifier of several classes: how often each group is given each class, and how
//! often rightly.

use super::small_groups;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::multi_class::{Confusion, decide};
use crate::resource::{Key, ProtectedAttribute, TableId};

pub(super) fn evaluate(inputs: &Inputs<'_>, classes: &[String]) -> Result<Findings, String> {
    let target = &inputs.catalogue.experiment.dataset.target;
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let labels = table.class_labels(target, classes)?;
    let predicted = decide(&inputs.scores(TableId::Dataset)?, classes.len());
    let attributes = inputs.resolved.get(&Key::ProtectedAttributes)?;
    let mut findings = Findings::default();
    let mut lowest: Option<(f64, &str)> = None;
    for attribute in attributes.as_protected()? {
        let counts = counts(attribute, &labels, &predicted, classes.len());
        let ratio = describe(attribute, classes, &counts, &mut findings);
        if let Some(ratio) = ratio.filter(|r| lowest.is_none_or(|(low, _)| *r < low)) {
            lowest = Some((ratio, &attribute.name));
        }
    }
    if let Some((_, name)) = lowest {
        findings.headline("parity", format!("{name}.demographic_parity_ratio"));
    }
    findings.notes.push(
        "a group is selected for a class where that class is the most likely one; a parity \
         difference is the largest over the classes, a ratio the smallest: which class is wanted, \
         only you know"
            .to_owned(),
    );
    Ok(findings)
}

/// Rows by class and decision, group by group.
fn counts(
    attribute: &ProtectedAttribute,
    labels: &[usize],
    predicted: &[usize],
    classes: usize,
) -> Vec<Confusion> {
    let of_group = |group: usize| {
        let rows = attribute.codes.iter().zip(labels.iter().zip(predicted));
        let own = rows.filter(|(code, _)| **code as usize == group);
        let (labels, predicted): (Vec<usize>, Vec<usize>) = own.map(|(_, (l, p))| (*l, *p)).unzip();
        Confusion::count(&labels, &predicted, classes)
    };
    (0..attribute.groups.len()).map(of_group).collect()
}

fn selection_rate(counts: &Confusion, class: usize) -> Option<f64> {
    (counts.n() > 0).then(|| counts.decided(class) as f64 / counts.n() as f64)
}

/// Lowest and highest of what every group has; none where a group has none.
fn range(groups: &[Confusion], of: impl Fn(&Confusion) -> Option<f64>) -> Option<(f64, f64)> {
    let values: Vec<f64> = groups.iter().map(of).collect::<Option<_>>()?;
    let low = values.iter().copied().reduce(f64::min)?;
    Some((low, values.iter().copied().reduce(f64::max)?))
}

/// Adds everything about one attribute; gives its smallest parity ratio.
fn describe(
    attribute: &ProtectedAttribute,
    classes: &[String],
    groups: &[Confusion],
    findings: &mut Findings,
) -> Option<f64> {
    let name = &attribute.name;
    let (mut difference, mut ratio): (Option<f64>, Option<f64>) = (None, None);
    for (class, class_name) in classes.iter().enumerate() {
        let rates = range(groups, |counts| selection_rate(counts, class));
        let spread = rates.map(|(low, high)| high - low);
        let quotient = rates.and_then(|(low, high)| (high > 0.0).then(|| low / high));
        let recalls = range(groups, |counts| counts.recall(class));
        for (metric, value) in [
            ("demographic_parity_difference", spread),
            ("demographic_parity_ratio", quotient),
            (
                "equal_opportunity_difference",
                recalls.map(|(low, high)| high - low),
            ),
        ] {
            findings.metric(format!("{name}.{class_name}.{metric}"), value);
        }
        difference = spread.into_iter().chain(difference).reduce(f64::max);
        ratio = quotient.into_iter().chain(ratio).reduce(f64::min);
        findings
            .figures
            .push(selection_bars(attribute, class_name, class, groups));
    }
    findings.metric(format!("{name}.demographic_parity_difference"), difference);
    findings.metric(format!("{name}.demographic_parity_ratio"), ratio);
    let accuracies = range(groups, Confusion::accuracy);
    let spread = accuracies.map(|(low, high)| high - low);
    findings.metric(format!("{name}.accuracy_difference"), spread);
    findings.notes.extend(small_groups(
        name,
        attribute.groups.iter().zip(groups.iter().map(Confusion::n)),
    ));
    let mut rows = Vec::new();
    for (group, counts) in attribute.groups.iter().zip(groups) {
        findings.metric(format!("{name}.{group}.n"), counts.n() as f64);
        findings.metric(format!("{name}.{group}.accuracy"), counts.accuracy());
        let mut row = vec![
            text(group),
            Cell::Count(counts.n()),
            counts.accuracy().into(),
        ];
        for (class, class_name) in classes.iter().enumerate() {
            let rate = selection_rate(counts, class);
            findings.metric(format!("{name}.{group}.selection_rate.{class_name}"), rate);
            let recall = counts.recall(class);
            findings.metric(format!("{name}.{group}.tpr.{class_name}"), recall);
            row.extend([Cell::from(rate), Cell::from(recall)]);
        }
        rows.push(row);
    }
    let mut columns = vec!["group".to_owned(), "n".to_owned(), "accuracy".to_owned()];
    for class in classes {
        columns.extend([format!("{class}: rate"), format!("{class}: tpr")]);
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    findings.table(name.clone(), format!("Groups of {name}"), &columns, rows);
    ratio
}

/// How often each group is given a class, with the four-fifths line.
fn selection_bars(
    attribute: &ProtectedAttribute,
    class_name: &str,
    class: usize,
    groups: &[Confusion],
) -> Figure {
    let rates = groups.iter().map(|counts| selection_rate(counts, class));
    let line = rates.flatten().reduce(f64::max).map(|rate| 0.8 * rate);
    let bars = attribute.groups.iter().zip(groups).map(|(group, counts)| {
        let rate = selection_rate(counts, class);
        Bar {
            label: group.clone(),
            value: rate,
            note: format!("n {}", counts.n()),
            flagged: rate.zip(line).is_some_and(|(rate, line)| rate < line),
        }
    });
    Figure::Bars {
        title: format!("Given `{class_name}`, by {}", attribute.name),
        bars: bars.collect(),
        reference: line.map(|value| ReferenceLine {
            value,
            label: "four fifths of the highest".to_owned(),
        }),
    }
}
