//! What the resources are called.

use std::fmt;
use std::sync::Arc;

use super::column_set::ColumnSet;

/// Which table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableId {
    /// The rows to validate on.
    Dataset,
    /// Other rows, for the prediction sets.
    Calibration,
    /// Rows from another population, by file stem.
    Alternative(Arc<str>),
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dataset => f.write_str("dataset"),
            Self::Calibration => f.write_str("calibration"),
            Self::Alternative(stem) => write!(f, "alternative:{stem}"),
        }
    }
}

/// Which model.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelId {
    /// The model under validation, by name.
    Validated(Arc<str>),
    /// A model to set beside it, by name.
    Alternative(Arc<str>),
    /// A hyperparameter variant, by name.
    Variant(Arc<str>),
    /// An end of an interval around the prediction, by name.
    Quantile(Arc<str>),
}

impl ModelId {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Validated(name)
            | Self::Alternative(name)
            | Self::Variant(name)
            | Self::Quantile(name) => name,
        }
    }
}

/// Gaussian noise on all numeric features at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Noise {
    /// Thousandths of a feature's standard deviation.
    pub level_thousandths: u32,
    /// Which of the repeats, from 1; repeats of the same number share their draws across levels.
    pub repeat: u32,
}

impl Noise {
    /// The level in standard deviations.
    pub fn level(self) -> f64 {
        f64::from(self.level_thousandths) / 1000.0
    }
}

/// Names a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A table: what its file holds, without the data.
    Table(TableId),
    /// Columns of a table.
    Columns {
        /// The table.
        table: TableId,
        /// Which of its columns.
        set: ColumnSet,
    },
    /// A model.
    Model(ModelId),
    /// A model's scores for a table.
    Predictions {
        /// The model.
        model: ModelId,
        /// The table.
        table: TableId,
        /// How the table is disturbed first, if it is.
        noise: Option<Noise>,
    },
    /// The validated model's scores held against those of its training library.
    Parity,
    /// The protected attributes of the dataset.
    ProtectedAttributes,
    /// The hyperparameter variants.
    Hyperparameters,
}

impl Key {
    /// A model's scores for a table as it is.
    pub fn predictions(model: ModelId, table: TableId) -> Self {
        Self::Predictions {
            model,
            table,
            noise: None,
        }
    }

    /// A heading that gathers many of the same kind.
    pub fn group(&self) -> Option<String> {
        let group = match self {
            Self::Table(table) | Self::Columns { table, .. } => return Some(table.to_string()),
            Self::Model(ModelId::Variant(_)) => "variants",
            Self::Predictions {
                model: ModelId::Variant(_),
                ..
            } => "variant predictions",
            Self::Predictions { noise: Some(_), .. } => "gaussian noise",
            _ => return None,
        };
        Some(group.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(table) => table.fmt(f),
            Self::Columns { table, set } => write!(f, "columns:{table}[{set}]"),
            Self::Model(model) => write!(f, "model:{}", model.name()),
            Self::Predictions {
                model,
                table,
                noise,
            } => {
                write!(f, "predictions:{}@{table}", model.name())?;
                match noise {
                    Some(noise) => write!(f, "~gaussian({:?})#{}", noise.level(), noise.repeat),
                    None => Ok(()),
                }
            }
            Self::Parity => f.write_str("parity"),
            Self::ProtectedAttributes => f.write_str("protected_attributes"),
            Self::Hyperparameters => f.write_str("hyperparameters"),
        }
    }
}
