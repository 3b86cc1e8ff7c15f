//! What the engine asks about the resources.

use std::sync::Arc;

use super::Catalogue;
use crate::engine::{LoadContext, LoadError, Loaded, Packed, Recipe, Storage, Workload};
use crate::event::Parity;
use crate::resource::precomputed::Precomputed;
use crate::resource::table::ColumnType;
use crate::resource::{Key, Resource, TableId};
use crate::vocabulary::{ResourceName, RunsOn};

impl Workload for Catalogue {
    type Key = Key;
    type Value = Resource;

    fn name(&self, key: &Key) -> ResourceName {
        ResourceName::from(key.to_string().as_str())
    }

    fn is_known(&self, key: &Key) -> bool {
        match key {
            Key::Table(table) | Key::Columns { table, .. } => self.tables.contains_key(table),
            Key::Model(model) => self.models.contains_key(model),
            Key::Predictions { model, table, .. } => {
                let is_given = self.precomputed_for(key).is_some();
                (is_given || self.models.contains_key(model)) && self.tables.contains_key(table)
            }
            Key::Parity => self.expected.is_some(),
            Key::ProtectedAttributes => self.tables.contains_key(&TableId::Dataset),
            Key::Hyperparameters => self.experiment.hyperparameters.is_some(),
        }
    }

    fn inputs(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::Table(_) | Key::Model(_) | Key::Hyperparameters => Vec::new(),
            Key::Columns { table, .. } => vec![Key::Table(table.clone())],
            Key::Parity => {
                let target = [&self.experiment.dataset.target];
                let mut inputs = vec![Key::predictions(self.validated(), TableId::Dataset)];
                inputs.extend(self.columns(&TableId::Dataset, target));
                inputs
            }
            Key::ProtectedAttributes => {
                let names = self.experiment.protected.iter().map(|p| &p.name);
                self.columns(&TableId::Dataset, names)
            }
            Key::Predictions { table, .. } if self.precomputed_for(key).is_some() => {
                self.columns(table, [&self.experiment.dataset.target])
            }
            Key::Predictions {
                model,
                table,
                disturbance,
            } => {
                let fed = self.fed.get(model).and_then(|fed| fed.get(table));
                let mut inputs = vec![Key::Model(model.clone())];
                inputs.extend(fed.into_iter().flatten().cloned());
                // A row that a disturbance leaves as it is keeps its score.
                let calm = disturbance.as_ref();
                inputs.extend(calm.map(|_| Key::predictions(model.clone(), table.clone())));
                inputs
            }
        }
    }

    fn storage(&self, key: &Key) -> Storage {
        match key {
            Key::Predictions { .. } => Storage::Cache,
            _ => Storage::Owners,
        }
    }

    fn recipe(&self, key: &Key) -> Recipe {
        let dataset = &self.experiment.dataset;
        match key {
            Key::Table(id) => {
                let source = self.tables.get(id);
                Recipe {
                    files: source.iter().map(|s| s.path.clone()).collect(),
                    operation: "schema".to_owned(),
                }
            }
            Key::Columns { table, set } => {
                let source = self.tables.get(table);
                Recipe {
                    files: source.iter().map(|s| s.path.clone()).collect(),
                    operation: format!("columns {:?}", source.map(|s| s.columns.of(*set))),
                }
            }
            Key::Model(id) => Recipe {
                files: self.models.get(id).iter().map(|m| m.path.clone()).collect(),
                operation: format!("model {}", self.engine(id).unwrap_or_default()),
            },
            Key::Parity => Recipe {
                files: self.expected.iter().map(|e| e.path.clone()).collect(),
                operation: format!(
                    "parity {:?} {}",
                    self.expected.as_ref().map(Precomputed::operation),
                    self.threshold()
                ),
            },
            Key::Hyperparameters => Recipe {
                files: self.experiment.hyperparameters.iter().cloned().collect(),
                operation: "hyperparameters".to_owned(),
            },
            Key::ProtectedAttributes => Recipe {
                files: Vec::new(),
                operation: format!("protected {:?}", self.experiment.protected),
            },
            Key::Predictions {
                model, disturbance, ..
            } => {
                if let Some(precomputed) = self.precomputed_for(key) {
                    return Recipe {
                        files: vec![precomputed.path.clone()],
                        operation: precomputed.operation(),
                    };
                }
                let source = self.models.get(model);
                let reading = source.map(|m| m.reading.describe());
                let inputs = source.map(|m| &m.inputs);
                let seed = disturbance.as_ref().map(|_| self.settings.seed);
                Recipe {
                    files: Vec::new(),
                    operation: format!(
                        "scores f32 {reading:?} {inputs:?} {disturbance:?} seed {seed:?} \
                         missing {:?} by {}",
                        dataset.missing_text,
                        self.engine(model).unwrap_or_default()
                    ),
                }
            }
        }
    }

    fn estimated_bytes(&self, key: &Key) -> Option<u64> {
        match key {
            Key::Table(id) => {
                let columns = self.tables.get(id)?.schema.columns.len();
                Some((columns * size_of::<(String, ColumnType)>()) as u64)
            }
            Key::Columns { table, set } => self.tables.get(table)?.estimated_bytes(*set),
            Key::Model(id) => Some(self.models.get(id)?.memory.bytes),
            Key::Predictions { table, .. } => {
                let rows = self.tables.get(table)?.schema.rows?;
                Some((rows * self.score_columns() * size_of::<f32>()) as u64)
            }
            Key::Parity => Some(size_of::<Parity>() as u64),
            Key::ProtectedAttributes => {
                let rows = self.tables.get(&TableId::Dataset)?.schema.rows?;
                Some((rows * size_of::<u32>() * self.experiment.protected.len()) as u64)
            }
            Key::Hyperparameters => {
                let path = self.experiment.hyperparameters.as_ref()?;
                std::fs::metadata(path).ok().map(|m| m.len())
            }
        }
    }

    fn exclusive_class(&self, key: &Key) -> Option<u32> {
        // ONNX Runtime runs a model on one batch at a time, and different models side by side.
        let Key::Predictions { model, .. } = key else {
            return None;
        };
        let runs_on = self.models.get(model)?.backend.runs_on();
        if runs_on == RunsOn::Native {
            return None;
        }
        let index = self.models.keys().position(|id| id == model)?;
        Some(index as u32)
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
        match key {
            Key::Table(id) => self
                .load_schema(id)
                .map_err(|error| LoadError::Failed(error.into())),
            Key::Columns { table, set } => self
                .load_columns(table, *set)
                .map_err(|error| LoadError::Failed(error.into())),
            Key::Model(id) => self.load_model(id),
            Key::Hyperparameters => self
                .load_sweep()
                .map_err(|error| LoadError::Failed(error.into())),
            Key::Parity => self
                .load_parity(inputs)
                .map_err(|error| LoadError::Failed(error.into())),
            Key::ProtectedAttributes => self
                .load_protected(inputs)
                .map_err(|error| LoadError::Failed(error.into())),
            Key::Predictions { .. } => self.load_predictions(key, inputs, context),
        }
    }
}
