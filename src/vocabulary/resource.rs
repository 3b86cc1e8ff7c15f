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
    /// What a whole file holds, by its hash.
    File,
    /// A table read from a file, its schema or some of its columns: dataset, calibration set,
    /// alternative dataset.
    Table,
    /// What a model's file says of itself.
    Header,
    /// The distinct values of the target.
    TargetValues,
    /// The library that runs what is not run natively.
    Runtime,
    /// An ONNX model ready to run.
    Model,
    /// A look at a model's first scores.
    ScoreSample,
    /// A model's scores for a table, or for a disturbed copy of it.
    Predictions,
    /// The protected attributes of the dataset, as groups.
    ProtectedAttributes,
    /// The comparison with what the training library gives.
    Parity,
    /// What is known of the constraints on the model's score.
    Constraints,
    /// The hyperparameter variants: their names and parameters.
    HyperparameterConfig,
    /// What is found out about columns too large to be held, one after the other.
    Survey,
}

impl ResourceKind {
    /// The name shown to users.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Table => "table",
            Self::Header => "model header",
            Self::TargetValues => "target values",
            Self::Runtime => "runtime",
            Self::Model => "model",
            Self::ScoreSample => "score sample",
            Self::Predictions => "predictions",
            Self::ProtectedAttributes => "protected attributes",
            Self::Parity => "parity",
            Self::Constraints => "constraints",
            Self::HyperparameterConfig => "hyperparameters",
            Self::Survey => "survey",
        }
    }
}
