//! What the engine asks about the resources.

use std::path::Path;
use std::sync::Arc;

use super::Catalogue;
use super::columns::length;
use crate::engine::{
    FileId, LoadContext, LoadError, Loaded, Member, Packed, Recipe, Storage, Workload,
};
use crate::inference::{self, OpenOptions};
use crate::resource::kept;
use crate::resource::kind::{
    columns, constraints, file, header, hyperparameters, model, parity, predictions, protected,
    runtime, schema, score_sample, survey, target_values,
};
use crate::resource::numbers::gone_from;
use crate::resource::{Key, ModelId, Resource, TableId};
use crate::vocabulary::{Device, MemoryPool, Problem, ResourceName, RunsOn};

/// Bytes of facts that hold next to nothing.
const FEW_BYTES: u64 = 256;
/// More than any machine has: a file may claim anything, and tens of thousands are added up.
const MOST_BYTES: u64 = 1 << 48;

impl Workload for Catalogue {
    type Key = Key;
    type Value = Resource;

    fn name(&self, key: &Key) -> ResourceName {
        let name = match key {
            Key::File(path) => format!("file:{}", self.shown.name(path)),
            key => key.to_string(),
        };
        ResourceName::from(name.as_str())
    }

    fn is_known(&self, key: &Key) -> bool {
        match key {
            Key::File(path) => self.shown.contains(path),
            Key::Table(table) | Key::Columns { table, .. } | Key::ProtectedAttributes(table) => {
                self.has_table(table)
            }
            Key::Header(model) | Key::Model(model) | Key::ScoreSample(model) => {
                self.model_path(model).is_ok()
            }
            Key::Predictions { model, table, .. } => {
                let is_given = self.is_precomputed() && *model == self.validated();
                (is_given || self.model_path(model).is_ok()) && self.has_table(table)
            }
            Key::Parity => self.has_table(&TableId::ExpectedScores),
            Key::TargetValues | Key::Runtime => true,
            Key::Hyperparameters => self.experiment.hyperparameters.is_some(),
            Key::Statistics(model) => self.model_path(model).is_ok(),
            Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } | Key::Constraints => {
                self.model_path(&self.validated()).is_ok()
            }
        }
    }

    fn inputs(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::File(_) | Key::Table(_) | Key::Header(_) | Key::Runtime => Vec::new(),
            Key::Columns { table, .. } => columns::inputs(self, table),
            Key::TargetValues => target_values::inputs(self),
            Key::Model(id) => model::inputs(self, id),
            Key::ScoreSample(id) => score_sample::inputs(id),
            Key::Predictions { .. } => predictions::inputs(self, key),
            Key::Parity => parity::inputs(self),
            Key::Constraints => constraints::inputs(self),
            Key::ProtectedAttributes(table) => protected::inputs(self, table),
            Key::Hyperparameters => hyperparameters::inputs(self),
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                survey::inputs(self, key)
            }
        }
    }

    fn made_of(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::Predictions { .. } => predictions::made_of(self, key),
            Key::ProtectedAttributes(table) => protected::made_of(self, table),
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                survey::made_of(self, key)
            }
            key => self.inputs(key),
        }
    }

    fn storage(&self, key: &Key) -> Storage {
        match key {
            Key::Predictions { .. } => Storage::Cache,
            Key::File(_)
            | Key::Table(_)
            | Key::Header(_)
            | Key::TargetValues
            | Key::Runtime
            | Key::ScoreSample(_) => Storage::Session,
            Key::Columns { .. }
            | Key::Model(_)
            | Key::Parity
            | Key::Constraints
            | Key::ProtectedAttributes(_)
            | Key::Hyperparameters
            | Key::Statistics(_)
            | Key::Drift
            | Key::WorstSlices
            | Key::UnusualRows { .. } => Storage::Owners,
        }
    }

    fn recipe(&self, key: &Key) -> Recipe {
        match key {
            Key::File(_) => Recipe::new("file"),
            Key::Table(id) => schema::recipe(self, id),
            Key::Columns { table, set } => columns::recipe(self, table, set),
            Key::Header(id) => header::recipe(self, id),
            Key::TargetValues => target_values::recipe(self),
            Key::Runtime => Recipe::new("runtime"),
            Key::Model(id) => model::recipe(self, id),
            Key::ScoreSample(id) => score_sample::recipe(self, id),
            Key::Predictions {
                model, disturbance, ..
            } => predictions::recipe(self, key, model, disturbance.as_ref()),
            Key::Parity => parity::recipe(self),
            Key::Constraints => constraints::recipe(self),
            Key::ProtectedAttributes(table) => protected::recipe(self, table),
            Key::Hyperparameters => hyperparameters::recipe(self),
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                survey::recipe(self, key)
            }
        }
    }

    fn file<'k>(&self, key: &'k Key) -> Option<&'k Path> {
        match key {
            Key::File(path) => Some(path),
            _ => None,
        }
    }

    fn identity(&self, value: &Resource) -> Option<FileId> {
        match value {
            Resource::File(id) => Some(*id),
            _ => None,
        }
    }

    fn estimated_bytes(&self, key: &Key) -> Option<u64> {
        let bytes = match key {
            Key::File(_) => Some(file::BYTES),
            Key::Table(id) => schema::estimated_bytes(self, id),
            Key::Columns { table, set } => self.column_bytes(table, set),
            Key::Header(_) | Key::TargetValues | Key::ScoreSample(_) => Some(FEW_BYTES),
            Key::Runtime => None,
            Key::Model(id) => model::estimated_bytes(self, id),
            Key::Predictions { table, shard, .. } => {
                predictions::estimated_bytes(self, table, *shard)
            }
            Key::Parity => Some(parity::BYTES),
            Key::Constraints => Some(constraints::BYTES),
            Key::ProtectedAttributes(table) => protected::estimated_bytes(self, table),
            Key::Hyperparameters => hyperparameters::estimated_bytes(self),
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                survey::estimated_bytes(self, key)
            }
        };
        bytes.map(|bytes| bytes.min(MOST_BYTES))
    }

    fn working_bytes(&self, key: &Key) -> u64 {
        Self::working_bytes(self, key).min(MOST_BYTES)
    }

    fn pool(&self, key: &Key) -> MemoryPool {
        match key {
            Key::Model(id) => self.device(id).pool(),
            _ => MemoryPool::Host,
        }
    }

    fn exclusive_class(&self, key: &Key) -> Option<u32> {
        match key {
            Key::Predictions { model, .. } => predictions::exclusive_class(self, model),
            _ => None,
        }
    }

    fn is_kept(&self, key: &Key) -> bool {
        kept::is_kept(key)
    }

    fn is_packed_when_cold(&self, key: &Key) -> bool {
        self.experiment.engine.compress.is_some() && matches!(key, Key::Predictions { .. })
    }

    fn pack(&self, value: &Resource) -> Option<Packed> {
        let codec = self.experiment.engine.compress?;
        Some(value.as_predictions().ok()?.pack(codec))
    }

    fn load(
        &self,
        key: &Key,
        inputs: &[Arc<Resource>],
        context: &LoadContext<'_>,
    ) -> Result<Loaded<Resource>, LoadError> {
        let loaded = match key {
            Key::File(path) => file::load(self, path),
            Key::Table(id) => schema::load(self, id),
            Key::Columns { table, set } => columns::load(self, table, set, inputs),
            Key::Header(id) => header::load(self, id),
            Key::TargetValues => target_values::load(self, inputs),
            Key::Runtime => runtime::load(self.settings.device),
            Key::Model(id) => model::load(self, id, inputs),
            Key::ScoreSample(id) => score_sample::load(self, id, inputs),
            Key::Predictions { .. } => {
                let member = Member {
                    key,
                    inputs,
                    context,
                };
                let mut made = None;
                predictions::load(self, &[member], &mut |_, loaded| made = Some(loaded));
                made.unwrap_or(Err(LoadError::Cancelled))
            }
            Key::Parity => parity::load(self, inputs),
            Key::Constraints => constraints::load(self, inputs, context),
            Key::ProtectedAttributes(table) => protected::load(self, table, inputs, context),
            Key::Hyperparameters => hyperparameters::load(self),
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                survey::load(self, key, inputs, context)
            }
        };
        self.checked(key, inputs, loaded)
    }

    fn pass(&self, key: &Key) -> Option<Key> {
        predictions::pass(key)
    }

    fn load_together(
        &self,
        members: &[Member<'_, Key, Resource>],
        done: &mut dyn FnMut(usize, Result<Loaded<Resource>, LoadError>),
    ) {
        predictions::load(self, members, &mut |place, loaded| {
            let Member { key, inputs, .. } = members[place];
            done(place, self.checked(key, inputs, loaded));
        });
    }
}

