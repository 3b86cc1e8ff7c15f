//! Weak slices: rows of like features in which the model errs more than elsewhere.

use super::by_column::{ColumnSource, in_words};
use super::outcome::Outcome;
use super::table::{Column, MISSING, NumberKind, Table, number_text};
use crate::display;
use crate::engine::{CancelToken, LoadError};
use crate::metrics::perturbation::Distribution;
use crate::metrics::slices::{
    Binned, Slice, bin_numbers, count_bins, count_pairs, decile_edges, least_rows, test_slices,
};
use crate::metrics::tally::{ErrorCount, LossSum, Tally};
use crate::vocabulary::Problem;

/// A feature with more categories is not looked at.
const MOST_CATEGORIES: usize = u16::MAX as usize - 1;

/// The slices in which a model errs more.
#[derive(Clone, Debug, PartialEq)]
pub struct WeakSlices {
    /// Their names, the largest effect first.
    pub weak: Vec<(String, Slice)>,
    /// Slices that were tested.
    pub tested: usize,
    /// The error rate or mean loss over all rows.
    pub mean: Option<f64>,
}

impl WeakSlices {
    /// Looks for them by each of the features, and by pairs of the `paired` ones in which the errors
    /// differ most: error rates of classes, absolute errors of numbers.
    pub(super) fn find(
        source: &ColumnSource,
        features: &[String],
        answers: (&Outcome, &[f64]),
        paired: usize,
        cancel: &CancelToken,
    ) -> Result<Self, LoadError> {
        let (outcome, scores) = answers;
        if let Some(wrong) = outcome.errors(scores) {
            return find::<ErrorCount>(source, features, &wrong, paired, cancel);
        }
        let losses = outcome.residuals(scores);
        find::<LossSum>(source, features, &losses, paired, cancel)
    }

    /// The same, of a table in memory.
    pub fn find_held(
        table: Table,
        features: &[String],
        answers: (&Outcome, &[f64]),
        paired: usize,
    ) -> Result<Self, Problem> {
        let source = ColumnSource::Held(table);
        let cancel = CancelToken::default();
        in_words(Self::find(&source, features, answers, paired, &cancel))
    }

    /// Bytes it takes, about.
    pub(super) fn bytes(&self) -> u64 {
        let weak = self.weak.iter();
        let bytes = weak.map(|(name, slice)| {
            name.len() + size_of_val(&*slice.parts) + size_of::<(String, Slice)>()
        });
        bytes.sum::<usize>() as u64
    }
}

/// The slices of a table in memory by each of the features alone, as far as they are large enough: their
/// names, and their rows.
pub fn slices_by_feature(
    table: &Table,
    features: &[String],
) -> Result<Vec<(String, Vec<u32>)>, Problem> {
    let least = least_rows(table.rows as u64);
    let mut slices = Vec::new();
    for name in features {
        let Some(feature) = Feature::of(name, table.column(name)?) else {
            continue;
        };
        let mut rows = vec![Vec::new(); feature.binned.bins];
        for (row, code) in (0u32..).zip(&feature.binned.codes) {
            rows[usize::from(*code)].push(row);
        }
        let large = (0u16..)
            .zip(rows)
            .filter(|(_, rows)| rows.len() as u64 >= least);
        slices.extend(large.map(|(bin, rows)| (feature.part(bin), rows)));
    }
    Ok(slices)
}

fn find<T: Tally + Send + Sync>(
    source: &ColumnSource,
    features: &[String],
    losses: &[T::Row],
    paired: usize,
    cancel: &CancelToken,
) -> Result<WeakSlices, LoadError>
where
    T::Row: Sync,
{
    let mut search = Search::<T> {
        losses,
        features: Vec::new(),
        counted: Vec::new(),
    };
    // Of each, the bins of its rows are there until it is known whether it is paired: few at a time.
    let workers = rayon::current_num_threads();
    let places: Vec<usize> = (0..features.len()).collect();
    for (places, names) in places.chunks(workers).zip(features.chunks(workers)) {
        let found = source.each_then(
            names,
            cancel,
            |name, column| Ok(Feature::of(name, column)),
            |_, feature| Ok(feature.map(|feature| search.count(feature))),
        )?;
        for (at, counted) in places.iter().zip(found) {
            if let Some((feature, counts)) = counted {
                search.add(*at, feature, &counts, paired);
            }
        }
    }
    search.by_pairs();
    let whole = T::of(losses);
    let counted = search.counted;
    let slices = test_slices(counted.iter().map(|c| (c.parts.clone(), c.rows)), whole);
    let named = |slice: &Slice| {
        let found = counted.iter().find(|c| c.parts == slice.parts)?;
        Some((found.name.clone(), slice.clone()))
    };
    let weak = worth_telling(&slices).into_iter();
    Ok(WeakSlices {
        weak: weak.filter_map(named).collect(),
        tested: slices.len(),
        mean: whole.mean(),
    })
}

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

    /// Counts the slices of a feature.
    fn count(&self, mut feature: Feature) -> (Feature, Vec<T>) {
        let counts: Vec<T> = count_bins(&feature.binned, self.losses);
        let is_slice: Vec<bool> = counts.iter().map(|rows| self.is_slice(rows)).collect();
        feature.pool(&is_slice);
        (feature, counts)
    }

    /// Takes the slices of a feature. Its bins are kept only while it is among the first `kept`.
    fn add(&mut self, at: usize, feature: Feature, counts: &[T], kept: usize) {
        let is_slice: Vec<bool> = counts.iter().map(|rows| self.is_slice(rows)).collect();
        let slices = counts.iter().zip(is_slice).filter(|(_, is)| *is);
        for (bin, (rows, _)) in (0u16..).zip(slices) {
            self.counted.push(Counted {
                parts: vec![(at, bin)],
                name: feature.part(bin),
                rows: *rows,
            });
        }
        self.features.push((spread(counts), at, feature));
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
