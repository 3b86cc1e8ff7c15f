//! The protected attributes of the dataset, as groups: gathered from rows that come a part at a time, or
//! all at once.

use std::collections::HashMap;

use super::table::{Column, MISSING, NumberKind, Table, number_text, same_value, unsigned_zero};
use crate::experiment::Protected;
use crate::metrics::group_codes::GroupCodes;
use crate::vocabulary::{Grouping, Problem};

/// More groups than these say nothing about any of them, and cost memory and time for each.
const MOST_GROUPS: usize = 10_000;

/// Bytes of the names of all groups: every metric of a group is called by its name, in the log and in
/// reports, so that long ones cost a hundred times what they take in the table.
const MOST_NAME_BYTES: usize = 1 << 20;

/// What the group of missing values is called.
const MISSING_GROUP: &str = "missing";

/// The groups of a protected attribute.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The column.
    pub name: String,
    /// Group names; all of them occur.
    pub groups: Vec<String>,
    /// The group that the experiment calls privileged; whether it is there is for those to say who
    /// hold others against it.
    pub privileged: Option<String>,
}

/// A protected attribute: its groups, and the group of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtectedAttribute {
    /// Its groups.
    pub attribute: Attribute,
    /// One a row: an index into the groups.
    pub codes: GroupCodes,
}

impl ProtectedAttribute {
    /// Groups a column of the table. Missing values are a group of their own.
    pub fn of(table: &Table, protected: &Protected) -> Result<Self, Problem> {
        let mut gathered = Gathered::new(protected, table.rows);
        gathered.add(table)?;
        Ok(gathered.finish())
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> u64 {
        let names: usize = self.attribute.groups.iter().map(String::len).sum();
        (self.codes.bytes() + names) as u64
    }
}

impl Attribute {
    /// By group of this attribute in another table: its place among the groups of this one in the
    /// dataset, where it is there. Tables may write the same group in another spelling, and whole numbers
    /// as fractions.
    pub fn places_in(&self, dataset: &Self, protected: &Protected) -> Vec<Option<u32>> {
        let spellings: Vec<Vec<String>> = match &protected.grouping {
            Grouping::Categories => Vec::new(),
            Grouping::CutPoints(cuts) => [NumberKind::Integer, NumberKind::Float]
                .map(|kind| interval_names(cuts, kind))
                .to_vec(),
        };
        let interval = |name: &String| {
            let mut spellings = spellings.iter();
            spellings.find_map(|names| names.iter().position(|known| known == name))
        };
        let place = |group: &String| {
            let exact = dataset.groups.iter().position(|own| own == group);
            let place = exact.or_else(|| {
                let mut groups = dataset.groups.iter();
                if let Some(place) = interval(group) {
                    return groups.position(|own| interval(own) == Some(place));
                }
                let own = dataset.spelling_of(group);
                groups.position(|known| known == own)
            });
            place.map(|place| place as u32)
        };
        self.groups.iter().map(place).collect()
    }

    /// A group as the table writes it, where it is there in another spelling: `1` for `true`.
    fn spelling_of<'a>(&'a self, group: &'a str) -> &'a str {
        let is_there = self.groups.iter().any(|own| own == group);
        let mut same = self.groups.iter().filter(|own| same_value(own, group));
        match (is_there, same.next(), same.next()) {
            (false, Some(own), None) => own,
            _ => group,
        }
    }
}

/// The groups of an attribute, and the group of every row, so far: codes are in the order in which
/// groups are met.
pub(super) struct Gathered<'a> {
    protected: &'a Protected,
    met: Met,
    /// By code.
    names: Vec<Name>,
    /// Of those that are texts.
    name_bytes: usize,
    codes: GroupCodes,
    /// Of the numbers, if they are such.
    kind: NumberKind,
}

/// The codes of what was met.
#[derive(Default)]
struct Met {
    texts: HashMap<String, u32>,
    /// By the bits of a number.
    numbers: HashMap<u64, u32>,
    /// By the place between cut points.
    intervals: HashMap<usize, u32>,
    missing: Option<u32>,
}

/// A group, in the order of groups.
#[derive(Clone, Debug)]
enum Name {
    Interval(usize),
    Number(f64),
    Text(String),
    Missing,
}

