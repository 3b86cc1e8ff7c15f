//! What the resources are called.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::column_set::ColumnSet;
use crate::engine::Recipe;
use crate::vocabulary::Shard;

/// Which table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableId {
    /// The rows to validate on.
    Dataset,
    /// Other rows, for the prediction sets.
    Calibration,
    /// Rows from another population, by file stem.
    Alternative(Arc<str>),
    /// The scores that stand in for the model.
    Scores,
    /// The scores that the training library gives.
    ExpectedScores,
}

impl TableId {
    /// May it be without a row? Of the other tables all else is known, and the dataset is validated.
    pub(super) fn may_be_empty(&self) -> bool {
        matches!(self, Self::Alternative(_))
    }
}

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dataset => f.write_str("dataset"),
            Self::Calibration => f.write_str("calibration"),
            Self::Alternative(stem) => write!(f, "alternative:{stem}"),
            Self::Scores => f.write_str("scores"),
            Self::ExpectedScores => f.write_str("expected_scores"),
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

/// How strong a disturbance is, in thousandths: keys are compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Level(u32);

impl Level {
    /// So many thousandths.
    pub const fn thousandths(thousandths: u32) -> Self {
        Self(thousandths)
    }

    /// In units of what it disturbs: standard deviations, quantiles, or a probability.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.value())
    }
}

/// How a table is disturbed before a model scores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Disturbance {
    /// What is done to it.
    pub kind: DisturbanceKind,
    /// Which of the repeats, from 1. A repeat has the same draws at every level and for every
    /// model.
    pub repeat: u32,
}

/// What is done to a table. Truth values are categories, not quantities.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DisturbanceKind {
    /// Normal noise on all numeric features, in standard deviations of each.
    Gaussian(Level),
    /// Normal noise on one numeric feature.
    GaussianOn(Arc<str>, Level),
    /// Uniform noise on the rank of all numeric features, as a share of all rows.
    Quantile(Level),
    /// Every value of all categorical features is redrawn from its column with this probability.
    Categorical(Level),
    /// One feature's values change places among the rows.
    Permutation(Arc<str>),
}

impl DisturbanceKind {
    fn group(&self) -> &'static str {
        match self {
            Self::Gaussian(_) => "gaussian noise",
            Self::GaussianOn(..) => "noise on one feature",
            Self::Quantile(_) => "quantile noise",
            Self::Categorical(_) => "categories redrawn",
            Self::Permutation(_) => "features permuted",
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DisturbanceKind::Gaussian(level) => write!(f, "gaussian({level})"),
            DisturbanceKind::GaussianOn(feature, level) => {
                write!(f, "gaussian({level},{feature})")
            }
            DisturbanceKind::Quantile(level) => write!(f, "quantile({level})"),
            DisturbanceKind::Categorical(level) => write!(f, "categorical({level})"),
            DisturbanceKind::Permutation(feature) => write!(f, "permuted({feature})"),
        }?;
        write!(f, "#{}", self.repeat)
    }
}

/// Names a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// What a whole file holds: the hash of its bytes.
    File(Arc<Path>),
    /// A table: what its file holds, without the data.
    Table(TableId),
    /// Columns of a table.
    Columns {
        /// The table.
        table: TableId,
        /// Which of its columns.
        set: ColumnSet,
    },
    /// What a model's file says of itself: what it takes and gives, and what can run it.
    Header(ModelId),
    /// The distinct values of the target, where they settle the task.
    TargetValues,
    /// The library that runs what is not run natively.
    Runtime,
    /// A model, ready to run.
    Model(ModelId),
    /// A model's scores for the first rows, where they settle what its scores mean.
    ScoreSample(ModelId),
    /// A model's scores for a table.
    Predictions {
        /// The model.
        model: ModelId,
        /// The table.
        table: TableId,
        /// How the table is disturbed first, if it is.
        disturbance: Option<Disturbance>,
        /// Those of some rows only, where a run is done in shards.
        shard: Option<Shard>,
    },
    /// The validated model's scores held against those of its training library.
    Parity,
    /// The protected attributes of a table's rows.
    ProtectedAttributes(TableId),
    /// The hyperparameter variants.
    Hyperparameters,
    /// What of whole columns must be known to disturb some rows of what a model takes.
    Statistics(ModelId),
    /// How far the features of the alternative tables have moved from those of the dataset.
    Drift,
    /// The slices of the dataset in which the validated model errs most.
    WorstSlices,
    /// What is known of the constraints on the validated model's score.
    Constraints,
    /// Rows of the dataset far from its middle, and clusters of like rows.
    UnusualRows {
        /// How many clusters.
        clusters: usize,
        /// They are found from at most so many rows.
        rows: usize,
        /// By moving their means so often.
        rounds: usize,
    },
}

impl Key {
    /// A model's scores for a table as it is.
    pub fn predictions(model: ModelId, table: TableId) -> Self {
        Self::Predictions {
            model,
            table,
            disturbance: None,
            shard: None,
        }
    }

