//! Fairness of a classifier of several classes: how often each group is given each class, and how
//! often rightly.

use super::impact::{self, Against, Impact, Larger, OfGroup, Rate};
use super::rate_pair::Rates;
use super::{larger_ratio, sizes};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, listed, text};
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::bootstrap::Interval;
use crate::metrics::multi_class::{Confusion, decide};
use crate::metrics::rate_intervals::wilson;
use crate::resource::{Attribute, ProtectedAttribute, TableId};
use crate::vocabulary::Problem;

pub(super) fn evaluate(inputs: &Inputs<'_>, classes: &[String]) -> Result<Findings, Problem> {
    let target = &inputs.catalogue.experiment.dataset.target;
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let labels = table.class_labels(target, classes)?;
    let predicted = decide(&inputs.scores_held(TableId::Dataset)?, classes.len());
    let mut findings = Findings::default();
    let mut compared = Vec::new();
    for protected in inputs.resolved.protected()? {
        let groups = counts(protected, &labels, &predicted, classes.len());
        let one = Compared::of(protected, classes, groups);
        one.gaps(&mut findings);
        one.report(&mut findings);
        compared.push(one);
    }
    score(&compared, &mut findings);
    for one in &compared {
        one.notes(&mut findings);
    }
    findings.note(
        "a group is selected for a class where that class is the most likely one; a parity \
         difference is the largest over the classes, a ratio the smallest: which class is wanted, \
         only you know"
            .to_owned(),
    );
    findings.note(impact::METHOD);
    findings.note(
        "impact ratios and the metric `four_fifths` take as reference the highest rate of the groups that \
         are not small; those of a model of two classes take the highest of all groups"
            .to_owned(),
    );
    Ok(findings)
}

/// Rows by class and decision, group by group.
fn counts(
    protected: &ProtectedAttribute,
    labels: &[usize],
    predicted: &[usize],
    classes: usize,
) -> Vec<Confusion> {
    let groups = protected.attribute.groups.len();
    let mut counts = vec![Confusion::empty(classes); groups];
    for (code, (label, decision)) in protected.codes.iter().zip(labels.iter().zip(predicted)) {
        counts[code as usize].add(*label, *decision);
    }
    counts
}

/// Lowest and highest of what every group has; none where a group has none.
fn range(of_groups: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let values: Vec<f64> = of_groups.collect::<Option<_>>()?;
    let low = values.iter().copied().reduce(f64::min)?;
    Some((low, values.iter().copied().reduce(f64::max)?))
}

/// A gap over the classes, and the interval of the class that it is of.
type Bounded = (f64, Option<Interval>);

/// Rows that are decided rightly.
fn right(counts: &Confusion, classes: usize) -> u64 {
    (0..classes).map(|class| counts.rows(class, class)).sum()
}

/// What became of one attribute.
struct Compared<'a> {
    attribute: &'a Attribute,
    classes: &'a [String],
    groups: Vec<Confusion>,
    is_small: Vec<bool>,
    /// By class.
    impacts: Vec<Impact>,
    /// By class.
    larger: Vec<Larger>,
}

impl<'a> Compared<'a> {
    fn of(
        protected: &'a ProtectedAttribute,
        classes: &'a [String],
        groups: Vec<Confusion>,
    ) -> Self {
        let is_small = sizes::small_groups(protected);
        let rates = |class: usize| {
            let rates = groups.iter().map(|own| (own.decided(class), own.n()));
            rates.collect::<Vec<Rate>>()
        };
        let rates: Vec<Vec<Rate>> = (0..classes.len()).map(rates).collect();
        let impacts = rates.iter().map(|rates| Impact::of(rates, &is_small));
        let impacts = impacts.collect();
        let larger = Larger::of(&rates, &is_small);
        Self {
            attribute: &protected.attribute,
            classes,
            groups,
            is_small,
            impacts,
            larger,
        }
    }

