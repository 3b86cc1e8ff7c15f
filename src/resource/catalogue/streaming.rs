//! What takes its columns from a file in parts, and what that works with.

use std::collections::BTreeSet;

use super::Catalogue;
use crate::inference::ElementType;
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::kind::{constraints, protected, survey};
use crate::resource::predictions::batch_rows;
use crate::resource::table::{ColumnType, NumberKind};
use crate::resource::table_file::{is_read_in_batches, is_text};
use crate::vocabulary::RunsOn;

const VALUE: u64 = size_of::<f64>() as u64;
const CODE: u64 = size_of::<u32>() as u64;
/// A feature is permuted no more often.
const MOST_REPEATS: u64 = 10;

impl Catalogue {
    /// Does it take its columns batch by batch, as they are taken now?
    pub fn is_streamed(&self, key: &Key) -> bool {
        !self.ways.0.is_empty()
            && self.takes_batches(key)
            && self.is_any_streamed(&self.columns_passed(key))
    }

    /// Does a survey take the columns of a table from its file, as they are taken now?
    pub(in crate::resource) fn is_table_streamed(&self, survey: &Key, table: &TableId) -> bool {
        !self.ways.0.is_empty()
            && self.has_columns_apart(table)
            && self.is_any_streamed(&survey::columns(self, survey, table))
    }

    fn is_any_streamed(&self, sets: &[Key]) -> bool {
        let mut sets = sets.iter();
        sets.any(|set| self.way(set).is_some_and(|way| way.is_streamed()))
    }

