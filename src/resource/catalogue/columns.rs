//! Which columns of each table are used, and how large they are thought to be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::Catalogue;
use crate::experiment::Protected;
use crate::inference::ScoreKind;
use crate::resource::column_set::{ColumnSet, Passes, UsedColumns};
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::matching::InputPlan;
use crate::resource::reading::Reading;
use crate::resource::table::ColumnType;
use crate::resource::table_file::{TableSchema, Wanted, is_large_text, is_text};
use crate::vocabulary::{Grouping, TableOptions, Task};

/// See [`Catalogue::has_many_rows`].
const MANY_ROWS: usize = 20_000_000;
/// See [`Catalogue::has_much_text`].
const MUCH_TEXT: u64 = 128 << 20;

impl Catalogue {
    /// Finds the columns of every table, as far as the validated model is known.
    pub(super) fn use_columns(&mut self) {
        let target = (
            self.experiment.dataset.target.clone(),
            self.outcome_reading(),
        );
        let is_labelled = self.is_labelled(&TableId::Dataset);
        let model = self.bound(&self.validated());
        let inputs = model.iter().flat_map(|model| &model.inputs);
        let read: Vec<Wanted> = inputs.clone().flat_map(InputPlan::wanted).collect();
        let features: Vec<Wanted> = inputs.flat_map(InputPlan::wanted_in_all).collect();
        let protected = self.experiment.protected.iter();
        let protected = protected.map(|protected| {
            let reading = match protected.grouping {
                Grouping::Categories => Reading::NAMES,
                Grouping::CutPoints(_) => Reading::NUMBERS,
            };
            (protected.name.clone(), reading)
        });
        let protected: Vec<Wanted> = protected.collect();
        let tables: Vec<_> = self
            .tables()
            .map(|(id, path)| (id.clone(), path.to_owned()))
            .collect();
        for (id, path) in tables {
            let protected = match id {
                TableId::Dataset => protected.clone(),
                TableId::Calibration => {
                    let is_there = |name: &String| self.has_column(&id, name, &features);
                    let there = protected.iter().filter(|(name, _)| is_there(name));
                    there.cloned().collect()
                }
                _ => Vec::new(),
            };
            let passes = match (is_text(&path), is_large_text(&path)) {
                (_, true) => Passes::Two,
                (true, false) => Passes::One,
                (false, false) => Passes::ForEachSet,
            };
            // Whether an alternative table has labels is seen once it is read.
            let has_target = is_labelled || id != TableId::Dataset;
            let used = UsedColumns::new(
                has_target.then(|| target.clone()),
                protected,
                (read.clone(), features.clone()),
                passes,
            );
            self.columns.insert(id, Arc::new(used));
        }
    }

    /// Has a table beside the dataset this column? As long as its schema is not known, those that the
    /// model takes.
    fn has_column(&self, table: &TableId, name: &str, features: &[Wanted]) -> bool {
        match self.facts.schema(table) {
            Some(schema) => schema.has(name),
            None => features.iter().any(|(feature, _)| feature == name),
        }
    }

    /// The protected attributes whose columns a table has, as far as that is known.
    pub fn protected_in(&self, table: &TableId) -> Vec<&Protected> {
        let used = self.columns.get(table);
        let is_there = |protected: &&Protected| match table {
            TableId::Dataset => true,
            _ => used.is_some_and(|used| used.all().any(|name| *name == protected.name)),
        };
        self.experiment.protected.iter().filter(is_there).collect()
    }

    /// What the target is read as: numbers where the task is a regression, else classes.
    fn outcome_reading(&self) -> Reading {
        let model = self.bound(&self.validated());
        let score = model.map(|model| model.header.signature.score);
        let target = &self.experiment.dataset.target;
        let table = self.labelled_table();
        let schema = table.and_then(|table| self.facts.schema(&table));
        let column_type = schema.and_then(|schema| schema.column_type(target));
        if !column_type.is_some_and(ColumnType::is_numbers) {
            return Reading::NAMES;
        }
        match (&self.experiment.dataset.task, score) {
            (Some(Task::Regression), _) | (None, Some(ScoreKind::Regression { .. })) => {
                Reading::NUMBERS
            }
            _ => Reading::NAMES,
        }
    }

    /// Adds what another model takes.
    pub(super) fn add_columns(&mut self, model: &ModelId, columns: &[Wanted]) {
        let is_of_all = matches!(model, ModelId::Quantile(_));
        for (id, used) in &mut self.columns {
            if is_of_all || *id == TableId::Dataset {
                Arc::make_mut(used).add(model, columns.iter().cloned());
            }
        }
    }

    /// How a table is written, where its owner says so. Files of scores are as other programs
    /// write them.
    pub(in crate::resource) fn table_options(&self, id: &TableId) -> TableOptions {
        match id {
            TableId::Dataset | TableId::Calibration | TableId::Alternative(_) => {
                self.experiment.dataset.tables.clone()
            }
            TableId::Scores | TableId::ExpectedScores => TableOptions::default(),
        }
    }

    /// The columns of a table that are used.
    pub fn used_columns(&self, id: &TableId) -> Option<&UsedColumns> {
        self.columns.get(id).map(Arc::as_ref)
    }

    /// The sets that hold these columns of a table.
    pub fn columns<'a>(
        &self,
        table: &TableId,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Vec<Key> {
        self.columns_for(None, table, names)
    }