impl Name {
    fn rank(&self) -> u8 {
        match self {
            Self::Interval(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Missing => 3,
        }
    }

    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Interval(one), Self::Interval(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl<'a> Gathered<'a> {
    /// Nothing yet, with room for so many rows.
    pub(super) fn new(protected: &'a Protected, rows: usize) -> Self {
        Self {
            protected,
            met: Met::default(),
            names: Vec::new(),
            name_bytes: 0,
            codes: GroupCodes::with_capacity(rows),
            kind: NumberKind::Float,
        }
    }

    /// Adds the next rows.
    pub(super) fn add(&mut self, table: &Table) -> Result<(), Problem> {
        let name = &self.protected.name;
        match &self.protected.grouping {
            Grouping::Categories => match table.spelt(name)? {
                Column::Texts { categories, codes } => self.add_texts(categories, codes),
                Column::Numbers { values, kind } => {
                    self.kind = *kind;
                    self.add_numbers(values)
                }
            },
            Grouping::CutPoints(cuts) => match table.column(name)? {
                Column::Numbers { values, kind } => {
                    self.kind = *kind;
                    self.add_intervals(cuts, values);
                    Ok(())
                }
                Column::Texts { .. } => Err(Problem::new(format!(
                    "the protected attribute `{name}` holds texts, so it has no cut points"
                ))
                .remedy("write \"categories\"")),
            },
        }
    }

    fn add_texts(&mut self, categories: &[String], codes: &[u32]) -> Result<(), Problem> {
        let mut known: Vec<Option<u32>> = vec![None; categories.len()];
        for &place in codes {
            let code = if place == MISSING {
                self.missing()
            } else if let Some(code) = known[place as usize] {
                code
            } else {
                let text = &categories[place as usize];
                let code = if let Some(code) = self.met.texts.get(text) {
                    *code
                } else {
                    self.name_bytes += text.len();
                    if self.name_bytes > MOST_NAME_BYTES {
                        return Err(self.too_long());
                    }
                    let code = met(&mut self.names, Name::Text(text.clone()));
                    self.met.texts.insert(text.clone(), code);
                    if self.met.texts.len() > MOST_GROUPS {
                        return Err(self.too_many(
                            "name a column with fewer groups, such as the first digits of a code",
                        ));
                    }
                    code
                };
                known[place as usize] = Some(code);
                code
            };
            self.codes.push(code);
        }
        Ok(())
    }

    fn add_numbers(&mut self, values: &[f64]) -> Result<(), Problem> {
        let mut last: Option<(u64, u32)> = None;
        for &value in values {
            let value = unsigned_zero(value);
            let bits = value.to_bits();
            let code = match last {
                _ if value.is_nan() => self.missing(),
                Some((known, code)) if known == bits => code,
                _ if self.met.numbers.contains_key(&bits) => self.met.numbers[&bits],
                _ => {
                    let code = met(&mut self.names, Name::Number(value));
                    self.met.numbers.insert(bits, code);
                    if self.met.numbers.len() > MOST_GROUPS {
                        return Err(self.too_many(
                            "give it cut points in place of \"categories\", or name a column with \
                             fewer groups",
                        ));
                    }
                    code
                }
            };
            if !value.is_nan() {
                last = Some((bits, code));
            }
            self.codes.push(code);
        }
        Ok(())
    }

    /// `[lo,hi)`: a value equal to a cut point is in the group above it.
    fn add_intervals(&mut self, cuts: &[f64], values: &[f64]) {
        for value in values {
            let code = if value.is_nan() {
                self.missing()
            } else {
                let place = cuts.partition_point(|cut| cut <= value);
                let names = &mut self.names;
                let known = self.met.intervals.entry(place);
                *known.or_insert_with(|| met(names, Name::Interval(place)))
            };
            self.codes.push(code);
        }
    }

    fn missing(&mut self) -> u32 {
        let names = &mut self.names;
        *self
            .met
            .missing
            .get_or_insert_with(|| met(names, Name::Missing))
    }

    /// That there are more groups than can be compared.
    fn too_many(&self, remedy: &str) -> Problem {
        let name = &self.protected.name;
        Problem::new(format!(
            "the protected attribute `{name}` has more than {MOST_GROUPS} groups, which are too many to \
             compare"
        ))
        .in_column(name)
        .remedy(remedy)
    }

    /// That its groups are no names.
    fn too_long(&self) -> Problem {
        let name = &self.protected.name;
        Problem::new(format!(
            "the groups of the protected attribute `{name}` have names of more than {MOST_NAME_BYTES} bytes \
             together, which are too long to be told"
        ))
        .in_column(name)
        .remedy("name a column with shorter texts, such as a code")
    }

    /// The attribute, its groups in order, that of missing values last.
    pub(super) fn finish(self) -> ProtectedAttribute {
        let intervals = match &self.protected.grouping {
            Grouping::Categories => Vec::new(),
            Grouping::CutPoints(cuts) => interval_names(cuts, self.kind),
        };
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by(|one, other| self.names[*one].order(&self.names[*other]));
        let mut codes = vec![0; order.len()];
        for (place, code) in order.iter().enumerate() {
            codes[*code] = place as u32;
        }
        let groups = order.iter().map(|code| match &self.names[*code] {
            Name::Interval(place) => intervals[*place].clone(),
            Name::Number(value) => number_text(*value, self.kind),
            Name::Text(text) => text.clone(),
            Name::Missing => MISSING_GROUP.to_owned(),
        });
        let mut attribute = Attribute {
            name: self.protected.name.clone(),
            groups: groups.collect(),
            privileged: None,
        };
        let privileged = self.protected.privileged.as_deref();
        attribute.privileged = privileged.map(|group| attribute.spelling_of(group).to_owned());
        ProtectedAttribute {
            attribute,
            codes: self.codes.renamed(&codes),
        }
    }
}

/// Notes a group that was not met before, and gives its code.
fn met(names: &mut Vec<Name>, name: Name) -> u32 {
    names.push(name);
    (names.len() - 1) as u32
}

/// `<25`, `25-44`, `45-64`, `65+` for whole numbers; half-open intervals otherwise.
fn interval_names(cuts: &[f64], kind: NumberKind) -> Vec<String> {
    let whole = kind == NumberKind::Integer && cuts.iter().all(|c| c.fract() == 0.0);
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
        return vec!["all".to_owned()];
    };
    let mut names = vec![format!("<{first}")];
    for pair in cuts.windows(2) {
        names.push(match (whole, pair[1] - 1.0) {
            (true, end) if end <= pair[0] => format!("{}", pair[0]),
            (true, end) => format!("{}-{end}", pair[0]),
            (false, _) => format!("[{},{})", pair[0], pair[1]),
        });
    }
    names.push(format!("{last}+"));
    names
}
