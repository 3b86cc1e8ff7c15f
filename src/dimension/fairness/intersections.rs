//! Pairs of attributes: a model can be fair to each attribute's groups and unfair where they meet.

use std::collections::BTreeMap;

use super::attribute::{self, listed, names_where};
use super::{Compared, Judged};
use crate::dimension::findings::Findings;
use crate::metrics::fairness::Group;
use crate::resource::ProtectedAttribute;

/// What joins the names of two attributes and of two groups.
const AND: &str = " & ";

/// Pairs beyond these are left out: the first attributes of an experiment come first.
const MOST_PAIRS: usize = 15;

/// A pair with more groups says nothing of any of them.
const MOST_GROUPS: usize = 100;

/// Every pair of attributes as an attribute whose groups are those that occur together.
pub(super) fn of(
    attributes: &[ProtectedAttribute],
    findings: &mut Findings,
) -> Vec<ProtectedAttribute> {
    let pairs = (1..attributes.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let mut crossed = Vec::new();
    let mut skipped = Vec::new();
    for (a, b) in pairs {
        let (first, second) = (&attributes[a], &attributes[b]);
        let pair = (crossed.len() < MOST_PAIRS).then(|| cross(first, second));
        match pair.flatten() {
            Some(pair) => crossed.push(pair),
            None => skipped.push(format!("{}{AND}{}", first.name, second.name)),
        }
    }
    if !skipped.is_empty() {
        let names: Vec<&str> = skipped.iter().map(String::as_str).collect();
        findings.note(format!(
            "intersections left out (more than {MOST_PAIRS} pairs, or {MOST_GROUPS} groups in one): \
             {}",
            listed(&names)
        ));
    }
    crossed
}

fn cross(first: &ProtectedAttribute, second: &ProtectedAttribute) -> Option<ProtectedAttribute> {
    let width = second.groups.len() as u32;
    let cells = first.codes.iter().zip(&second.codes);
    let cells: Vec<u32> = cells.map(|(a, b)| a * width + b).collect();
    let mut codes = BTreeMap::new();
    for cell in &cells {
        if codes.len() > MOST_GROUPS {
            return None;
        }
        codes.entry(*cell).or_insert(0);
    }
    let mut groups = Vec::new();
    for (cell, code) in &mut codes {
        *code = groups.len() as u32;
        let (a, b) = ((cell / width) as usize, (cell % width) as usize);
        groups.push(format!("{}{AND}{}", first.groups[a], second.groups[b]));
    }
    let privileged = first.privileged.as_ref().zip(second.privileged.as_ref());
    Some(ProtectedAttribute {
        privileged: privileged.map(|(a, b)| format!("{a}{AND}{b}")),
        name: format!("{}{AND}{}", first.name, second.name),
        groups,
        codes: cells.iter().map(|cell| codes[cell]).collect(),
    })
}

/// A pair's groups beside each other.
pub(super) fn compare<'a>(pair: &'a ProtectedAttribute, judged: &Judged<'_>) -> Compared<'a> {
    Compared {
        is_intersection: true,
        ..attribute::compare(pair, judged)
    }
}

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
