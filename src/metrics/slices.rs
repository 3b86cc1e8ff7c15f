//! Slices: rows that share the values of one or two features, and in which the model errs more than
//! elsewhere (Chung et al. 2019, Slice Finder).

use super::hypothesis::benjamini_hochberg;
use super::perturbation::Distribution;
use super::tally::Tally;

/// A slice has at least this share of the rows, and [`LEAST_ROWS`].
pub const LEAST_SHARE: f64 = 0.01;

/// The fewest rows of a slice.
pub const LEAST_ROWS: u64 = 30;

/// The fewest rows of a slice of a table of so many: see [`LEAST_SHARE`] and [`LEAST_ROWS`].
pub fn least_rows(rows: u64) -> u64 {
    LEAST_ROWS.max((LEAST_SHARE * rows as f64).ceil() as u64)
}

/// The least effect of a weak slice: a small one; see [`Tally::effect`].
pub const LEAST_EFFECT: f64 = 0.2;

/// The share of false finds among the weak slices that is put up with.
pub const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// A feature cut into bins, one code a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned {
    /// Codes lie below this.
    pub bins: usize,
    /// A row's bin.
    pub codes: Vec<u16>,
}

impl Binned {
    /// Keeps some bins, in their order, and makes one of all others, the last.
    ///
    /// # Panics
    /// If `is_kept` does not say it of every bin.
    pub fn pool(&mut self, is_kept: &[bool]) {
        assert_eq!(self.bins, is_kept.len(), "each bin is kept or not");
        let pool = is_kept.iter().filter(|kept| **kept).count();
        let mut next = 0;
        let new_code = |kept: &bool| {
            if *kept {
                next += 1;
                next - 1
            } else {
                pool as u16
            }
        };
        let new_codes: Vec<u16> = is_kept.iter().map(new_code).collect();
        for code in &mut self.codes {
            *code = new_codes[usize::from(*code)];
        }
        self.bins = pool + 1;
    }
}

/// The distinct deciles of a column's distribution, rising: the values at the ranks 0.1 to 0.9. An
/// edge that equals the smallest value stays, so that a column of mostly zeros is not one bin.
pub fn decile_edges(distribution: &Distribution) -> Vec<f64> {
    let ranks = (1..10).map(|tenth| f64::from(tenth) / 10.0);
    let mut edges: Vec<f64> = ranks.filter_map(|r| distribution.at_rank(r)).collect();
    edges.dedup();
    edges
}

/// Numbers cut at `edges` into `(-inf, e1], (e1, e2], ..., (ek, inf)`; missing ones (NaN) are a bin
/// of their own, the last.
pub fn bin_numbers(values: &[f64], edges: &[f64]) -> Binned {
    let codes = values.iter().map(|&value| {
        if value.is_nan() {
            edges.len() as u16 + 1
        } else {
            edges.partition_point(|&edge| edge < value) as u16
        }
    });
    Binned {
        bins: edges.len() + 2,
        codes: codes.collect(),
    }
}

/// A slice and how the model does in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// One or two: which feature, and which of its bins.
    pub parts: Vec<(usize, u16)>,
    /// Rows in it.
    pub n: u64,
    /// Error rate or mean loss in it.
    pub mean: f64,
    /// The same in all other rows.
    pub rest_mean: f64,
    /// How much larger it is in the slice; see [`Tally::effect`].
    pub effect: f64,
    /// One-sided; see [`Tally::p_value`].
    pub p_value: f64,
    /// The p-value among those of all slices that were tested; see [`benjamini_hochberg`].
    pub q_value: f64,
}

impl Slice {
    /// Is it weak: worse than elsewhere by [`LEAST_EFFECT`] and more, at a false discovery rate of
    /// [`FALSE_DISCOVERY_RATE`]?
    pub fn is_weak(&self) -> bool {
        self.effect >= LEAST_EFFECT && self.q_value <= FALSE_DISCOVERY_RATE
    }
}

/// Counts the rows by bin of one feature.
///
/// # Panics
/// If there is not one code a row, or a code reaches the number of bins.
pub fn count_bins<T: Tally>(feature: &Binned, rows: &[T::Row]) -> Vec<T> {
    assert_eq!(feature.codes.len(), rows.len(), "one code a row");
    let mut counts = vec![T::default(); feature.bins];
    for (&code, &row) in feature.codes.iter().zip(rows) {
        counts[usize::from(code)].add(row);
    }
    counts
}

/// Counts the rows by the bins of two features, the second running fastest. It takes memory for every
/// pair of bins: [`Binned::pool`] those that are no slices.
///
/// # Panics
/// As [`count_bins`].
pub fn count_pairs<T: Tally>(first: &Binned, second: &Binned, rows: &[T::Row]) -> Vec<T> {
    assert_eq!(first.codes.len(), rows.len(), "one code a row");
    assert_eq!(second.codes.len(), rows.len(), "one code a row");
    let mut counts = vec![T::default(); first.bins * second.bins];
    for ((&a, &b), &row) in first.codes.iter().zip(&second.codes).zip(rows) {
        counts[usize::from(a) * second.bins + usize::from(b)].add(row);
    }
    counts
}

/// Tests every slice that is large enough against all other rows, the largest effect first.
/// `counted` are slices with their counts, `whole` is the count over all rows.
pub fn test_slices<T: Tally>(
    counted: impl IntoIterator<Item = (Vec<(usize, u16)>, T)>,
    whole: T,
) -> Vec<Slice> {
    let rows = whole.rows();
    let least = least_rows(rows);
    let large = counted
        .into_iter()
        .filter(|(_, tally)| tally.rows() >= least && tally.rows() < rows);
    let slices = large.filter_map(|(parts, tally)| {
        let rest = whole.without(&tally);
        Some(Slice {
            parts,
            n: tally.rows(),
            mean: tally.mean()?,
            rest_mean: rest.mean()?,
            effect: tally.effect(&rest)?,
            p_value: tally.p_value(&rest)?,
            q_value: 1.0,
        })
    });
    let mut slices: Vec<Slice> = slices.collect();
    let p_values: Vec<Option<f64>> = slices.iter().map(|s| Some(s.p_value)).collect();
    for (slice, q) in slices.iter_mut().zip(benjamini_hochberg(&p_values)) {
        slice.q_value = q.unwrap_or(1.0);
    }
    slices.sort_by(|a, b| b.effect.total_cmp(&a.effect).then(b.n.cmp(&a.n)));
    slices
}
