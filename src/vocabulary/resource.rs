//! What a resource is called, and what kind of thing it is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a resource, for example `model:random_forest`; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceName(pub Arc<str>);

impl From<&str> for ResourceName {
    fn from(name: &str) -> Self {
        Self(Arc::from(name))
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What kind of thing a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// A table read from a file: dataset, calibration set, alternative dataset.
    Table,
    /// An ONNX model ready to run.
    Model,
    /// A model's scores for a table, or for a disturbed copy of it.
    Predictions,
    /// The protected attributes of the dataset, as groups.
    ProtectedAttributes,
    /// The comparison with what the training library gives.
    Parity,
    /// The hyperparameter variants: their names and parameters.
    HyperparameterConfig,
}

impl ResourceKind {
    /// The name shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Model => "model",
            Self::Predictions => "predictions",
            Self::ProtectedAttributes => "protected attributes",
            Self::Parity => "parity",
            Self::HyperparameterConfig => "hyperparameters",
        }
    }
}
