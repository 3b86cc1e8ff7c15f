//! The protected attributes of the dataset, as groups.

use std::collections::HashSet;

use super::table::{Column, MISSING, NumberKind, Table, same_value};
use crate::experiment::Protected;
use crate::vocabulary::{Grouping, Problem};

/// More groups than these say nothing about any of them, and cost memory and time for each.
const MOST_GROUPS: usize = 10_000;

/// A protected attribute: its groups, and the group of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtectedAttribute {
    /// The column.
    pub name: String,
    /// Group names; all of them occur.
    pub groups: Vec<String>,
    /// One a row: an index into `groups`.
    pub codes: Vec<u32>,
    /// The group that the experiment calls privileged; whether it is there is for those to say who
    /// hold others against it.
    pub privileged: Option<String>,
}

impl ProtectedAttribute {
    /// Groups a column of the table. Missing values are a group of their own.
    pub fn of(table: &Table, protected: &Protected) -> Result<Self, Problem> {
        let column = table.column(&protected.name)?;
        if protected.grouping == Grouping::Categories {
            check_groups(&protected.name, table.spelt(&protected.name)?)?;
        }
        let (names, codes) = match (&protected.grouping, column) {
            (Grouping::Categories, _) => table.spelt(&protected.name)?.categories(),
            (Grouping::CutPoints(cuts), Column::Numbers { values, kind }) => {
                (interval_names(cuts, *kind), interval_codes(cuts, values))
            }
            (Grouping::CutPoints(_), Column::Texts { .. }) => {
                return Err(Problem::new(format!(
                    "the protected attribute `{}` holds texts, so it has no cut points",
                    protected.name
                ))
                .remedy("write \"categories\""));
            }
        };
        let mut attribute = Self::from_codes(&protected.name, &names, codes);
        let privileged = protected.privileged.as_deref();
        attribute.privileged = privileged.map(|group| attribute.spelling_of(group).to_owned());
        Ok(attribute)
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

    /// Leaves out groups that do not occur, and names the missing ones.
    fn from_codes(name: &str, names: &[String], mut codes: Vec<u32>) -> Self {
        let missing = names.len() as u32;
        let mut counts = vec![0_usize; names.len() + 1];
        for code in &mut codes {
            if *code == MISSING {
                *code = missing;
            }
            counts[*code as usize] += 1;
        }
        let mut new_codes = vec![0; counts.len()];
        let mut groups = Vec::new();
        for (code, count) in counts.iter().enumerate() {
            new_codes[code] = groups.len() as u32;
            if *count > 0 {
                let group = names.get(code).map_or("missing", String::as_str);
                groups.push(group.to_owned());
            }
        }
        for code in &mut codes {
            *code = new_codes[*code as usize];
        }
        Self {
            name: name.to_owned(),
            groups,
            codes,
            privileged: None,
        }
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> u64 {
        let names: usize = self.groups.iter().map(String::len).sum();
        (self.codes.len() * size_of::<u32>() + names) as u64
    }
}

/// That a column makes no more groups than can be compared, before any is made.
fn check_groups(name: &str, column: &Column) -> Result<(), Problem> {
    let (groups, remedy) = match column {
        Column::Texts { categories, .. } => (
            categories.len(),
            "name a column with fewer groups, such as the first digits of a code",
        ),
        Column::Numbers { values, .. } => {
            let mut distinct = HashSet::new();
            let values = values.iter().filter(|value| !value.is_nan());
            for value in values {
                distinct.insert(value.to_bits());
                if distinct.len() > MOST_GROUPS {
                    break;
                }
            }
            (
                distinct.len(),
                "give it cut points in place of \"categories\", or name a column with fewer groups",
            )
        }
    };
    if groups <= MOST_GROUPS {
        return Ok(());
    }
    Err(Problem::new(format!(
        "the protected attribute `{name}` has more than {MOST_GROUPS} groups, which are too many to \
         compare"
    ))
    .in_column(name)
    .remedy(remedy))
}

/// `[lo,hi)`: a value equal to a cut point is in the group above it.
fn interval_codes(cuts: &[f64], values: &[f64]) -> Vec<u32> {
    let code = |value: &f64| {
        if value.is_nan() {
            MISSING
        } else {
            cuts.partition_point(|cut| cut <= value) as u32
        }
    };
    values.iter().map(code).collect()
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