    /// Adds the gaps between the groups, and the pictures of the rates.
    fn gaps(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let groups = &self.groups;
        let (mut difference, mut ratio): (Option<Bounded>, Option<Bounded>) = (None, None);
        let mut passes: Option<bool> = None;
        let classes = self.classes.iter().zip(&self.impacts);
        for (class, (class_name, impact)) in classes.enumerate() {
            let rates = range(impact.of_groups.iter().map(|group| group.rate));
            let spread = rates.map(|(low, high)| high - low);
            let quotient = rates.and_then(|(low, high)| (high > 0.0).then(|| low / high));
            let recalls = range(groups.iter().map(|counts| counts.recall(class)));
            let own = impact.passes();
            let given = Rates::of(groups, |counts| (counts.decided(class), counts.n()));
            let recalled = Rates::of(groups, |counts| {
                (counts.rows(class, class), counts.labelled(class))
            });
            for (metric, value, interval) in [
                ("demographic_parity_difference", spread, given.difference()),
                ("demographic_parity_ratio", quotient, given.ratio()),
                (
                    "equal_opportunity_difference",
                    recalls.map(|(low, high)| high - low),
                    recalled.difference().filter(|_| recalls.is_some()),
                ),
            ] {
                findings.with_interval(format!("{name}.{class_name}.{metric}"), value, interval);
            }
            let rule = own.map(|passes| f64::from(u8::from(passes)));
            findings.metric(format!("{name}.{class_name}.four_fifths"), rule);
            // Of equal ones that of the first class.
            if let Some(value) = spread.filter(|v| difference.is_none_or(|(most, _)| *v > most)) {
                difference = Some((value, given.difference()));
            }
            if let Some(value) = quotient.filter(|v| ratio.is_none_or(|(least, _)| *v < least)) {
                ratio = Some((value, given.ratio()));
            }
            passes = own.into_iter().chain(passes).reduce(|a, b| a && b);
            let bars = self.selection_bars(class_name, (impact, &self.larger[class]));
            findings.figures.push(bars);
        }
        let accuracies = range(groups.iter().map(Confusion::accuracy));
        let right = Rates::of(groups, |counts| {
            (right(counts, self.classes.len()), counts.n())
        });
        let accuracy = accuracies.map(|(low, high)| (high - low, right.difference()));
        for (metric, found) in [
            ("demographic_parity_difference", difference),
            ("demographic_parity_ratio", ratio),
            ("accuracy_difference", accuracy),
        ] {
            let (value, interval) = found.unzip();
            findings.with_interval(format!("{name}.{metric}"), value, interval.flatten());
        }
        let rule = passes.map(|passes| f64::from(u8::from(passes)));
        findings.metric(format!("{name}.four_fifths"), rule);
    }