    /// A model's scores for the dataset, disturbed.
    pub fn disturbed(model: ModelId, disturbance: Disturbance) -> Self {
        Self::Predictions {
            model,
            table: TableId::Dataset,
            disturbance: Some(disturbance),
            shard: None,
        }
    }

    /// What a shard makes of these predictions; none of another kind of resource.
    pub fn of_shard(&self, of: Shard) -> Option<Self> {
        let mut key = self.clone();
        let Self::Predictions { shard, .. } = &mut key else {
            return None;
        };
        *shard = Some(of);
        Some(key)
    }

    /// The same for all rows.
    #[must_use]
    pub fn whole(&self) -> Self {
        let mut key = self.clone();
        if let Self::Predictions { shard, .. } = &mut key {
            *shard = None;
        }
        key
    }

    /// What was scored by whom, whatever the validated model is called: by it the scores of two runs find
    /// each other. None of another kind of resource, and of a shard.
    pub fn scored_as(&self) -> Option<String> {
        let Self::Predictions {
            model,
            table,
            disturbance,
            shard: None,
        } = self
        else {
            return None;
        };
        let model = match model {
            ModelId::Validated(_) => "validated".to_owned(),
            ModelId::Alternative(name) => format!("alternative:{name}"),
            ModelId::Variant(name) => format!("variant:{name}"),
            ModelId::Quantile(name) => format!("quantile:{name}"),
        };
        Some(match disturbance {
            Some(disturbance) => format!("{model}@{table}~{disturbance}"),
            None => format!("{model}@{table}"),
        })
    }

    /// Are these predictions for rows as they are?
    pub fn is_undisturbed(&self) -> bool {
        matches!(
            self,
            Self::Predictions {
                disturbance: None,
                ..
            }
        )
    }

    /// The shard whose rows it is of, where it is of some rows only.
    pub fn shard(&self) -> Option<Shard> {
        match self {
            Self::Predictions { shard, .. } => *shard,
            _ => None,
        }
    }

    /// A heading that gathers many of the same kind.
    pub fn group(&self) -> Option<String> {
        let group = match self {
            Self::Table(table) | Self::Columns { table, .. } => return Some(table.to_string()),
            Self::File(_) => "files",
            Self::Header(_) => "headers",
            Self::Model(ModelId::Variant(_)) => "variants",
            Self::Predictions {
                model: ModelId::Variant(_),
                ..
            } => "variant predictions",
            Self::Predictions {
                model: ModelId::Alternative(_),
                disturbance: Some(_),
                ..
            } => "other models disturbed",
            Self::Predictions {
                disturbance: Some(disturbance),
                ..
            } => disturbance.kind.group(),
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
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Header(model) => write!(f, "header:{}", model.name()),
            Self::TargetValues => f.write_str("target_values"),
            Self::Runtime => f.write_str("runtime:onnxruntime"),
            Self::Model(model) => write!(f, "model:{}", model.name()),
            Self::ScoreSample(model) => write!(f, "score_sample:{}", model.name()),
            Self::Predictions {
                model,
                table,
                disturbance,
                shard,
            } => {
                write!(f, "predictions:{}@{table}", model.name())?;
                if let Some(disturbance) = disturbance {
                    write!(f, "~{disturbance}")?;
                }
                match shard {
                    Some(shard) => write!(f, "[{shard}]"),
                    None => Ok(()),
                }
            }
            Self::Parity => f.write_str("parity"),
            Self::ProtectedAttributes(TableId::Dataset) => f.write_str("protected_attributes"),
            Self::ProtectedAttributes(table) => write!(f, "protected_attributes@{table}"),
            Self::Hyperparameters => f.write_str("hyperparameters"),
            Self::Statistics(model) => write!(f, "statistics:{}", model.name()),
            Self::Drift => f.write_str("drift"),
            Self::WorstSlices => f.write_str("worst_slices"),
            Self::Constraints => f.write_str("constraints"),
            Self::UnusualRows {
                clusters,
                rows,
                rounds,
            } => write!(f, "unusual_rows:{clusters},{rows},{rounds}"),
        }
    }
}

impl Disturbance {
    /// Adds to a recipe what is done, and how strongly.
    pub(super) fn describe_to(&self, recipe: Recipe) -> Recipe {
        let (name, feature, level) = match &self.kind {
            DisturbanceKind::Gaussian(level) => ("gaussian", None, Some(level.0)),
            DisturbanceKind::GaussianOn(feature, level) => {
                ("gaussian on", Some(&**feature), Some(level.0))
            }
            DisturbanceKind::Quantile(level) => ("quantile", None, Some(level.0)),
            DisturbanceKind::Categorical(level) => ("categorical", None, Some(level.0)),
            DisturbanceKind::Permutation(feature) => ("permutation", Some(&**feature), None),
        };
        recipe
            .with("disturbance", name)
            .with("feature", feature)
            .with("level", level)
            .with("repeat", self.repeat)
    }
}
