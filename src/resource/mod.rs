//! The resources of a validation: files, tables, models, predictions, protected attributes, variants.
//! Each kind has its key, its recipe, its loader and its size, in a file below `kind`; [`Catalogue`]
//! tells the engine about them.

mod bare;
mod by_column;
mod catalogue;
mod column_set;
mod compiled;
mod constraints;
pub mod conversion;
pub mod directly;
mod disturbed;
mod drift;
mod feed;
mod feeding;
mod histogram;
pub mod kept;
mod key;
mod kind;
mod matching;
mod numbers;
mod outcome;
mod parity;
mod precomputed;
mod predictions;
mod protected;
mod reading;
mod scores;
mod slices;
pub mod source;
mod statistics;
mod stored_scores;
pub mod table;
pub mod table_file;
mod task;
mod trials;
mod unusual;

use std::sync::Arc;

pub use bare::Bare;
pub use catalogue::{
    BoundModel, Catalogue, CostParts, LoadSettings, Unbound, Ways, variants_with_models,
};
pub use column_set::{ColumnSet, UsedColumns};
pub use compiled::{CompiledForm, CompiledModels};
pub use constraints::{CheckedConstraints, CheckedTrend, Verdict, Violation};
pub use drift::{Drift, Moved, Prepared};
pub use feeding::{FedChunk, Feeding};
pub use histogram::{Bin, BinOf};
pub use key::{Disturbance, DisturbanceKind, Key, Level, ModelId, TableId};
pub use kind::header::weight_files;
pub use kind::model::OpenModel;
pub use kind::runtime::RUNTIME;
pub use kind::score_sample::ScoreSample;
pub use kind::target_values::TargetValues;
pub use matching::{InputPlan, match_inputs};
pub use outcome::Outcome;
pub use precomputed::Precomputed;
pub use predictions::{Gaps, Predictions, ShardBounds, ShardRows};
pub use protected::{Attribute, ProtectedAttribute};
pub use reading::Reading;
pub use scores::{ScoreMeaning, ScoreReading};
pub use slices::{WorstSlices, slice_rows, slices_by_feature};
pub use statistics::Statistics;
pub use trials::read_sweep;
pub use unusual::UnusualRows;

use crate::engine::FileId;
use crate::event::Parity;
use crate::experiment::Sweep;
use crate::inference::Header;
use crate::vocabulary::Problem;

/// A loaded resource.
pub enum Resource {
    /// What a whole file holds.
    File(FileId),
    /// What a table's file holds.
    Schema(table_file::TableSchema),
    /// Columns of a table.
    Columns(table::Table),
    /// What a model's file says of itself.
    Header(Arc<Header>),
    /// The distinct values of the target.
    TargetValues(TargetValues),
    /// The name and version of the library that runs what is not run natively.
    Runtime(String),
    /// A model.
    Model(Arc<OpenModel>),
    /// Not a model: why the native backend does not cover it, though its header promised that.
    Refused(String),
    /// What a model's first scores show them to be.
    ScoreSample(ScoreSample),
    /// A model's scores for a table.
    Predictions(Predictions),
    /// The model's scores held against those of its training library.
    Parity(Parity),
    /// The protected attributes of the dataset.
    Protected(Vec<ProtectedAttribute>),
    /// The hyperparameter variants.
    Sweep(Sweep),
    /// What of whole columns those must know who disturb them.
    Statistics(Statistics),
    /// How far the features of the alternative tables have moved.
    Drift(Drift),
    /// The slices in which the validated model errs more.
    WorstSlices(WorstSlices),
    /// Rows of the dataset far from its middle, and clusters of like rows.
    UnusualRows(UnusualRows),
    /// What is known of the constraints on the validated model's score.
    Constraints(CheckedConstraints),
}

impl Resource {
    /// What a table's file holds, if it is that.
    pub fn as_schema(&self) -> Result<&table_file::TableSchema, Problem> {
        match self {
            Self::Schema(schema) => Ok(schema),
            _ => Err("not a schema".into()),
        }
    }

    /// The columns of a table that it is.
    pub fn as_columns(&self) -> Result<&table::Table, Problem> {
        match self {
            Self::Columns(table) => Ok(table),
            _ => Err("not columns of a table".into()),
        }
    }

    /// The model that it is.
    pub fn as_model(&self) -> Result<&OpenModel, Problem> {
        match self {
            Self::Model(model) => Ok(model),
            _ => Err("not a model".into()),
        }
    }

    /// The predictions that it is.
    pub fn as_predictions(&self) -> Result<&Predictions, Problem> {
        match self {
            Self::Predictions(predictions) => Ok(predictions),
            _ => Err("not predictions".into()),
        }
    }

    /// The comparison that it is.
    pub fn as_parity(&self) -> Result<&Parity, Problem> {
        match self {
            Self::Parity(parity) => Ok(parity),
            _ => Err("not a comparison of scores".into()),
        }
    }

    /// The protected attributes that it is.
    pub fn as_protected(&self) -> Result<&[ProtectedAttribute], Problem> {
        match self {
            Self::Protected(attributes) => Ok(attributes),
            _ => Err("not protected attributes".into()),
        }
    }

    /// The variants that it is.
    pub fn as_sweep(&self) -> Result<&Sweep, Problem> {
        match self {
            Self::Sweep(sweep) => Ok(sweep),
            _ => Err("not variants".into()),
        }
    }

    /// The statistics of columns that it is.
    pub fn as_statistics(&self) -> Result<&Statistics, Problem> {
        match self {
            Self::Statistics(statistics) => Ok(statistics),
            _ => Err("not statistics of columns".into()),
        }
    }

    /// The drift that it is.
    pub fn as_drift(&self) -> Result<&Drift, Problem> {
        match self {
            Self::Drift(drift) => Ok(drift),
            _ => Err("not drift".into()),
        }
    }

    /// The worst slices that it is.
    pub fn as_worst_slices(&self) -> Result<&WorstSlices, Problem> {
        match self {
            Self::WorstSlices(slices) => Ok(slices),
            _ => Err("not the worst slices".into()),
        }
    }

    /// What is known of the constraints.
    pub fn as_constraints(&self) -> Result<&CheckedConstraints, Problem> {
        match self {
            Self::Constraints(checked) => Ok(checked),
            _ => Err("no checked constraints".into()),
        }
    }

    /// The unusual rows that it is.
    pub fn as_unusual_rows(&self) -> Result<&UnusualRows, Problem> {
        match self {
            Self::UnusualRows(rows) => Ok(rows),
            _ => Err("not unusual rows".into()),
        }
    }
}