    /// The sets of columns that a load passes over batch by batch.
    fn columns_passed(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::Predictions { model, table, .. } => self.columns_fed(model, table),
            Key::ProtectedAttributes(table) => protected::made_of(self, table),
            _ => Vec::new(),
        }
    }

    /// Can the rows of a table be taken batch by batch?
    fn has_batches(&self, table: &TableId) -> bool {
        let is_table = self.table_path(table).is_ok_and(is_read_in_batches);
        let schema = self.schema(table);
        is_table && schema.is_some_and(|schema| schema.rows.or(schema.about_rows).is_some())
    }

    /// Can the columns of a table be taken one at a time, and is it known how many rows they have? A text
    /// file has to be read for either.
    pub(super) fn has_columns_apart(&self, table: &TableId) -> bool {
        let is_typed = !self.table_path(table).is_ok_and(is_text);
        let schema = self.schema(table);
        is_typed && self.has_batches(table) && schema.is_some_and(|schema| schema.rows.is_some())
    }

    /// Can it take a set of columns batch by batch, or column by column?
    pub(super) fn takes_in_parts(&self, key: &Key, columns: &Key) -> bool {
        let Key::Columns { table, .. } = columns else {
            return false;
        };
        match key {
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                self.has_columns_apart(table) && survey::columns(self, key, table).contains(columns)
            }
            key => self.takes_batches(key),
        }
    }

    /// Can it take its columns batch by batch? Where rows are scored together there are no batches, and
    /// what disturbs rows, or takes those of a shard, must know how many there are.
    fn takes_batches(&self, key: &Key) -> bool {
        let (model, table) = match key {
            Key::Predictions {
                model,
                table,
                disturbance: None,
                shard: None,
            } => (model, table),
            Key::Predictions { model, table, .. } if self.has_columns_apart(table) => {
                (model, table)
            }
            // What the groups of a text file are called, only all rows tell.
            Key::ProtectedAttributes(table) => {
                let is_typed = !self.table_path(table).is_ok_and(is_text);
                return is_typed && self.has_batches(table);
            }
            _ => return false,
        };
        self.has_batches(table)
            && self.precomputed_for(key).is_none()
            && self
                .bound(model)
                .is_some_and(|bound| bound.mixing.is_none())
    }

    /// The columns of which a disturbance takes values from any row: they are there as a whole.
    pub(in crate::resource) fn taken_from_any_row(&self, key: &Key) -> BTreeSet<String> {
        let Key::Predictions {
            model,
            table,
            disturbance: Some(disturbance),
            ..
        } = key
        else {
            return BTreeSet::new();
        };
        let schema = self.schema(table);
        let is_quantity = |element: ElementType, name: &str| {
            let column_type = schema.and_then(|schema| schema.column_type(name));
            let number = Some(ColumnType::Number(NumberKind::Float));
            let whole = Some(ColumnType::Number(NumberKind::Integer));
            element != ElementType::Text && (column_type == number || column_type == whole)
        };
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let columns = inputs.flat_map(|input| input.read().map(|name| (input.element, name)));
        let taken = columns.filter(|(element, name)| {
            let is_category = !is_quantity(*element, name);
            disturbance.kind.takes_from_any_row(name, is_category)
        });
        taken.map(|(_, name)| name.clone()).collect()
    }

    /// Bytes that a load works with while it runs: what is streamed is not among its inputs.
    pub fn working_bytes(&self, key: &Key) -> u64 {
        match key {
            Key::Predictions { .. } if self.is_streamed(key) => self.prediction_bytes(key),
            Key::ProtectedAttributes(table) if self.is_streamed(key) => {
                let names = self.protected_in(table).into_iter().map(|p| &*p.name);
                self.working_bytes_of(table, names.map(|name| (name, 0)))
            }
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                self.survey_bytes(key)
            }
            Key::Constraints => constraints::working_bytes(self),
            _ => 0,
        }
    }

    fn prediction_bytes(&self, key: &Key) -> u64 {
        let Key::Predictions {
            model,
            table,
            disturbance,
            ..
        } = key
        else {
            return 0;
        };
        // What is drawn for a value, and the value that comes of it.
        let drawn = if disturbance.is_some() { 3 * VALUE } else { 0 };
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let columns = inputs.flat_map(|input| {
            let width = input.element.bytes_fed() + drawn;
            input.read().map(move |name| (name.as_str(), width))
        });
        let rows = self.rows(table).unwrap_or(0) as u64;
        let whole = self.taken_from_any_row(key).len() as u64;
        // A column as a whole, and an order of its rows for each repeat that permutes it.
        let a_row = VALUE + MOST_REPEATS * CODE;
        let whole = whole.saturating_mul(rows).saturating_mul(a_row);
        self.working_bytes_of(table, columns).saturating_add(whole)
    }

    fn survey_bytes(&self, key: &Key) -> u64 {
        let mut tables = survey::tables(self, key).into_iter();
        if !tables.any(|table| self.is_table_streamed(key, &table)) {
            return 0;
        }
        let rows = survey::tables(self, key).into_iter();
        let rows = rows.filter_map(|table| self.rows(&table)).max();
        let workers = self.settings.threads.max(1) as u64;
        survey::working_bytes(self, key, (rows.unwrap_or(0) as u64, workers))
    }

    /// Bytes that these columns take while they are streamed, each with those of a value as the model
    /// takes it: the pages at hand, the rows of a batch, and the same rows as they are fed.
    pub(super) fn working_bytes_of<'a>(
        &self,
        table: &TableId,
        columns: impl Iterator<Item = (&'a str, u64)>,
    ) -> u64 {
        let Some(schema) = self.schema(table) else {
            return 0;
        };
        let rows = batch_rows(self.settings.chunk_rows, self.settings.threads);
        let all = schema.rows.or(schema.about_rows);
        let rows = all.map_or(rows, |all| all.min(rows)) as u64;
        let columns = columns.map(|(name, width)| {
            let held = schema
                .column_type(name)
                .map_or(8, ColumnType::bytes_per_row);
            let pages = schema.page_bytes.get(name).copied().unwrap_or(0);
            // A page is unpacked beside the bytes that it is unpacked from.
            pages.saturating_add(rows * (held + width))
        });
        columns.fold(0, u64::saturating_add)
    }

    /// Chunks that are scored side by side: ONNX Runtime runs a model on one at a time.
    pub(in crate::resource) fn lanes_of(&self, model: &ModelId) -> usize {
        let runs_on = self.bound(model).map(|bound| bound.backend.runs_on());
        match runs_on {
            Some(RunsOn::Native) => self.settings.threads.max(1),
            _ => 1,
        }
    }
}
