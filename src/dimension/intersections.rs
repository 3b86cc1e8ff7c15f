//! Pairs of attributes as attributes: their groups are those that occur together.

use super::findings::{Findings, listed};
use crate::metrics::fairness::NO_GROUP;
use crate::metrics::group_codes::{Codes, GroupCodes};
use crate::resource::{Attribute, ProtectedAttribute};

/// What joins the names of two attributes and of two groups.
const AND: &str = " & ";

/// Pairs beyond these are left out: the first attributes of an experiment come first.
const MOST_PAIRS: usize = 15;

/// A pair with more groups says nothing of any of them.
const MOST_GROUPS: usize = 100;

/// Two attributes as one, whose groups are those that occur together.
pub(in crate::dimension) struct Pair<'a> {
    pub(in crate::dimension) attribute: Attribute,
    /// The places of the two among all attributes.
    pub(in crate::dimension) of: (usize, usize),
    pub(in crate::dimension) codes: Crossed<'a>,
}

/// The groups of a pair: nothing is held of any row.
pub(in crate::dimension) struct Crossed<'a> {
    first: &'a GroupCodes,
    second: &'a GroupCodes,
    /// Groups of the second.
    width: usize,
    /// The code of every pair of groups; none of those that do not occur together.
    codes: Vec<u32>,
}

impl Crossed<'_> {
    /// The code of a group of the first and one of the second; none where they do not occur together.
    pub(in crate::dimension) fn code_of(&self, first: u32, second: u32) -> u32 {
        if first == NO_GROUP || second == NO_GROUP {
            return NO_GROUP;
        }
        self.codes[first as usize * self.width + second as usize]
    }
}

impl Codes for Crossed<'_> {
    fn rows(&self) -> usize {
        self.first.rows()
    }

    fn code(&self, row: usize) -> u32 {
        self.code_of(self.first.code(row), self.second.code(row))
    }
}

/// Every pair of attributes.
pub(in crate::dimension) fn of<'a>(
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
            Some((attribute, codes)) => crossed.push(Pair {
                attribute,
                of: (a, b),
                codes,
            }),
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

fn cross<'a>(
    first: &'a ProtectedAttribute,
    second: &'a ProtectedAttribute,
) -> Option<(Attribute, Crossed<'a>)> {
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
    let attribute = Attribute {
        privileged: privileged.map(|(a, b)| joined(a, b)),
        name: joined(&one.name, &other.name),
        groups,
    };
    let codes = Crossed {
        first: &first.codes,
        second: &second.codes,
        width,
        codes: cells,
    };
    Some((attribute, codes))
}
