//! Where a problem belongs: which setting names the file, and who needs the library.

use super::Catalogue;
use crate::resource::key::{Key, ModelId, TableId};
use crate::vocabulary::Problem;

impl Catalogue {
    /// A problem with loading a key, under the setting that names its file; with the library, beside
    /// the model that needs it.
    pub fn place(&self, key: &Key, mut problem: Problem) -> Problem {
        if *key != Key::Runtime {
            return problem.under(setting(key));
        }
        let validated = self.validated();
        if let Some(model) = self.bound(&validated) {
            let name = Key::Model(validated);
            problem.cause = format!("{name} runs on {}, and {}", model.backend, problem.cause);
        }
        problem
    }
}

/// The setting that names what a key is read from.
fn setting(key: &Key) -> &'static str {
    match key {
        Key::Table(TableId::Dataset)
        | Key::TargetValues
        | Key::Statistics(_)
        | Key::Drift
        | Key::WorstSlices
        | Key::UnusualRows { .. } => "dataset.path",
        Key::Table(TableId::Calibration) => "dataset.calibration",
        Key::Table(TableId::Alternative(_)) => "dataset.alternative",
        Key::Table(TableId::Scores) => "model.predictions",
        Key::Table(TableId::ExpectedScores) => "model.expected",
        Key::Header(id) | Key::Model(id) | Key::ScoreSample(id) => match id {
            ModelId::Validated(_) => "model.path",
            ModelId::Quantile(_) => "model.quantiles",
            ModelId::Alternative(_) => "alternative_models.path",
            ModelId::Variant(_) => "hyperparameters.path",
        },
        Key::Hyperparameters => "hyperparameters.path",
        Key::Columns { table, .. } => setting(&Key::Table(table.clone())),
        Key::File(_)
        | Key::Runtime
        | Key::Predictions { .. }
        | Key::Parity
        | Key::Constraints
        | Key::ProtectedAttributes(_) => "model.path",
    }
}
