//! What the engine asks about the resources.

use std::sync::Arc;

use super::Catalogue;
use crate::engine::{LoadContext, LoadError, Loaded, Recipe, Storage, Workload};
use crate::event::ResourceName;
use crate::inference;
use crate::resource::{Key, Resource, TableId, model};

impl Workload for Catalogue {
    type Key = Key;
    type Value = Resource;

    fn name(&self, key: &Key) -> ResourceName {
        ResourceName::from(key.to_string().as_str())
    }

    fn inputs(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::Table(_) | Key::Model(_) | Key::Hyperparameters => Vec::new(),
            Key::ProtectedAttributes => vec![Key::Table(TableId::Dataset)],
            Key::Predictions { table, .. } if self.precomputed_for(key).is_some() => {
                vec![Key::Table(table.clone())]
            }
            Key::Predictions { model, table, .. } => {
                vec![Key::Model(model.clone()), Key::Table(table.clone())]
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
                    operation: format!("table {:?}", source.map(|s| &s.columns)),
                }
            }
            Key::Model(id) => Recipe {
                files: self.models.get(id).iter().map(|m| m.path.clone()).collect(),
                operation: format!("model {}", self.engine()),
            },
            Key::Hyperparameters => Recipe {
                files: self.experiment.hyperparameters.iter().cloned().collect(),
                operation: "hyperparameters".to_owned(),
            },
            Key::ProtectedAttributes => Recipe {
                files: Vec::new(),
                operation: format!("protected {:?}", self.experiment.protected),
            },
            Key::Predictions { model, noise, .. } => {
                if let Some(precomputed) = self.precomputed_for(key) {
                    return Recipe {
                        files: vec![precomputed.path.clone()],
                        operation: precomputed.operation(),
                    };
                }
                let source = self.models.get(model);
                let reading = source.map(|m| m.reading.describe());
                let inputs = source.map(|m| &m.inputs);
                let seed = noise.map(|_| self.settings.seed);
                Recipe {
                    files: Vec::new(),
                    operation: format!(
                        "scores f32 {reading:?} {inputs:?} {noise:?} seed {seed:?} missing {:?} \
                         by {}",
                        dataset.missing_text,
                        self.engine()
                    ),
                }
            }
        }
    }

    fn estimated_bytes(&self, key: &Key) -> Option<u64> {
        match key {
            Key::Table(id) => self.tables.get(id)?.estimated_bytes(),
            Key::Model(id) => {
                let signature = &self.models.get(id)?.signature;
                Some(inference::estimated_memory(signature, self.settings.backend).bytes)
            }
            Key::Predictions { table, .. } => {
                let rows = self.tables.get(table)?.schema.rows?;
                Some((rows * size_of::<f32>()) as u64)
            }
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
        // An opened model runs one batch at a time; different models run side by side.
        let Key::Predictions { model, .. } = key else {
            return None;
        };
        let index = self.models.keys().position(|id| id == model)?;
        Some(index as u32)
    }

    fn load(
        &self,
        key: &Key,
        inputs: &[Arc<Resource>],
        context: &LoadContext<'_>,
    ) -> Result<Loaded<Resource>, LoadError> {
        match key {
            Key::Table(id) => self.load_table(id).map_err(LoadError::Failed),
            Key::Model(id) => {
                let source = self.models.get(id);
                let source = source.ok_or_else(|| LoadError::Failed("no such model".into()))?;
                let loaded = model::load(&source.path, &self.open_options())?;
                Ok(Loaded {
                    value: Resource::Model(loaded.value),
                    bytes: loaded.bytes,
                    exact: loaded.exact,
                    detail: loaded.detail,
                })
            }
            Key::Hyperparameters => self.load_sweep().map_err(LoadError::Failed),
            Key::ProtectedAttributes => match inputs {
                [dataset] => self.load_protected(dataset).map_err(LoadError::Failed),
                _ => Err(LoadError::Failed("the dataset is needed".into())),
            },
            Key::Predictions { .. } => self.load_predictions(key, inputs, context),
        }
    }
}