    pub(in crate::resource) fn columns_for<'a>(
        &self,
        model: Option<&ModelId>,
        table: &TableId,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Vec<Key> {
        let used = self.columns.get(table);
        let sets = used.map(|used| used.holding(names.into_iter(), model));
        let key = |set| Key::Columns {
            table: table.clone(),
            set,
        };
        sets.unwrap_or_default().into_iter().map(key).collect()
    }

    /// The sets of a table's columns that a model looks at; none as long as its header is not known.
    pub(in crate::resource) fn columns_fed(&self, model: &ModelId, table: &TableId) -> Vec<Key> {
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        self.columns_for(Some(model), table, inputs.flat_map(InputPlan::read))
    }

    /// The columns of a table that a model looks at, each once.
    pub(in crate::resource) fn columns_read(&self, model: &ModelId) -> Vec<String> {
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let read: BTreeSet<&String> = inputs.flat_map(InputPlan::read).collect();
        read.into_iter().cloned().collect()
    }

    /// These columns of a table, as they are read where they are held: others may want more of a column
    /// than they do who ask. Columns that only one model takes are there for that one.
    pub(in crate::resource) fn wanted_as_held<'a>(
        &self,
        model: Option<&ModelId>,
        table: &TableId,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Vec<Wanted> {
        let taken: BTreeSet<&String> = names.into_iter().collect();
        let used = self.columns.get(table);
        let sets = used.map(|used| used.holding(taken.iter().copied(), model));
        let wanted = used.into_iter().flat_map(|used| {
            let sets = sets.iter().flatten();
            sets.flat_map(|set| used.wanted(set))
        });
        let mut columns: BTreeMap<String, Reading> = BTreeMap::new();
        for (name, reading) in wanted.filter(|(name, _)| taken.contains(name)) {
            let known = columns.entry(name).or_default();
            *known = known.and(reading);
        }
        columns.into_iter().collect()
    }

    /// A table and its outcomes.
    pub fn outcomes(&self, table: &TableId) -> Vec<Key> {
        let mut keys = vec![Key::Table(table.clone())];
        keys.extend(self.columns(table, [&self.experiment.dataset.target]));
        keys
    }

    /// A table and all of its columns that the experiment uses.
    pub fn whole_table(&self, table: &TableId) -> Vec<Key> {
        let mut keys = vec![Key::Table(table.clone())];
        let used = self.columns.get(table);
        keys.extend(
            used.into_iter()
                .flat_map(|used| used.sets())
                .map(|set| Key::Columns {
                    table: table.clone(),
                    set: set.clone(),
                }),
        );
        keys
    }

    /// Bytes that columns are thought to take: by the schema, or, as long as that is not known, by
    /// the length of the file and what the dataset's takes for its length.
    pub(in crate::resource) fn column_bytes(&self, id: &TableId, set: &ColumnSet) -> Option<u64> {
        let names = self.columns.get(id)?.of(set);
        let path = self.tables.get(id)?;
        let dataset = self.facts.schema(&TableId::Dataset)?;
        if let Some(schema) = self.facts.schema(id) {
            return match schema.rows.or(schema.about_rows) {
                Some(rows) => {
                    let texts = names.iter().filter_map(|name| schema.text_bytes.get(name));
                    let bytes = (rows as u64).saturating_mul(row_bytes(schema, names));
                    Some(texts.fold(bytes, |bytes, texts| bytes.saturating_add(*texts)))
                }
                None => length(path),
            };
        }
        let rows = dataset.rows.or(dataset.about_rows)? as f64 / self.length_of_dataset()? as f64;
        let rows = rows * length(path)? as f64;
        Some((rows * row_bytes(dataset, names) as f64) as u64)
    }

    /// Are there more rows than are worth reading before anything is asked of them?
    pub fn has_many_rows(&self, id: &TableId) -> bool {
        let rows = self.facts.schema(id).and_then(|schema| schema.rows);
        rows.is_some_and(|rows| rows > MANY_ROWS)
    }

    /// Do the texts that are used unpack to more than is worth reading before anything is asked of them?
    pub fn has_much_text(&self, id: &TableId) -> bool {
        let (Some(schema), Some(used)) = (self.facts.schema(id), self.columns.get(id)) else {
            return false;
        };
        let texts = used.all().filter_map(|name| schema.text_bytes.get(name));
        texts.fold(0, |all: u64, bytes| all.saturating_add(*bytes)) > MUCH_TEXT
    }

    /// Rows of a table: those of its schema or, as long as that is not known, by its length.
    pub fn rows(&self, id: &TableId) -> Option<usize> {
        if let Some(schema) = self.facts.schema(id) {
            return schema.rows.or(schema.about_rows);
        }
        let dataset = self.facts.schema(&TableId::Dataset)?;
        let dataset = dataset.rows.or(dataset.about_rows)? as f64;
        let share = length(self.tables.get(id)?)? as f64 / self.length_of_dataset()? as f64;
        Some((dataset * share) as usize)
    }

    /// None where it cannot be divided by: the file may have been cut since its schema was read.
    fn length_of_dataset(&self) -> Option<u64> {
        length(self.tables.get(&TableId::Dataset)?).filter(|length| *length > 0)
    }
}

fn row_bytes(schema: &TableSchema, names: &[String]) -> u64 {
    let in_memory = names.iter().filter(|name| !schema.mapped.contains(*name));
    let types = in_memory.filter_map(|name| schema.column_type(name));
    types.map(ColumnType::bytes_per_row).sum()
}

/// A file's length.
pub(in crate::resource) fn length(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|m| m.len())
}
