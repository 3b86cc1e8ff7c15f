//! Which columns of a table are read together.
//!
//! A set is what is asked for together and seldom apart, so that a need reads little that it does
//! not use, and a table of a thousand columns is still a handful of resources. The sets of a table
//! share no column.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Columns of a table that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnSet {
    /// The target.
    Outcome,
    /// The protected attributes, whether a model takes them or not.
    Protected,
    /// What else a model takes.
    Features,
    /// All of these: reading some columns of a CSV file takes a pass over all of it, so there is
    /// one pass.
    All,
}

impl fmt::Display for ColumnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Outcome => "outcome",
            Self::Protected => "protected",
            Self::Features => "features",
            Self::All => "all",
        })
    }
}

/// The columns of a table that an experiment uses, in their sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedColumns(BTreeMap<ColumnSet, Vec<String>>);

impl UsedColumns {
    /// Puts the columns into their sets; `in_one_pass` puts all of them into one.
    pub(super) fn new(
        target: &str,
        protected: impl IntoIterator<Item = String>,
        features: impl IntoIterator<Item = String>,
        in_one_pass: bool,
    ) -> Self {
        let outcome = BTreeSet::from([target.to_owned()]);
        let protected: BTreeSet<String> = protected.into_iter().collect();
        let features: BTreeSet<String> = features.into_iter().collect();
        let mut seen = BTreeSet::new();
        let mut sets: BTreeMap<ColumnSet, Vec<String>> = BTreeMap::new();
        for (set, columns) in [
            (ColumnSet::Outcome, outcome),
            (ColumnSet::Protected, protected),
            (ColumnSet::Features, features),
        ] {
            let set = if in_one_pass { ColumnSet::All } else { set };
            for column in columns {
                if seen.insert(column.clone()) {
                    sets.entry(set).or_default().push(column);
                }
            }
        }
        Self(sets)
    }

    /// The sets that are not empty.
    pub fn sets(&self) -> impl Iterator<Item = ColumnSet> {
        self.0.keys().copied()
    }

    /// The columns of a set.
    pub fn of(&self, set: ColumnSet) -> &[String] {
        self.0.get(&set).map_or(&[], Vec::as_slice)
    }

    /// All columns.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.0.values().flatten()
    }

    /// The sets in which these columns are, each once.
    pub(super) fn holding<'a>(&self, names: impl Iterator<Item = &'a String>) -> Vec<ColumnSet> {
        let names: BTreeSet<&String> = names.collect();
        let holds = |set: &ColumnSet| self.of(*set).iter().any(|column| names.contains(column));
        self.sets().filter(holds).collect()
    }
}
