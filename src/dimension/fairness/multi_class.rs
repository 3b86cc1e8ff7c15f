//! Fairness of a classifier of several classes: how often each group is given each class, and how
//! often rightly.

use super::attribute::listed;
use super::impact::{Impact, OfGroup};
use super::sizes;
use crate::dimension::findings::{Findings, text};
use crate::dimension::{Inputs, preset};
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::bootstrap::{Interval, count_intervals};
use crate::metrics::multi_class::{Confusion, decide};
use crate::resource::{Key, ProtectedAttribute, TableId};
use crate::vocabulary::Problem;

pub(super) fn evaluate(inputs: &Inputs<'_>, classes: &[String]) -> Result<Findings, Problem> {
    let target = &inputs.catalogue.experiment.dataset.target;
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let labels = table.class_labels(target, classes)?;
    let predicted = decide(&inputs.scores(TableId::Dataset)?, classes.len());
    let attributes = inputs.resolved.get(&Key::ProtectedAttributes)?;
    let mut findings = Findings::default();
    let mut compared = Vec::new();
    for attribute in attributes.as_protected()? {
        let groups = counts(attribute, &labels, &predicted, classes.len());
        let one = Compared::of(attribute, classes, groups);
        one.gaps(&mut findings);
        one.report(&mut findings);
        compared.push(one);
    }
    score(inputs, &compared, &mut findings);
    for one in &compared {
        one.notes(&mut findings);
    }
    findings.note(
        "a group is selected for a class where that class is the most likely one; a parity \
         difference is the largest over the classes, a ratio the smallest: which class is wanted, \
         only you know"
            .to_owned(),
    );
    findings.note(
        "impact ratios and the four-fifths rule take as reference the highest rate of the groups that \
         are not small; those of a model of two classes take the highest of all groups"
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

/// Lowest and highest of what every group has; none where a group has none.
fn range(of_groups: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let values: Vec<f64> = of_groups.collect::<Option<_>>()?;
    let low = values.iter().copied().reduce(f64::min)?;
    Some((low, values.iter().copied().reduce(f64::max)?))
}

/// What became of one attribute.
struct Compared<'a> {
    attribute: &'a ProtectedAttribute,
    classes: &'a [String],
    groups: Vec<Confusion>,
    is_small: Vec<bool>,
    /// By class.
    impacts: Vec<Impact>,
}

impl<'a> Compared<'a> {
    fn of(
        attribute: &'a ProtectedAttribute,
        classes: &'a [String],
        groups: Vec<Confusion>,
    ) -> Self {
        let is_small = sizes::small_groups(attribute);
        let impact = |class: usize| {
            let rates = groups.iter().map(|own| (own.decided(class), own.n()));
            Impact::of(&rates.collect::<Vec<_>>(), &is_small)
        };
        let impacts = (0..classes.len()).map(impact).collect();
        Self {
            attribute,
            classes,
            groups,
            is_small,
            impacts,
        }
    }

    /// Adds the gaps between the groups, and the pictures of the rates.
    fn gaps(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let groups = &self.groups;
        let (mut difference, mut ratio): (Option<f64>, Option<f64>) = (None, None);
        let mut passes: Option<bool> = None;
        let classes = self.classes.iter().zip(&self.impacts);
        for (class, (class_name, impact)) in classes.enumerate() {
            let rates = range(impact.of_groups.iter().map(|group| group.rate));
            let spread = rates.map(|(low, high)| high - low);
            let quotient = rates.and_then(|(low, high)| (high > 0.0).then(|| low / high));
            let recalls = range(groups.iter().map(|counts| counts.recall(class)));
            let own = impact.passes();
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
            let bars = self.selection_bars(class_name, impact);
            findings.figures.push(bars);
        }
        let accuracies = range(groups.iter().map(Confusion::accuracy));
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
        let mut rows = Vec::new();
        for (place, (group, counts)) in self.attribute.groups.iter().zip(&self.groups).enumerate() {
            findings.metric(format!("{name}.{group}.n"), counts.n() as f64);
            findings.metric(format!("{name}.{group}.accuracy"), counts.accuracy());
            let mut row = vec![
                text(group),
                Cell::Count(counts.n()),
                counts.accuracy().into(),
            ];
            let classes = self.classes.iter().zip(&self.impacts);
            for (class, (class_name, impact)) in classes.enumerate() {
                let OfGroup { rate, ratio, .. } = impact.of_groups[place];
                findings.metric(format!("{name}.{group}.selection_rate.{class_name}"), rate);
                let recall = counts.recall(class);
                findings.metric(format!("{name}.{group}.tpr.{class_name}"), recall);
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
    fn selection_bars(&self, class_name: &str, impact: &Impact) -> Figure {
        let groups = self.attribute.groups.iter().zip(&self.groups);
        let bars = groups.zip(&self.is_small).zip(&impact.of_groups);
        let bars = bars.map(|(((group, counts), small), own)| Bar {
            label: group.clone(),
            value: own.rate,
            note: format!("n {}{}", counts.n(), sizes::suffix(*small)),
            flagged: own.is_below,
        });
        Figure::Bars {
            title: format!("Given `{class_name}`, by {}", self.attribute.name),
            bars: bars.collect(),
            reference: impact.reference.map(|highest| ReferenceLine {
                value: 0.8 * highest,
                label: "four fifths of the highest".to_owned(),
            }),
        }
    }

    /// Warns where the four-fifths rule is broken, and names the small groups.
    fn notes(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let mut below: Vec<(f64, String)> = Vec::new();
        for (class_name, impact) in self.classes.iter().zip(&self.impacts) {
            let groups = self.attribute.groups.iter().zip(&self.is_small);
            for ((group, small), own) in groups.zip(&impact.of_groups) {
                let size = sizes::suffix(*small);
                let words = |ratio: f64| format!("{group} `{class_name}` ({ratio:.2}{size})");
                let ratio = own.ratio.filter(|_| own.is_below);
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
            findings.warn(words);
        }
        let left_out = "they are no reference of the four-fifths rule and not in the score";
        let note = sizes::note(self.attribute, &self.is_small, left_out);
        findings.notes(note);
    }

    /// The lowest impact ratio of a larger group over all classes, and its interval by resampling.
    /// `None` of fewer than two larger groups: there is nothing to compare.
    fn lowest_ratio(&self, repeats: u32, seed: u64) -> Option<(f64, Option<Interval>)> {
        let larger = self.groups.iter().zip(&self.is_small);
        let larger = larger.filter(|(_, small)| !**small);
        let decided =
            |counts: &Confusion| (0..self.classes.len()).map(|c| counts.decided(c)).collect();
        let cells: Vec<Vec<u64>> = larger.map(|(counts, _)| decided(counts)).collect();
        if cells.len() < 2 {
            return None;
        }
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

/// Headline and score are the lowest ratio of the larger groups: a handful of rows would decide that
/// of all groups.
fn score(inputs: &Inputs<'_>, compared: &[Compared<'_>], findings: &mut Findings) {
    let repeats = preset::bootstrap_repeats(inputs.preset);
    let mut lowest: Option<(f64, Option<Interval>, &str)> = None;
    for one in compared {
        let name = &one.attribute.name;
        let found = one.lowest_ratio(repeats, inputs.seed);
        findings.metric(larger_ratio(name), found.map(|(value, _)| value));
        if let Some((value, interval)) = found
            && lowest.is_none_or(|(least, ..)| value < least)
        {
            lowest = Some((value, interval, name));
        }
    }
    if let Some((value, interval, name)) = lowest {
        findings.headline("parity", larger_ratio(name));
        let meaning = format!(
            "the lowest rate at which a group that is not small is given a class over the highest, \
             by {name}, the attribute with the lowest such ratio; 1 is parity in every class"
        );
        findings.score(Some(value), interval.map(|i| (i.low, i.high)), meaning);
    }
}

/// The metric of an attribute's lowest ratio without its small groups.
fn larger_ratio(attribute: &str) -> String {
    format!("{attribute}.larger_groups.demographic_parity_ratio")
}
