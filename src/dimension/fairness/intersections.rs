//! Pairs of attributes: a model can be fair to each attribute's groups and unfair where they meet.

use std::collections::BTreeMap;

use super::Compared;
use super::attribute::{listed, names_where};
use crate::dimension::findings::Findings;
use crate::dimension::gates::warn;
use crate::metrics::fairness::Group;
use crate::resource::ProtectedAttribute;

/// What joins the names of two attributes and of two groups.
pub(super) const AND: &str = " & ";

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
        findings.notes.push(format!(
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
    Some(ProtectedAttribute {
        name: format!("{}{AND}{}", first.name, second.name),
        groups,
        codes: cells.iter().map(|cell| codes[cell]).collect(),
    })
}

/// One warning for all pairs whose larger groups break the four-fifths rule, and one note on the
/// small ones: groups that meet are many, and most of them small.
pub(super) fn notes(crossed: &[Compared<'_>], findings: &mut Findings) {
    for pair in crossed {
        let ratios = pair.rule.iter().flat_map(|rule| &rule.impact_ratios);
        let judged = pair.attribute.groups.iter().zip(&pair.groups).zip(ratios);
        let large = judged.filter(|((_, group), _)| !group.is_small());
        let below: Vec<(f64, &str)> = large
            .filter_map(|((name, _), ratio)| Some(((*ratio)?, name.as_str())))
            .filter(|(ratio, _)| *ratio < 0.8)
            .collect();
        let lowest = below.iter().min_by(|(a, _), (b, _)| a.total_cmp(b));
        if let (Some((ratio, name)), Some(rule)) = (lowest, &pair.rule) {
            let words = format!(
                "{}: {} groups that are not small are selected less than four fifths as often as \
                 {}, least {name} ({ratio:.2})",
                pair.attribute.name,
                below.len(),
                pair.attribute.groups[rule.reference]
            );
            warn(findings, &words);
        }
        let small = names_where(pair, Group::is_small);
        if !small.is_empty() {
            findings.notes.push(format!(
                "{}: {} of {} groups are small: {}",
                pair.attribute.name,
                small.len(),
                pair.groups.len(),
                listed(&small)
            ));
        }
    }
}
