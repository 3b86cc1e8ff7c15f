//! Which columns of a table are read together.
//!
//! A set is what is asked for together and seldom apart, so that a need reads little that it does
//! not use, and a table of a thousand columns is still a handful of resources. The sets of a table
//! share no column.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::key::ModelId;

/// Columns of a table that are read together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnSet {
    /// The target.
    Outcome,
    /// The protected attributes, whether a model takes them or not.
    Protected,
    /// What else the validated model takes.
    Features,
    /// What only this model takes.
    Extra(ModelId),
    /// All that is not extra: reading some columns of a CSV file takes a pass over all of it, so there is
    /// one pass.
    All,
}

impl fmt::Display for ColumnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome => f.pad("outcome"),
            Self::Protected => f.pad("protected"),
            Self::Features => f.pad("features"),
            Self::Extra(model) => write!(f, "only {}", model.name()),
            Self::All => f.pad("all"),
        }
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
                    sets.entry(set.clone()).or_default().push(column);
                }
            }
        }
        Self(sets)
    }

    /// Adds a model: what of its columns is in none of the sets that all share is a set of its own.
    pub(super) fn add<'a>(&mut self, model: &ModelId, columns: impl Iterator<Item = &'a String>) {
        let shared = self
            .0
            .iter()
            .filter(|(set, _)| !matches!(set, ColumnSet::Extra(_)));
        let shared: BTreeSet<&String> = shared.flat_map(|(_, columns)| columns).collect();
        let extra: BTreeSet<&String> = columns.filter(|column| !shared.contains(column)).collect();
        let extra: Vec<String> = extra.into_iter().cloned().collect();
        if !extra.is_empty() {
            self.0.insert(ColumnSet::Extra(model.clone()), extra);
        }
    }

    /// The sets that are not empty.
    pub fn sets(&self) -> impl Iterator<Item = &ColumnSet> {
        self.0.keys()
    }

    /// The columns of a set.
    pub fn of(&self, set: &ColumnSet) -> &[String] {
        self.0.get(set).map_or(&[], Vec::as_slice)
    }

    /// All columns.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.0.values().flatten()
    }

    /// The sets in which these columns are, each once; extra sets are looked at for `model` alone.
    pub(super) fn holding<'a>(
        &self,
        names: impl Iterator<Item = &'a String>,
        model: Option<&ModelId>,
    ) -> Vec<ColumnSet> {
        let names: BTreeSet<&String> = names.collect();
        let is_open = |set: &&ColumnSet| match set {
            ColumnSet::Extra(of) => Some(of) == model,
            _ => true,
        };
        let holds = |set: &&ColumnSet| self.of(set).iter().any(|column| names.contains(column));
        self.sets().filter(is_open).filter(holds).cloned().collect()
    }
}
