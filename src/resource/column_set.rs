//! Which columns of a table are read together.
//!
//! A set is what is asked for together and seldom apart, so that a need reads little that it does
//! not use, and a table of a thousand columns is still a handful of resources. The sets of a table
//! share no column.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::key::ModelId;
use super::reading::Reading;
use super::table_file::Wanted;

/// Columns of a table that are read together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnSet {
    /// The target; of a large text file, what is protected too.
    Outcome,
    /// The protected attributes, whether a model takes them or not.
    Protected,
    /// What else the validated model takes and looks at.
    Features,
    /// What else it takes, and never looks at.
    Unread,
    /// What only this model takes.
    Extra(ModelId),
    /// All that is not extra: reading some columns of a text file takes a pass over all of it, so there
    /// is one pass.
    All,
}

impl fmt::Display for ColumnSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome => f.pad("outcome"),
            Self::Protected => f.pad("protected"),
            Self::Features => f.pad("features"),
            Self::Unread => f.pad("never looked at"),
            Self::Extra(model) => write!(f, "only {}", model.name()),
            Self::All => f.pad("all"),
        }
    }
}

/// How often a table is passed over to read all of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passes {
    /// Each set is read by itself.
    ForEachSet,
    /// All sets are read at once.
    One,
    /// Of a large text file, what the rows are is read in one pass, and what feeds the models in another,
    /// which nobody need hold.
    Two,
}

impl Passes {
    /// The set that is read where this one is wanted.
    fn of(self, set: ColumnSet) -> ColumnSet {
        match (self, set) {
            (Self::One, _) => ColumnSet::All,
            (Self::Two, ColumnSet::Protected) => ColumnSet::Outcome,
            (_, set) => set,
        }
    }
}

/// The columns of a table that an experiment uses, in their sets, and as what they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedColumns(BTreeMap<ColumnSet, Columns>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Columns {
    names: Vec<String>,
    readings: Vec<Reading>,
}

impl Columns {
    fn push(&mut self, name: String, reading: Reading) {
        self.names.push(name);
        self.readings.push(reading);
    }

    fn reading(&self, name: &str) -> Option<Reading> {
        let place = self.names.iter().position(|known| known == name)?;
        self.readings.get(place).copied()
    }
}

impl UsedColumns {
    /// Puts the columns into the sets that are read at once. A column that is
    /// used twice is read once, as both. Of the features, those that the model looks at come first.
    pub(super) fn new(
        target: Option<Wanted>,
        protected: impl IntoIterator<Item = Wanted>,
        (read, features): (
            impl IntoIterator<Item = Wanted>,
            impl IntoIterator<Item = Wanted>,
        ),
        passes: Passes,
    ) -> Self {
        let outcome = merged(target);
        let protected = merged(protected);
        let (read, features) = (merged(read), merged(features));
        let reading = |name: &String| {
            let uses = [outcome.get(name), protected.get(name), features.get(name)];
            let uses = uses.into_iter().flatten();
            uses.fold(Reading::default(), |all, reading| all.and(*reading))
        };
        let mut seen = BTreeSet::new();
        let mut sets: BTreeMap<ColumnSet, Columns> = BTreeMap::new();
        for (set, columns) in [
            (ColumnSet::Outcome, &outcome),
            (ColumnSet::Protected, &protected),
            (ColumnSet::Features, &read),
            (ColumnSet::Unread, &features),
        ] {
            let set = passes.of(set);
            for column in columns.keys() {
                if seen.insert(column.clone()) {
                    let columns = sets.entry(set.clone()).or_default();
                    columns.push(column.clone(), reading(column));
                }
            }
        }
        Self(sets)
    }

    /// Adds a model: what of its columns is in none of the sets that all share, or not as it takes
    /// it, is a set of its own.
    pub(super) fn add(&mut self, model: &ModelId, columns: impl Iterator<Item = Wanted>) {
        let shared = self
            .0
            .iter()
            .filter(|(set, _)| !matches!(set, ColumnSet::Extra(_)));
        let shared: Vec<&Columns> = shared.map(|(_, columns)| columns).collect();
        let is_shared = |name: &str, reading: Reading| {
            let mut known = shared.iter().filter_map(|columns| columns.reading(name));
            known.any(|known| known.serves(reading))
        };
        let mut extra = Columns::default();
        for (name, reading) in merged(columns) {
            if !is_shared(&name, reading) {
                extra.push(name, reading);
            }
        }
        if !extra.names.is_empty() {
            self.0.insert(ColumnSet::Extra(model.clone()), extra);
        }
    }

    /// The sets that are not empty.
    pub fn sets(&self) -> impl Iterator<Item = &ColumnSet> {
        self.0.keys()
    }

    /// The columns of a set.
    pub fn of(&self, set: &ColumnSet) -> &[String] {
        self.0.get(set).map_or(&[], |columns| &columns.names)
    }

    /// The columns of a set, and as what they are read.
    pub(super) fn wanted(&self, set: &ColumnSet) -> Vec<Wanted> {
        let columns = self.0.get(set).into_iter();
        let columns = columns.flat_map(|columns| columns.names.iter().zip(&columns.readings));
        columns
            .map(|(name, reading)| (name.clone(), *reading))
            .collect()
    }

    /// All columns.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.0.values().flat_map(|columns| &columns.names)
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

/// Each column once, as what serves all that want it.
fn merged(columns: impl IntoIterator<Item = Wanted>) -> BTreeMap<String, Reading> {
    let mut merged: BTreeMap<String, Reading> = BTreeMap::new();
    for (name, reading) in columns {
        let known = merged.entry(name).or_default();
        *known = known.and(reading);
    }
    merged
}
