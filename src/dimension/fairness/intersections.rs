//! Pairs of attributes: a model can be fair to each attribute's groups and unfair where they meet.

use super::Compared;
use super::attribute::{listed, names_where};
use crate::dimension::findings::Findings;
use crate::metrics::fairness::{Group, NO_GROUP};
use crate::metrics::group_codes::{Codes, GroupCodes};
use crate::resource::{Attribute, ProtectedAttribute};

/// What joins the names of two attributes and of two groups.
const AND: &str = " & ";

/// Pairs beyond these are left out: the first attributes of an experiment come first.
const MOST_PAIRS: usize = 15;

/// A pair with more groups says nothing of any of them.
const MOST_GROUPS: usize = 100;

/// Two attributes as one, whose groups are those that occur together.
pub(super) struct Pair<'a> {
    pub(super) attribute: Attribute,
    pub(super) codes: Crossed<'a>,
}

/// The groups of a pair: nothing is held of any row.
pub(super) struct Crossed<'a> {
    first: &'a GroupCodes,
    second: &'a GroupCodes,
    /// Groups of the second.
    width: usize,
    /// The code of every pair of groups; none of those that do not occur together.
    codes: Vec<u32>,
}

impl Codes for Crossed<'_> {
    fn rows(&self) -> usize {
        self.first.rows()
    }

    fn code(&self, row: usize) -> u32 {
        let (first, second) = (self.first.code(row), self.second.code(row));
        self.codes[first as usize * self.width + second as usize]
    }
}

/// Every pair of attributes.
pub(super) fn of<'a>(
    attributes: &'a [ProtectedAttribute],
    findings: &mut Findings,
) -> Vec<Pair<'a>> {
    let pairs = (1..attributes.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
    let mut crossed = Vec::new();
    let mut skipped = Vec::new();
    for (a, b) in pairs {
        let (first, second) = (&attributes[a], &attributes[b]);
        let pair = (crossed.len() < MOST_PAIRS).then(|| cross(first, second));
        match pair.flatten() {
            Some(pair) => crossed.push(pair),
            None => skipped.push(joined(&first.attribute.name, &second.attribute.name)),
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

fn joined(first: &str, second: &str) -> String {
    format!("{first}{AND}{second}")
}

fn cross<'a>(first: &'a ProtectedAttribute, second: &'a ProtectedAttribute) -> Option<Pair<'a>> {
    let (one, other) = (&first.attribute, &second.attribute);
    let width = other.groups.len();
    let mut cells = vec![NO_GROUP; one.groups.len() * width];
    let mut occurring = 0;
    for (a, b) in first.codes.iter().zip(second.codes.iter()) {
        let cell = &mut cells[a as usize * width + b as usize];
        if *cell == NO_GROUP {
            *cell = 0;
            occurring += 1;
            if occurring > MOST_GROUPS {
                return None;
            }
        }
    }
    let mut groups = Vec::new();
    let occurring = cells.iter_mut().enumerate();
    for (cell, code) in occurring.filter(|(_, code)| **code != NO_GROUP) {
        *code = groups.len() as u32;
        groups.push(joined(
            &one.groups[cell / width],
            &other.groups[cell % width],
        ));
    }
    let privileged = one.privileged.as_ref().zip(other.privileged.as_ref());
    Some(Pair {
        attribute: Attribute {
            privileged: privileged.map(|(a, b)| joined(a, b)),
            name: joined(&one.name, &other.name),
            groups,
        },
        codes: Crossed {
            first: &first.codes,
            second: &second.codes,
            width,
            codes: cells,
        },
    })
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
