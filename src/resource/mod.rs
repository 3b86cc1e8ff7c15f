//! The resources of a validation: tables, models, predictions, protected attributes, variants.
//! Each kind has its key, its loader and its size; [`Catalogue`] tells the engine about them.

mod arrow_map;
mod binding;
mod catalogue;
mod column_set;
mod csv_file;
mod disturbed;
mod feed;
mod feeding;
mod fitting;
mod key;
mod matching;
mod model;
mod numbers;
mod parity;
mod precomputed;
mod predictions;
mod protected;
mod sample;
mod scores;
mod stored_scores;
pub mod table;
pub mod table_file;
mod task;

pub use binding::{Problems, bind};
pub use catalogue::{
    Catalogue, CostParts, LoadSettings, ModelSource, RuntimeMissing, TableSource,
    variants_with_models,
};
pub use column_set::{ColumnSet, UsedColumns};
pub use feeding::{FedChunk, Feeding};
pub use key::{Disturbance, DisturbanceKind, Key, Level, ModelId, TableId};
pub use matching::{InputPlan, match_inputs};
pub use model::OpenModel;
pub use precomputed::Precomputed;
pub use predictions::Predictions;
pub use protected::ProtectedAttribute;
pub use scores::{ScoreMeaning, ScoreReading};

use crate::event::Parity;
use crate::experiment::Sweep;

/// A loaded resource.
pub enum Resource {
    /// What a table's file holds.
    Schema(table_file::TableSchema),
    /// Columns of a table.
    Columns(table::Table),
    /// A model.
    Model(OpenModel),
    /// A model's scores for a table.
    Predictions(Predictions),
    /// The model's scores held against those of its training library.
    Parity(Parity),
    /// The protected attributes of the dataset.
    Protected(Vec<ProtectedAttribute>),
    /// The hyperparameter variants.
    Sweep(Sweep),
}

impl Resource {
    /// The columns of a table that it is.
    pub fn as_columns(&self) -> Result<&table::Table, String> {
        match self {
            Self::Columns(table) => Ok(table),
            _ => Err("not columns of a table".to_owned()),
        }
    }

    /// The model that it is.
    pub fn as_model(&self) -> Result<&OpenModel, String> {
        match self {
            Self::Model(model) => Ok(model),
            _ => Err("not a model".to_owned()),
        }
    }

    /// The predictions that it is.
    pub fn as_predictions(&self) -> Result<&Predictions, String> {
        match self {
            Self::Predictions(predictions) => Ok(predictions),
            _ => Err("not predictions".to_owned()),
        }
    }

    /// The comparison that it is.
    pub fn as_parity(&self) -> Result<&Parity, String> {
        match self {
            Self::Parity(parity) => Ok(parity),
            _ => Err("not a comparison of scores".to_owned()),
        }
    }

    /// The protected attributes that it is.
    pub fn as_protected(&self) -> Result<&[ProtectedAttribute], String> {
        match self {
            Self::Protected(attributes) => Ok(attributes),
            _ => Err("not protected attributes".to_owned()),
        }
    }

    /// The variants that it is.
    pub fn as_sweep(&self) -> Result<&Sweep, String> {
        match self {
            Self::Sweep(sweep) => Ok(sweep),
            _ => Err("not variants".to_owned()),
        }
    }
}