    /// Adds the rates of every group, and the table of them.
    fn report(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        let mut rows = Vec::new();
        for (place, (group, counts)) in self.attribute.groups.iter().zip(&self.groups).enumerate() {
            findings.metric(format!("{name}.{group}.n"), counts.n() as f64);
            let interval = wilson((right(counts, self.classes.len()), counts.n()));
            let metric = format!("{name}.{group}.accuracy");
            findings.with_interval(metric, counts.accuracy(), interval);
            let mut row = vec![
                text(group),
                Cell::Count(counts.n()),
                counts.accuracy().into(),
            ];
            let classes = self.classes.iter().zip(&self.impacts);
            for (class, (class_name, impact)) in classes.enumerate() {
                let OfGroup { rate, ratio, .. } = impact.of_groups[place];
                let interval = wilson((counts.decided(class), counts.n()));
                let metric = format!("{name}.{group}.selection_rate.{class_name}");
                findings.with_interval(metric, rate, interval);
                let recall = counts.recall(class);
                let interval = wilson((counts.rows(class, class), counts.labelled(class)));
                let metric = format!("{name}.{group}.tpr.{class_name}");
                findings.with_interval(metric, recall, interval);
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
    fn selection_bars(&self, class_name: &str, (impact, larger): (&Impact, &Larger)) -> Figure {
        let class = self.classes.iter().position(|name| name == class_name);
        let interval = |counts: &Confusion| wilson((counts.decided(class?), counts.n()));
        let groups = self.attribute.groups.iter().zip(&self.groups);
        let bars = groups.zip(&self.is_small).zip(&impact.of_groups);
        let bars = bars.enumerate();
        let bars = bars.map(|(code, (((group, counts), small), own))| Bar {
            label: group.clone(),
            value: own.rate,
            interval: interval(counts).map(|i| (i.low, i.high)),
            note: format!("n {}{}", counts.n(), sizes::suffix(*small)),
            flagged: larger.breaks(code),
        });
        Figure::Bars {
            title: format!("Given `{class_name}`, by {}", self.attribute.name),
            bars: bars.collect(),
            reference: impact.reference.map(|highest| ReferenceLine {
                value: 0.8 * highest,
                label: "four fifths of the highest".to_owned(),
            }),
            from: 0.0,
        }
    }

    /// Warns where the four-fifths rule is broken, and names the small groups.
    fn notes(&self, findings: &mut Findings) {
        let name = &self.attribute.name;
        if let Some(words) = self.below_words(true) {
            findings.warn(format!("{name}: {words}"));
        }
        if let Some(words) = self.below_words(false) {
            findings.note(format!("{name}: within chance, {words}"));
        }
        let left_out = "they are no reference of the four-fifths rule and not in the score";
        let note = sizes::note(self.attribute, &self.is_small, left_out);
        findings.notes(note);
    }

    /// Which groups are below four fifths in which class, beyond chance or within it, if any are.
    fn below_words(&self, is_decided: bool) -> Option<String> {
        let groups = &self.attribute.groups;
        let mut below: Vec<(f64, String)> = Vec::new();
        for (class_name, larger) in self.classes.iter().zip(&self.larger) {
            let of_class = larger.below(is_decided).into_iter();
            below.extend(of_class.map(|(code, against)| {
                let (group, words) = (&groups[code], against.words());
                let n = against.rows.0;
                (
                    against.ratio,
                    format!("{group} `{class_name}` ({words}, n {n})"),
                )
            }));
        }
        below.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let below: Vec<&str> = below.iter().map(|(_, words)| words.as_str()).collect();
        (!below.is_empty()).then(|| {
            format!(
                "given a class less than four fifths as often as the larger group that is given it \
                 most: {}",
                listed(&below)
            )
        })
    }

    /// The lowest impact ratio of a larger group over all classes, with its class and its group.
    fn lowest_ratio(&self) -> Option<(Against, &str, &str)> {
        let lowest = self.larger.iter().zip(self.classes);
        let lowest = lowest.filter_map(|(larger, class)| {
            let (code, against) = larger.lowest()?;
            Some((
                against,
                class.as_str(),
                self.attribute.groups[code].as_str(),
            ))
        });
        lowest.min_by(|(a, ..), (b, ..)| a.ratio.total_cmp(&b.ratio))
    }
}

/// Headline and score are the lowest ratio of the larger groups: a handful of rows would decide that
/// of all groups.
fn score(compared: &[Compared<'_>], findings: &mut Findings) {
    let mut lowest: Option<(Against, &str, &str, &str)> = None;
    for one in compared {
        let name = &one.attribute.name;
        let found = one.lowest_ratio();
        let (ratio, interval) = found
            .map(|(against, ..)| (against.ratio, against.interval))
            .unzip();
        findings.with_interval(larger_ratio(name), ratio, interval.flatten());
        if let Some((against, class, group)) = found
            && lowest.is_none_or(|(least, ..)| against.ratio < least.ratio)
        {
            lowest = Some((against, class, group, name));
        }
    }
    if let Some((against, class, group, name)) = lowest {
        let (n, all) = against.rows;
        findings.headline("parity", larger_ratio(name));
        let meaning = format!(
            "the lowest rate at which a group that is not small is given a class over the highest, \
             by {name}, the attribute with the lowest such ratio: {group} (n {n}), given `{class}`, over \
             the group that is given it most (n {all}); 1 is parity in every class"
        );
        let interval = against.interval.map(|i| (i.low, i.high));
        findings.score(Some(against.ratio), interval, meaning);
    }
}
