//! Weak slices: rows of like features in which the model errs more than elsewhere.

use std::collections::HashSet;

use super::super::preset::RobustnessEffort;
use super::Calm;
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, p_value, text};
use crate::display;
use crate::event::{Bar, Cell, Figure, ReferenceLine};
use crate::metrics::perturbation::Distribution;
use crate::metrics::slices::{
    Binned, FALSE_DISCOVERY_RATE, LEAST_EFFECT, LEAST_ROWS, LEAST_SHARE, Slice, bin_numbers,
    count_bins, count_pairs, decile_edges, test_slices,
};
use crate::resource::TableId;
use crate::resource::table::{Column, MISSING, NumberKind, number_text};

/// Of a feature with more categories, the rest are not looked at.
const MOST_CATEGORIES: usize = u16::MAX as usize - 1;
/// Slices in the report.
const MOST_SHOWN: usize = 12;

/// A feature's bins and their names.
struct Feature {
    name: String,
    binned: Binned,
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

/// Looks for weak slices by every feature, and by pairs of those in which the error rate differs
/// most.
pub(super) fn weak(
    inputs: &Inputs<'_>,
    calm: &Calm,
    effort: &RobustnessEffort,
    findings: &mut Findings,
) -> Result<(), String> {
    let table = inputs.resolved.table(&TableId::Dataset)?;
    let pairs = calm.decisions.iter().zip(&calm.labels);
    let wrong: Vec<bool> = pairs.map(|(decision, label)| decision != label).collect();
    let errors = wrong.iter().filter(|wrong| **wrong).count() as u64;
    let mut search = Search {
        wrong,
        features: Vec::new(),
        counted: Vec::new(),
    };
    let mut names = HashSet::new();
    let features = inputs.catalogue.features().into_iter();
    for (at, name) in features
        .filter(|name| names.insert(name.clone()))
        .enumerate()
    {
        if let Some(feature) = Feature::of(&name, table.column(&name)?) {
            search.by_feature(at, feature, effort.paired_features);
        }
    }
    search.by_pairs();
    let rows = search.wrong.len() as u64;
    let counted = std::mem::take(&mut search.counted);
    let slices = test_slices(
        counted.iter().map(|c| (c.parts.clone(), c.rows)),
        rows,
        errors,
    );
    let tested = slices.len();
    let names = |slice: &Slice| counted.iter().find(|c| c.parts == slice.parts);
    let weak = worth_telling(&slices).into_iter();
    let weak: Vec<(String, &Slice)> = weak
        .filter_map(|slice| Some((names(slice)?.name.clone(), slice)))
        .collect();
    report(&weak, tested, errors as f64 / rows as f64, findings);
    Ok(())
}

struct Counted {
    parts: Vec<(usize, u16)>,
    name: String,
    /// Rows, and how many of them are wrong.
    rows: (u64, u64),
}

struct Search {
    wrong: Vec<bool>,
    /// Those to be paired: how much the error rate differs in them, and their place.
    features: Vec<(f64, usize, Feature)>,
    counted: Vec<Counted>,
}

impl Search {
    /// Counts the slices of a feature. Its bins are kept only while it is among the first `kept`.
    fn by_feature(&mut self, at: usize, feature: Feature, kept: usize) {
        let counts = count_bins(&feature.binned, &self.wrong);
        for (bin, rows) in (0u16..).zip(&counts) {
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
                let counts = count_pairs(&first.binned, &second.binned, &self.wrong);
                for (cell, rows) in counts
                    .into_iter()
                    .enumerate()
                    .filter(|(_, rows)| rows.0 > 0)
                {
                    let a = (cell / second.binned.bins) as u16;
                    let b = (cell % second.binned.bins) as u16;
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

/// How much of the variance of being wrong lies between a feature's bins.
fn spread(counts: &[(u64, u64)]) -> f64 {
    let rows: u64 = counts.iter().map(|c| c.0).sum();
    let wrong: u64 = counts.iter().map(|c| c.1).sum();
    let rate = wrong as f64 / rows.max(1) as f64;
    let filled = counts.iter().filter(|c| c.0 > 0);
    filled
        .map(|&(n, wrong)| n as f64 * (wrong as f64 / n as f64 - rate).powi(2))
        .sum()
}

/// The weak slices, without pairs that are no worse than one of their features alone.
fn worth_telling(slices: &[Slice]) -> Vec<&Slice> {
    let alone = |part: &(usize, u16)| {
        let single = slices.iter().find(|s| s.parts.as_slice() == [*part]);
        single.map_or(0.0, |s| s.error_rate)
    };
    let adds = |slice: &&Slice| {
        slice.parts.len() == 1
            || slice
                .parts
                .iter()
                .all(|part| slice.error_rate > alone(part))
    };
    slices.iter().filter(|s| s.is_weak()).filter(adds).collect()
}

fn report(weak: &[(String, &Slice)], tested: usize, error_rate: f64, findings: &mut Findings) {
    findings.metric("slices.tested", tested as f64);
    findings.metric("slices.weak", weak.len() as f64);
    let worst = weak.iter().map(|(_, s)| s.error_rate).reduce(f64::max);
    if let Some(worst) = worst {
        findings.metric("slices.worst_error_rate", worst);
    }
    findings.notes.push(format!(
        "weak slices: rows of like features, numbers by deciles, with at least {LEAST_ROWS} rows \
         and {} of all; weak where the error rate is larger than in all other rows by Cohen's h of \
         {LEAST_EFFECT} or more (one-sided z-test, Benjamini-Hochberg at {FALSE_DISCOVERY_RATE}); \
         {} of {tested} are",
        display::percent(LEAST_SHARE),
        weak.len(),
    ));
    if weak.is_empty() {
        return;
    }
    let shown = &weak[..weak.len().min(MOST_SHOWN)];
    findings.figures.push(Figure::Bars {
        title: "Error rate in the weakest slices".to_owned(),
        bars: shown
            .iter()
            .map(|(name, slice)| Bar {
                label: name.clone(),
                value: Some(slice.error_rate),
                note: format!("n {}", display::count(slice.n)),
                flagged: true,
            })
            .collect(),
        reference: Some(ReferenceLine {
            value: error_rate,
            label: "all rows".to_owned(),
        }),
    });
    let rows = shown.iter().map(|(name, slice)| {
        vec![
            text(name),
            Cell::Count(slice.n),
            Cell::Number(slice.error_rate),
            Cell::Number(slice.rest_error_rate),
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
            "error rate",
            "elsewhere",
            "effect h",
            "adjusted p",
        ],
        rows.collect(),
    );
}
