//! The protected groups of the rows that judge prediction sets and of those that calibrate them: of every
//! attribute, and of every pair of attributes.

use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, listed};
use crate::dimension::intersections::{self, Pair};
use crate::metrics::fairness::NO_GROUP;
use crate::metrics::group_codes::Codes;
use crate::resource::{Attribute, ProtectedAttribute, TableId};

/// The attributes, and where the rows are.
pub(super) struct Groups<'a> {
    attributes: &'a [ProtectedAttribute],
    pairs: Vec<Pair<'a>>,
    rows: Rows<'a>,
}

enum Rows<'a> {
    /// All rows of the dataset judge. By attribute: its groups in the calibration set, and what group of
    /// the dataset each of them is; none of what the calibration set does not have.
    Tables(Vec<Option<(&'a ProtectedAttribute, Vec<u32>)>>),
    /// Rows of the dataset: these judge, the others calibrate.
    Split(Vec<bool>),
}

/// An attribute or a pair, with the groups of both kinds of rows. Codes are made when they are asked
/// for, so that those of one attribute are held at a time.
pub(super) struct Grouped<'a> {
    pub(super) attribute: &'a Attribute,
    pub(super) is_intersection: bool,
    /// Of the rows that judge.
    pub(super) judged: Vec<u32>,
    /// Of the rows that calibrate; none where the calibration set does not have the columns.
    pub(super) calibration: Option<Vec<u32>>,
}

impl<'a> Groups<'a> {
    /// Those of an experiment; `judged` says which rows of the dataset judge, where not all do.
    pub(super) fn of(
        inputs: &'a Inputs<'_>,
        judged: Option<Vec<bool>>,
        findings: &mut Findings,
    ) -> Self {
        // Without any attribute none was asked for.
        let attributes = inputs.resolved.protected().unwrap_or_default();
        let rows = judged.map_or_else(|| calibrated(inputs, attributes, findings), Rows::Split);
        Self {
            attributes,
            pairs: intersections::of(attributes, findings),
            rows,
        }
    }

    /// All of them, one after the other.
    pub(super) fn each(&self) -> impl Iterator<Item = Grouped<'_>> {
        let singles = self.attributes.iter().enumerate();
        let singles = singles.map(|(place, one)| self.single(place, one));
        singles.chain(self.pairs.iter().map(|pair| self.pair(pair)))
    }

    fn single<'s>(&'s self, place: usize, one: &'s ProtectedAttribute) -> Grouped<'s> {
        let (judged, calibration) = match &self.rows {
            Rows::Tables(calibration) => {
                let rows = calibration[place].as_ref().map(|(own, places)| {
                    own.codes.iter().map(|code| places[code as usize]).collect()
                });
                (one.codes.iter().collect(), rows)
            }
            Rows::Split(judged) => parted(&one.codes, judged),
        };
        Grouped {
            attribute: &one.attribute,
            is_intersection: false,
            judged,
            calibration,
        }
    }

    fn pair<'s>(&'s self, pair: &'s Pair<'_>) -> Grouped<'s> {
        let (judged, calibration) = match &self.rows {
            Rows::Tables(calibration) => {
                let (a, b) = pair.of;
                let both = calibration[a].as_ref().zip(calibration[b].as_ref());
                let rows = both.map(|((first, firsts), (second, seconds))| {
                    let rows = first.codes.iter().zip(second.codes.iter());
                    let code = |(a, b): (u32, u32)| {
                        pair.codes.code_of(firsts[a as usize], seconds[b as usize])
                    };
                    rows.map(code).collect()
                });
                let rows_judged = 0..pair.codes.rows();
                (rows_judged.map(|row| pair.codes.code(row)).collect(), rows)
            }
            Rows::Split(judged) => parted(&pair.codes, judged),
        };
        Grouped {
            attribute: &pair.attribute,
            is_intersection: true,
            judged,
            calibration,
        }
    }
}

/// The codes of the rows that judge, and of the others.
fn parted(codes: &dyn Codes, judged: &[bool]) -> (Vec<u32>, Option<Vec<u32>>) {
    let of = |wanted: bool| {
        let rows = judged
            .iter()
            .enumerate()
            .filter(|(_, judged)| **judged == wanted);
        rows.map(|(row, _)| codes.code(row)).collect()
    };
    (of(true), Some(of(false)))
}

/// The attributes in the calibration set.
fn calibrated<'a>(
    inputs: &'a Inputs<'_>,
    attributes: &'a [ProtectedAttribute],
    findings: &mut Findings,
) -> Rows<'a> {
    let there = inputs
        .resolved
        .protected_in(TableId::Calibration)
        .unwrap_or_default();
    let mut lacking = Vec::new();
    let own = attributes.iter().map(|one| {
        let name = &one.attribute.name;
        let mut protected = inputs.catalogue.experiment.protected.iter();
        let protected = protected.find(|protected| protected.name == *name);
        let found = there.iter().find(|own| own.attribute.name == *name);
        let Some((own, protected)) = found.zip(protected) else {
            lacking.push(name.as_str());
            return None;
        };
        let places = own.attribute.places_in(&one.attribute, protected);
        let places = places.into_iter().map(|place| place.unwrap_or(NO_GROUP));
        Some((own, places.collect()))
    });
    let own = own.collect();
    if !lacking.is_empty() {
        findings.note(format!(
            "the calibration set has no column {}: no sets with a quantile of its own for each group",
            listed(&lacking)
        ));
    }
    Rows::Tables(own)
}
