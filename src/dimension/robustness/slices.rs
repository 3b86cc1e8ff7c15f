//! Weak slices: rows of like features in which the model errs more than elsewhere.

use std::collections::HashSet;

use super::Study;
use crate::dimension::findings::{Findings, p_value, text};
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::perturbation::Distribution;
use crate::metrics::slices::{
    Binned, FALSE_DISCOVERY_RATE, LEAST_EFFECT, LEAST_ROWS, LEAST_SHARE, Slice, bin_numbers,
    count_bins, count_pairs, decile_edges, least_rows, test_slices,
};
use crate::metrics::tally::{ErrorCount, LossSum, Tally};
use crate::resource::TableId;
use crate::resource::table::{Column, MISSING, NumberKind, number_text};
use crate::vocabulary::Problem;

/// A feature with more categories is not looked at.
const MOST_CATEGORIES: usize = u16::MAX as usize - 1;
/// Slices in the report.
const MOST_SHOWN: usize = 12;

/// A feature's bins and their names.
struct Feature {
    name: String,
    binned: Binned,
    /// Names of the bins; pooled ones have none.
    bins: Vec<String>,
}

impl Feature {
    fn of(name: &str, column: &Column) -> Option<Self> {
        let (binned, bins) = match column {
            Column::Numbers { values, kind } if *kind != NumberKind::Boolean => {
                let edges = decile_edges(&Distribution::new(values));
                (bin_numbers(values, &edges), names(&edges, *kind))
            }
            _ => {
                let (mut categories, codes) = column.categories();
                if categories.len() > MOST_CATEGORIES {
                    return None;
                }
                let missing = categories.len() as u16;
                let codes = codes.into_iter().map(|code| match code {
                    MISSING => missing,
                    code => code as u16,
                });
                let codes: Vec<u16> = codes.collect();
                categories.push("missing".to_owned());
                let bins = categories.len();
                (Binned { bins, codes }, categories)
            }
        };
        Some(Self {
            name: name.to_owned(),
            binned,
            bins,
        })
    }

    /// Pools the bins with too few rows for a slice; at most 100 others are left. The pairs of all
    /// categories of two features could be more than memory holds.
    fn pool(&mut self, is_slice: &[bool]) {
        self.binned.pool(is_slice);
        let mut is_slice = is_slice.iter();
        self.bins.retain(|_| is_slice.next() == Some(&true));
    }

    fn part(&self, bin: u16) -> String {
        let bin = &self.bins[usize::from(bin)];
        let sign = if bin.starts_with(['<', '>', '(']) {
            " "
        } else {
            " = "
        };
        format!("{}{sign}{bin}", self.name)
    }
}

/// `<= 25`, `(25, 38]`, `> 38`, `missing`.
fn names(edges: &[f64], kind: NumberKind) -> Vec<String> {
    let number = |value: f64| match kind {
        NumberKind::Float => display::metric(value),
        NumberKind::Integer | NumberKind::Boolean => number_text(value, kind),
    };
    let mut names: Vec<String> = Vec::with_capacity(edges.len() + 2);
    names.extend(edges.first().map(|first| format!("<= {}", number(*first))));
    names.extend(
        edges
            .windows(2)
            .map(|pair| format!("({}, {}]", number(pair[0]), number(pair[1]))),
    );
    names.push(
        edges
            .last()
            .map_or_else(|| "any".to_owned(), |last| format!("> {}", number(*last))),
    );
    names.push("missing".to_owned());
    names
}

/// Looks for weak slices by every feature, and by pairs of those in which the model's errors differ
/// most: error rates of classes, absolute errors of numbers.
pub(super) fn weak(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    if let Some(wrong) = study.outcome.errors(&study.scores) {
        return weak_by::<ErrorCount>(study, &wrong, &ERROR_RATE, findings);
    }
    let losses = study.outcome.residuals(&study.scores);
    weak_by::<LossSum>(study, &losses, &ABSOLUTE_ERROR, findings)
}

/// What a model's errors are called.
struct Words {
    loss: &'static str,
    /// As a column, and as a metric.
    short: &'static str,
    effect: &'static str,
    test: &'static str,
    /// The effect, as a column.
    column: &'static str,
}

const ERROR_RATE: Words = Words {
    loss: "error rate",
    short: "error rate",
    effect: "Cohen's h of",
    test: "z-test",
    column: "effect h",
};

const ABSOLUTE_ERROR: Words = Words {
    loss: "mean absolute error",
    short: "mae",
    effect: "Cohen's d of",
    test: "Welch's t-test",
    column: "effect d",
};

fn weak_by<T: Tally>(
    study: &Study<'_>,
    losses: &[T::Row],
    words: &Words,
    findings: &mut Findings,
) -> Result<(), Problem> {
    let table = study.inputs.resolved.table(&TableId::Dataset)?;
    let mut search = Search::<T> {
        losses,
        features: Vec::new(),
        counted: Vec::new(),
    };
    let mut names = HashSet::new();
    let features = study.inputs.catalogue.features().into_iter();
    for (at, name) in features
        .filter(|name| names.insert(name.clone()))
        .enumerate()
    {
        if let Some(feature) = Feature::of(&name, table.column(&name)?) {
            search.by_feature(at, feature, study.effort.paired_features);
        }
    }
    search.by_pairs();
    let whole = T::of(losses);
    let counted = search.counted;
    let slices = test_slices(counted.iter().map(|c| (c.parts.clone(), c.rows)), whole);
    let names = |slice: &Slice| counted.iter().find(|c| c.parts == slice.parts);
    let weak = worth_telling(&slices).into_iter();
    let weak: Vec<(String, &Slice)> = weak
        .filter_map(|slice| Some((names(slice)?.name.clone(), slice)))
        .collect();
    report(&weak, slices.len(), whole.mean(), words, findings);
    Ok(())
}

