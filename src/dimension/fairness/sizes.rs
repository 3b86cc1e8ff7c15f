//! Groups of too few rows to say much.

use crate::dimension::findings::listed;
use crate::metrics::fairness::is_small;
use crate::metrics::group_codes::Codes;
use crate::resource::{Attribute, ProtectedAttribute};

/// By group of an attribute: is it small?
pub(super) fn small_groups(protected: &ProtectedAttribute) -> Vec<bool> {
    let mut sizes = vec![0u64; protected.attribute.groups.len()];
    for code in protected.codes.iter() {
        sizes[code as usize] += 1;
    }
    let all = protected.codes.rows() as f64;
    sizes
        .iter()
        .map(|n| is_small(*n, *n as f64 / all))
        .collect()
}

/// Names the small groups of an attribute, if there are any, and says what leaves them out.
pub(super) fn note(attribute: &Attribute, is_small: &[bool], left_out: &str) -> Option<String> {
    let groups = attribute.groups.iter().zip(is_small);
    let small: Vec<&str> = groups
        .filter(|(_, small)| **small)
        .map(|(name, _)| name.as_str())
        .collect();
    (!small.is_empty()).then(|| {
        format!(
            "{}: small groups (under 30 rows or 2%), whose figures say little; {left_out}: {}",
            attribute.name,
            listed(&small)
        )
    })
}

/// What marks a small group in a table.
pub(super) fn mark(is_small: bool) -> &'static str {
    if is_small { "small" } else { "" }
}

/// What marks a small group behind other words.
pub(super) fn suffix(is_small: bool) -> &'static str {
    if is_small { ", small" } else { "" }
}
