//! Slices: rows that share the values of one or two features, and in which the model errs more than
//! elsewhere (Chung et al. 2019, Slice Finder).

use super::hypothesis::{benjamini_hochberg, cohens_h, larger_rate_p_value};
use super::perturbation::Distribution;

/// A slice has at least this share of the rows, and [`LEAST_ROWS`].
pub const LEAST_SHARE: f64 = 0.01;

/// The fewest rows of a slice.
pub const LEAST_ROWS: u64 = 30;

/// The least effect of a weak slice: small by [`cohens_h`].
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
    /// Rows in it that the model gets wrong.
    pub wrong: u64,
    /// Share of wrong answers in it.
    pub error_rate: f64,
    /// Share of wrong answers in all other rows.
    pub rest_error_rate: f64,
    /// [`cohens_h`] of the two.
    pub effect: f64,
    /// One-sided: see [`larger_rate_p_value`].
    pub p_value: f64,
    /// The p-value among those of all slices that were tested; see [`benjamini_hochberg`].
    pub q_value: f64,
}

impl Slice {
    /// Is it weak: more errors than elsewhere by [`LEAST_EFFECT`] and more, at a false discovery
    /// rate of [`FALSE_DISCOVERY_RATE`]?
    pub fn is_weak(&self) -> bool {
        self.effect >= LEAST_EFFECT && self.q_value <= FALSE_DISCOVERY_RATE
    }
}

/// Counts rows and wrong answers by bin of one feature.
///
/// # Panics
/// If there is not one code a row, or a code reaches the number of bins.
pub fn count_bins(feature: &Binned, wrong: &[bool]) -> Vec<(u64, u64)> {
    assert_eq!(feature.codes.len(), wrong.len(), "one code a row");
    let mut counts = vec![(0, 0); feature.bins];
    for (&code, &wrong) in feature.codes.iter().zip(wrong) {
        let bin = &mut counts[usize::from(code)];
        bin.0 += 1;
        bin.1 += u64::from(wrong);
    }
    counts
}

/// Counts rows and wrong answers by the bins of two features, the second running fastest.
///
/// # Panics
/// As [`count_bins`].
pub fn count_pairs(first: &Binned, second: &Binned, wrong: &[bool]) -> Vec<(u64, u64)> {
    assert_eq!(first.codes.len(), wrong.len(), "one code a row");
    assert_eq!(second.codes.len(), wrong.len(), "one code a row");
    let mut counts = vec![(0, 0); first.bins * second.bins];
    for ((&a, &b), &wrong) in first.codes.iter().zip(&second.codes).zip(wrong) {
        let cell = &mut counts[usize::from(a) * second.bins + usize::from(b)];
        cell.0 += 1;
        cell.1 += u64::from(wrong);
    }
    counts
}

/// Tests every slice that is large enough against all other rows, most errors beyond theirs first.
/// Of `rows` rows the model gets `wrong` ones wrong; `counted` are slices with their rows and wrong
/// answers.
pub fn test_slices(
    counted: impl IntoIterator<Item = (Vec<(usize, u16)>, (u64, u64))>,
    rows: u64,
    wrong: u64,
) -> Vec<Slice> {
    let least = LEAST_ROWS.max((LEAST_SHARE * rows as f64).ceil() as u64);
    let large = counted
        .into_iter()
        .filter(|(_, (n, _))| *n >= least && *n < rows);
    let slices = large.filter_map(|(parts, (n, errors))| {
        let rest = (wrong - errors, rows - n);
        let (error_rate, rest_rate) = (errors as f64 / n as f64, rest.0 as f64 / rest.1 as f64);
        Some(Slice {
            parts,
            n,
            wrong: errors,
            error_rate,
            rest_error_rate: rest_rate,
            effect: cohens_h(error_rate, rest_rate),
            p_value: larger_rate_p_value((errors, n), rest)?,
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