struct Counted<T> {
    parts: Vec<(usize, u16)>,
    name: String,
    rows: T,
}

struct Search<'r, T: Tally> {
    losses: &'r [T::Row],
    /// Those to be paired: how much the mean loss differs in them, and their place.
    features: Vec<(f64, usize, Feature)>,
    counted: Vec<Counted<T>>,
}

impl<T: Tally> Search<'_, T> {
    fn is_slice(&self, rows: &T) -> bool {
        rows.rows() >= least_rows(self.losses.len() as u64)
    }

    /// Counts the slices of a feature. Its bins are kept only while it is among the first `kept`.
    fn by_feature(&mut self, at: usize, mut feature: Feature, kept: usize) {
        let counts: Vec<T> = count_bins(&feature.binned, self.losses);
        let is_slice: Vec<bool> = counts.iter().map(|rows| self.is_slice(rows)).collect();
        feature.pool(&is_slice);
        let slices = counts.iter().zip(is_slice).filter(|(_, is)| *is);
        for (bin, (rows, _)) in (0u16..).zip(slices) {
            self.counted.push(Counted {
                parts: vec![(at, bin)],
                name: feature.part(bin),
                rows: *rows,
            });
        }
        self.features.push((spread(&counts), at, feature));
        self.features.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.features.truncate(kept);
    }

    fn by_pairs(&mut self) {
        for (place, (_, at, first)) in self.features.iter().enumerate() {
            for (_, other, second) in &self.features[place + 1..] {
                let counts: Vec<T> = count_pairs(&first.binned, &second.binned, self.losses);
                for (cell, rows) in counts.into_iter().enumerate() {
                    let a = cell / second.binned.bins;
                    let b = cell % second.binned.bins;
                    let is_pooled = a >= first.bins.len() || b >= second.bins.len();
                    if is_pooled || !self.is_slice(&rows) {
                        continue;
                    }
                    let (a, b) = (a as u16, b as u16);
                    self.counted.push(Counted {
                        parts: vec![(*at, a), (*other, b)],
                        name: format!("{}, {}", first.part(a), second.part(b)),
                        rows,
                    });
                }
            }
        }
    }
}

/// How much of the variance of the loss lies between a feature's bins.
fn spread<T: Tally>(counts: &[T]) -> f64 {
    let filled = || {
        counts
            .iter()
            .filter_map(|c| Some((c.rows() as f64, c.mean()?)))
    };
    let rows: f64 = filled().map(|(n, _)| n).sum();
    let mean = filled().map(|(n, mean)| n * mean).sum::<f64>() / rows.max(1.0);
    filled().map(|(n, own)| n * (own - mean).powi(2)).sum()
}

/// The weak slices, without pairs that are no worse than one of their features alone.
fn worth_telling(slices: &[Slice]) -> Vec<&Slice> {
    let alone = |part: &(usize, u16)| {
        let single = slices.iter().find(|s| s.parts.as_slice() == [*part]);
        single.map_or(0.0, |s| s.mean)
    };
    let adds = |slice: &&Slice| {
        slice.parts.len() == 1 || slice.parts.iter().all(|part| slice.mean > alone(part))
    };
    slices.iter().filter(|s| s.is_weak()).filter(adds).collect()
}

fn report(
    weak: &[(String, &Slice)],
    tested: usize,
    mean: Option<f64>,
    words: &Words,
    findings: &mut Findings,
) {
    findings.metric("slices.tested", tested as f64);
    findings.metric("slices.weak", weak.len() as f64);
    let worst = weak.iter().map(|(_, s)| s.mean).reduce(f64::max);
    if let Some(worst) = worst {
        let metric = format!("slices.worst_{}", words.short.replace(' ', "_"));
        findings.metric(metric, worst);
    }
    findings.note(format!(
        "weak slices: rows of like features, numbers by deciles, with at least {LEAST_ROWS} rows \
         and {} of all; weak where the {} is larger than in all other rows by {} \
         {LEAST_EFFECT} or more (one-sided {}, Benjamini-Hochberg at {FALSE_DISCOVERY_RATE}); \
         {} of {tested} are",
        display::percent(LEAST_SHARE),
        words.loss,
        words.effect,
        words.test,
        weak.len(),
    ));
    let Some((name, slice)) = weak.first() else {
        return;
    };
    findings.warn(format!(
        "{} weak slices; the largest effect is in {name}: {} {} against {} elsewhere, n {}",
        weak.len(),
        words.loss,
        display::metric(slice.mean),
        display::metric(slice.rest_mean),
        display::count(slice.n)
    ));
    let shown = &weak[..weak.len().min(MOST_SHOWN)];
    let (first, rest) = words.loss.split_at(1);
    findings.figures.push(Figure::Bars {
        title: format!("{}{rest} in the weakest slices", first.to_uppercase()),
        bars: shown
            .iter()
            .map(|(name, slice)| Bar {
                label: name.clone(),
                value: Some(slice.mean),
                note: format!("n {}", display::count(slice.n)),
                flagged: true,
            })
            .collect(),
        reference: mean.map(|value| ReferenceLine {
            value,
            label: "all rows".to_owned(),
        }),
    });
    let rows = shown.iter().map(|(name, slice)| {
        vec![
            text(name),
            Cell::Count(slice.n),
            Cell::Number(slice.mean),
            Cell::Number(slice.rest_mean),
            Cell::Number(slice.effect),
            p_value(slice.q_value),
        ]
    });
    findings.table(
        "slices",
        "Weak slices, the largest effect first",
        &[
            "slice",
            "n",
            words.short,
            "elsewhere",
            words.column,
            "adjusted p",
        ],
        rows.collect(),
    );
}
