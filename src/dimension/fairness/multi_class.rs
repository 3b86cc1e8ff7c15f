//! Fairness of a classifier of several classes: how often each group is given each class, and how
//! often rightly.

use super::attribute::listed;
use super::sizes;
use crate::dimension::findings::{Findings, text};
use crate::dimension::gates::warn;
use crate::dimension::{Inputs, preset};
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::bootstrap::{Interval, count_intervals};
use crate::metrics::multi_class::{Confusion, decide};
use crate::resource::{Key, ProtectedAttribute, TableId};

pub(super) fn evaluate(inputs: &Inputs<'_>, classes: &[String]) -> Result<Findings, String> {
    let target = &inputs.catalogue.experiment.dataset.target;
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let labels = table.class_labels(target, classes)?;
    let predicted = decide(&inputs.scores(TableId::Dataset)?, classes.len());
    let attributes = inputs.resolved.get(&Key::ProtectedAttributes)?;
    let mut findings = Findings::default();
    let mut compared = Vec::new();
    for attribute in attributes.as_protected()? {
        let one = Compared {
            attribute,
            classes,
            groups: counts(attribute, &labels, &predicted, classes.len()),
            is_small: sizes::small_groups(attribute),
        };
        one.gaps(&mut findings);
        one.report(&mut findings);
        compared.push(one);
    }
    score(inputs, &compared, &mut findings);
    for one in &compared {
        one.notes(&mut findings);
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

/// What became of one attribute.
struct Compared<'a> {
    attribute: &'a ProtectedAttribute,
    classes: &'a [String],
    groups: Vec<Confusion>,
    is_small: Vec<bool>,
}

impl Compared<'_> {
    /// The highest rate at which a group that is not small is given a class: what the four-fifths
    /// rule holds the others against.
    fn reference_rate(&self, class: usize) -> Option<f64> {
        let larger = self.groups.iter().zip(&self.is_small);
        let larger = larger.filter(|(_, small)| !**small);
        let rates = larger.filter_map(|(counts, _)| selection_rate(counts, class));
        rates.reduce(f64::max).filter(|rate| *rate > 0.0)
    }

    /// By group: its rate over the reference's.
    fn impact_ratios(&self, class: usize) -> Vec<Option<f64>> {
        let reference = self.reference_rate(class);
        let rates = self
            .groups
            .iter()
            .map(|counts| selection_rate(counts, class));
        rates.map(|rate| Some(rate? / reference?)).collect()
    }

    /// Adds the gaps between the groups, and the pictures of the rates.
    fn gaps(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let groups = &self.groups;
        let (mut difference, mut ratio): (Option<f64>, Option<f64>) = (None, None);
        let mut passes: Option<bool> = None;
        for (class, class_name) in self.classes.iter().enumerate() {
            let rates = range(groups, |counts| selection_rate(counts, class));
            let spread = rates.map(|(low, high)| high - low);
            let quotient = rates.and_then(|(low, high)| (high > 0.0).then(|| low / high));
            let recalls = range(groups, |counts| counts.recall(class));
            let lowest = self.impact_ratios(class).into_iter().flatten();
            let own = lowest.reduce(f64::min).map(|lowest| lowest >= 0.8);
            for (metric, value) in [
                ("demographic_parity_difference", spread),
                ("demographic_parity_ratio", quotient),
                (
                    "equal_opportunity_difference",
                    recalls.map(|(low, high)| high - low),
                ),
                ("four_fifths", own.map(|passes| f64::from(u8::from(passes)))),
            ] {
                findings.metric(format!("{name}.{class_name}.{metric}"), value);
            }
            difference = spread.into_iter().chain(difference).reduce(f64::max);
            ratio = quotient.into_iter().chain(ratio).reduce(f64::min);
            passes = own.into_iter().chain(passes).reduce(|a, b| a && b);
            findings.figures.push(self.selection_bars(class));
        }
        let accuracies = range(groups, Confusion::accuracy);
        for (metric, value) in [
            ("demographic_parity_difference", difference),
            ("demographic_parity_ratio", ratio),
            (
                "accuracy_difference",
                accuracies.map(|(low, high)| high - low),
            ),
            (
                "four_fifths",
                passes.map(|passes| f64::from(u8::from(passes))),
            ),
        ] {
            findings.metric(format!("{name}.{metric}"), value);
        }
    }

    /// Adds the rates of every group, and the table of them.
    fn report(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let ratios: Vec<Vec<Option<f64>>> = (0..self.classes.len())
            .map(|class| self.impact_ratios(class))
            .collect();
        let mut rows = Vec::new();
        for (place, (group, counts)) in self.attribute.groups.iter().zip(&self.groups).enumerate() {
            findings.metric(format!("{name}.{group}.n"), counts.n() as f64);
            findings.metric(format!("{name}.{group}.accuracy"), counts.accuracy());
            let mut row = vec![
                text(group),
                Cell::Count(counts.n()),
                counts.accuracy().into(),
            ];
            for (class, class_name) in self.classes.iter().enumerate() {
                let rate = selection_rate(counts, class);
                findings.metric(format!("{name}.{group}.selection_rate.{class_name}"), rate);
                let recall = counts.recall(class);
                findings.metric(format!("{name}.{group}.tpr.{class_name}"), recall);
                let ratio = ratios[class][place];
                findings.metric(format!("{name}.{group}.impact_ratio.{class_name}"), ratio);
                row.extend([rate, ratio, recall].map(Cell::from));
            }
            row.push(text(sizes::mark(self.is_small[place])));
            rows.push(row);
        }
        let mut columns = vec!["group".to_owned(), "n".to_owned(), "accuracy".to_owned()];
        for class in self.classes {
            let of_class = ["rate", "ratio", "tpr"].map(|head| format!("{class}: {head}"));
            columns.extend(of_class);
        }
        columns.push("size".to_owned());
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        findings.table(name.clone(), format!("Groups of {name}"), &columns, rows);
    }

    /// How often each group is given a class, with the four-fifths line.
    fn selection_bars(&self, class: usize) -> Figure {
        let line = self.reference_rate(class).map(|rate| 0.8 * rate);
        let groups = self.attribute.groups.iter().zip(&self.groups);
        let bars = groups.zip(&self.is_small);
        let bars = bars.map(|((group, counts), small)| {
            let rate = selection_rate(counts, class);
            let size = if *small { ", small" } else { "" };
            Bar {
                label: group.clone(),
                value: rate,
                note: format!("n {}{size}", counts.n()),
                flagged: rate.zip(line).is_some_and(|(rate, line)| rate < line),
            }
        });
        Figure::Bars {
            title: format!(
                "Given `{}`, by {}",
                self.classes[class], self.attribute.name
            ),
            bars: bars.collect(),
            reference: line.map(|value| ReferenceLine {
                value,
                label: "four fifths of the highest".to_owned(),
            }),
        }
    }

    /// Warns where the four-fifths rule is broken, and names the small groups.
    fn notes(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let mut below: Vec<(f64, String)> = Vec::new();
        for (class, class_name) in self.classes.iter().enumerate() {
            let groups = self.attribute.groups.iter().zip(&self.is_small);
            for ((group, small), ratio) in groups.zip(self.impact_ratios(class)) {
                let size = if *small { ", small" } else { "" };
                let words = |ratio: f64| format!("{group} `{class_name}` ({ratio:.2}{size})");
                let ratio = ratio.filter(|ratio| *ratio < 0.8);
                below.extend(ratio.map(|ratio| (ratio, words(ratio))));
            }
        }
        below.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let below: Vec<&str> = below.iter().map(|(_, words)| words.as_str()).collect();
        if !below.is_empty() {
            let words = format!(
                "{name}: given a class less than four fifths as often as the larger group that is \
                 given it most: {}",
                listed(&below)
            );
            warn(findings, &words);
        }
        findings
            .notes
            .extend(sizes::note(self.attribute, &self.is_small));
    }

    /// The lowest impact ratio of a larger group over all classes, and its interval by resampling.
    fn lowest_ratio(&self, repeats: u32, seed: u64) -> Option<(f64, Option<Interval>)> {
        let larger = self.groups.iter().zip(&self.is_small);
        let larger = larger.filter(|(_, small)| !**small);
        let decided =
            |counts: &Confusion| (0..self.classes.len()).map(|c| counts.decided(c)).collect();
        let cells: Vec<Vec<u64>> = larger.map(|(counts, _)| decided(counts)).collect();
        let cells = cells.concat();
        let lowest = |cells: &[u64]| {
            let groups = cells.chunks_exact(self.classes.len());
            let rates = |class: usize| {
                let rate = move |own: &[u64]| own[class] as f64 / own.iter().sum::<u64>() as f64;
                groups.clone().map(rate)
            };
            let ratios = (0..self.classes.len()).filter_map(|class| {
                let highest = rates(class).reduce(f64::max).filter(|rate| *rate > 0.0)?;
                Some(rates(class).reduce(f64::min)? / highest)
            });
            ratios.reduce(f64::min)
        };
        let stream = format!("fairness {}", self.attribute.name);
        let value = lowest(&cells)?;
        let [interval] = count_intervals(&cells, repeats, (seed, &stream), |cells| [lowest(cells)]);
        Some((value, interval))
    }
}

/// The headline is the lowest ratio of all groups, the score that of the larger ones.
fn score(inputs: &Inputs<'_>, compared: &[Compared<'_>], findings: &mut Findings) {
    let repeats = preset::bootstrap_repeats(inputs.preset);
    let ratio = |one: &Compared<'_>| {
        let metric = format!("{}.demographic_parity_ratio", one.attribute.name);
        let value = findings.metrics.get(&metric).copied().flatten();
        Some((value?, metric))
    };
    let lowest = compared.iter().filter_map(ratio);
    let lowest = lowest.min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, metric)) = lowest {
        findings.headline("parity", metric);
    }
    let larger = compared.iter().filter_map(|one| {
        let (value, interval) = one.lowest_ratio(repeats, inputs.seed)?;
        Some((value, interval, &one.attribute.name))
    });
    if let Some((value, interval, name)) = larger.min_by(|a, b| a.0.total_cmp(&b.0)) {
        let meaning = format!(
            "the lowest rate at which a group that is not small is given a class over the highest, \
             by {name}, the attribute with the lowest such ratio; 1 is parity in every class"
        );
        findings.score(Some(value), interval.map(|i| (i.low, i.high)), meaning);
    }
}