impl Catalogue {
    /// What came of a table that is not whole says nothing, whether it is a value or an error.
    fn checked(
        &self,
        key: &Key,
        inputs: &[Arc<Resource>],
        loaded: Result<Loaded<Resource>, LoadError>,
    ) -> Result<Loaded<Resource>, LoadError> {
        let of_inputs = self.inputs(key).into_iter();
        let tables = of_inputs.filter(|input| matches!(input, Key::Columns { .. }));
        let columns = inputs.iter().filter(|input| input.as_columns().is_ok());
        let mut used = tables.zip(columns);
        used.try_for_each(|(key, value)| self.check_whole(&key, value))?;
        if let Ok(loaded) = &loaded {
            self.check_whole(key, &loaded.value)?;
        }
        loaded
    }

    /// Was all of a resource there when it was looked at, where it lies in a mapped file?
    pub fn check_whole(&self, key: &Key, value: &Resource) -> Result<(), Problem> {
        let (Key::Columns { table, .. }, Resource::Columns(columns)) = (key, value) else {
            return Ok(());
        };
        let path = self.table_path(table)?;
        columns.check_whole().map_err(|gone| gone_from(path, gone))
    }

    /// What is computed by a model depends on who computes it; none as long as that is not known.
    pub(in crate::resource) fn engine(&self, model: &ModelId) -> Option<String> {
        match self.bound(model)?.backend.runs_on() {
            RunsOn::Native => {
                let threads = OpenOptions::default().threads;
                Some(inference::engine_identity(RunsOn::Native, threads))
            }
            RunsOn::OnnxRuntime => {
                let runtime = self.facts.runtime()?;
                Some(match self.device(model) {
                    Device::Cpu => runtime.to_owned(),
                    device @ Device::Cuda(_) => format!("{runtime}, {device}"),
                })
            }
        }
    }

    /// The length of a model's file.
    pub(in crate::resource) fn length_of_model(&self, id: &ModelId) -> Option<u64> {
        length(self.model_path(id).ok()?)
    }
}
