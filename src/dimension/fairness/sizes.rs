//! Groups of too few rows to say much.

use crate::metrics::fairness::{SMALL_GROUP_ROWS, SMALL_GROUP_SHARE};

/// Names the small groups of an attribute, if there are any.
pub(super) fn small_groups<G: AsRef<str>>(
    attribute: &str,
    groups: impl IntoIterator<Item = (G, u64)>,
) -> Option<String> {
    let groups: Vec<(G, u64)> = groups.into_iter().collect();
    let all: u64 = groups.iter().map(|(_, rows)| rows).sum();
    let is_small =
        |rows: u64| rows < SMALL_GROUP_ROWS || (rows as f64) < SMALL_GROUP_SHARE * all as f64;
    let small = groups.iter().filter(|(_, rows)| is_small(*rows));
    let names: Vec<&str> = small.map(|(name, _)| name.as_ref()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{attribute}: small groups, whose figures say little: {}",
            names.join(", ")
        )
    })
}
