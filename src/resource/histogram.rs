//! Rows of a column by bin or by category, in two tables.

use std::collections::BTreeMap;

use super::drift::Prepared;

/// Categories that are told one by one.
const MOST_CATEGORIES: usize = 10;

/// What a bin holds.
#[derive(Clone, Debug, PartialEq)]
pub enum BinOf {
    /// Numbers above the first and up to the second.
    Range(f64, f64),
    /// One category.
    Category(String),
    /// All other categories.
    Others,
    /// What is missing.
    Missing,
}

/// Rows of a bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Which one.
    pub of: BinOf,
    /// In the dataset.
    pub before: u64,
    /// In the other table.
    pub now: u64,
}

/// The bins of both that have rows: numbers between the deciles of the first, categories by their rows in
/// both, the most first. Empty where one holds numbers and the other texts.
pub(super) fn bins(base: &Prepared, other: &Prepared) -> Vec<Bin> {
    let mut bins = match (base, other) {
        (Prepared::Numbers(base), Prepared::Numbers(other)) => {
            let edges = base.decile_edges();
            let lower = [f64::NEG_INFINITY].into_iter().chain(edges.clone());
            let upper = edges.iter().copied().chain([f64::INFINITY]);
            let ranges = lower.zip(upper).map(|(low, high)| BinOf::Range(low, high));
            let counts = base
                .bin_counts(&edges)
                .into_iter()
                .zip(other.bin_counts(&edges));
            let named = ranges.chain([BinOf::Missing]).zip(counts);
            named
                .map(|(of, (before, now))| Bin { of, before, now })
                .collect()
        }
        (Prepared::Categories(base), Prepared::Categories(other)) => categories(base, other),
        _ => Vec::new(),
    };
    bins.retain(|bin| bin.before + bin.now > 0);
    bins
}

fn categories(base: &[(Option<String>, u64)], other: &[(Option<String>, u64)]) -> Vec<Bin> {
    let mut rows: BTreeMap<&Option<String>, (u64, u64)> = BTreeMap::new();
    for (name, count) in base {
        rows.entry(name).or_default().0 += count;
    }
    for (name, count) in other {
        rows.entry(name).or_default().1 += count;
    }
    let missing = rows.remove(&None).unwrap_or_default();
    let mut named: Vec<(&Option<String>, (u64, u64))> = rows.into_iter().collect();
    named.sort_by_key(|(_, (before, now))| std::cmp::Reverse(before + now));
    let rest = named.split_off(named.len().min(MOST_CATEGORIES));
    let rest = rest.into_iter().map(|(_, rows)| rows);
    let others = rest.fold((0, 0), |sum, rows| (sum.0 + rows.0, sum.1 + rows.1));
    let bin = |of, (before, now)| Bin { of, before, now };
    let named = named.into_iter().map(|(name, rows)| {
        let name = name.clone().unwrap_or_default();
        bin(BinOf::Category(name), rows)
    });
    let last = [bin(BinOf::Others, others), bin(BinOf::Missing, missing)];
    named.chain(last).collect()
}
