//! What is said of pairs of attributes: a model can be fair to each attribute's groups and unfair where
//! they meet.

use super::Compared;
use super::attribute::names_where;
use crate::dimension::findings::Findings;
use crate::metrics::fairness::Group;

/// One warning for all pairs whose larger groups break the four-fifths rule, and one note on the
/// small ones: groups that meet are many, and most of them small.
pub(super) fn notes(crossed: &[Compared<'_>], findings: &mut Findings) {
    let below: Vec<String> = crossed.iter().filter_map(below_four_fifths).collect();
    if !below.is_empty() {
        let words = format!(
            "where two attributes meet, larger groups are selected less than four fifths as often as \
             the group with the highest rate: {}",
            below.join("; ")
        );
        findings.warn(words);
    }
    let small: Vec<String> = crossed
        .iter()
        .filter_map(|pair| {
            let small = names_where(pair, Group::is_small).len();
            let (all, name) = (pair.groups.len(), &pair.attribute.name);
            (small > 0).then(|| format!("{small} of {all} of {name}"))
        })
        .collect();
    if !small.is_empty() {
        findings.note(format!(
            "small groups (under 30 rows or 2%) where two attributes meet: {}",
            small.join(", ")
        ));
    }
}

/// How many larger groups of a pair are below four fifths beyond chance, and the lowest of them.
fn below_four_fifths(pair: &Compared<'_>) -> Option<String> {
    let below = pair.larger.below(true);
    let (code, against) = below.first()?;
    Some(format!(
        "{} of {}, least {} ({}, n {})",
        below.len(),
        pair.attribute.name,
        pair.attribute.groups[*code],
        against.words(),
        against.rows.0
    ))
}
