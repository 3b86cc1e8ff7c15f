//! What the user asks for: `experiment.toml` and flags, parsed and checked before anything loads.
//!
//! Every path is resolved against the folder of the file that names it. Whether the files exist
//! and fit together is for those who open them to say.

mod baseline_gates;
mod bundled;
mod check;
mod constraints;
mod overrides;
mod parse;
mod shared;
mod sweep;
mod trials;

pub use crate::settings::{Protected, QuantileModels};
pub use baseline_gates::{BaselineGate, BaselineGates};
pub use bundled::{BundledError, bundled, unpack_bundled};
pub use constraints::{Bounds, Constraints, OUTPUT, Sign, Trend};
pub use overrides::Overrides;
pub use shared::SharedSettings;
pub use sweep::{Direction, ParameterValue, SCORES, Sweep, Variant, VariantSource};
pub use trials::{TrialColumn, is_trial_table};

use std::path::{Path, PathBuf};

use crate::settings::{self, CacheGiven, DatasetGiven, ModelGiven, SettingsError};
use crate::vocabulary::{EngineSettings, LintSettings, ModelOutput, TableOptions, Task};

/// A validation experiment: data, model, and what is asked of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// Its name, for people.
    pub name: String,
    /// The file that describes it, if one does.
    pub file: Option<PathBuf>,
    /// The rows to validate on.
    pub dataset: Dataset,
    /// The attributes whose groups are compared, in the order given.
    pub protected: Vec<Protected>,
    /// The model to validate.
    pub model: Model,
    /// Models to set beside it; their names differ from each other and from the model's.
    pub alternative_models: Vec<AlternativeModel>,
    /// The hyperparameters' file or a table of trials, for [`Sweep::from_file`].
    pub hyperparameters: Option<PathBuf>,
    /// Which of its scores counts, for a table of trials that has several.
    pub trials_metric: Option<String>,
    /// What the model's score must keep to; each is among the gates, too.
    pub constraints: Constraints,
    /// What the metrics must keep to.
    pub gates: Vec<Gate>,
    /// By how much it may be worse than a run that it is held against.
    pub baseline_gates: BaselineGates,
    /// How the engine is to be set.
    pub engine: EngineSettings,
    /// What outlives a session.
    pub cache: CacheSettings,
    /// What lints call too much.
    pub lints: LintSettings,
}

/// What is kept for later sessions. No answer depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheSettings {
    /// Is what loads have made kept on this disk?
    pub disk: bool,
    /// The most bytes that this takes; none leaves it to the disk's size.
    pub disk_bytes: Option<u64>,
    /// The cache that several machines have in common.
    pub shared: SharedSettings,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            disk: true,
            disk_bytes: None,
            shared: SharedSettings::default(),
        }
    }
}

impl CacheSettings {
    /// Puts what is given in the place of what is there.
    fn take(&mut self, given: &CacheGiven) {
        set(&mut self.disk, given.disk.map(|on| on.0));
        self.disk_bytes = given.disk_bytes.map(u64::from).or(self.disk_bytes);
    }
}

impl Experiment {
    /// Reads `experiment.toml`; every problem in it is reported at once.
    pub fn from_file(path: &Path) -> Result<Self, SettingsError> {
        let shown = path.display().to_string();
        let text = settings::experiment_text(path)
            .map_err(|problem| SettingsError::file(&shown, problem))?;
        parse::experiment(path, &shown, &text)
    }

    /// An experiment out of flags alone.
    pub fn from_overrides(overrides: &Overrides) -> Result<Self, SettingsError> {
        overrides.build()
    }

    /// This experiment with the flags that were given in place of what it says itself.
    pub fn with(self, overrides: &Overrides) -> Result<Self, SettingsError> {
        overrides.apply(self)
    }

    /// May validating it run a model? Not where all scores come from a file.
    pub fn may_run_models(&self) -> bool {
        self.model.predictions.is_none()
            || !self.alternative_models.is_empty()
            || self.hyperparameters.is_some()
    }

    /// Gates on the metrics of one dimension, by the name of that dimension.
    pub fn gates_of<'e>(&'e self, dimension: &'e str) -> impl Iterator<Item = &'e Gate> {
        let of = move |gate: &&Gate| gate.metric.split('.').next() == Some(dimension);
        self.gates.iter().filter(of)
    }
}

/// The rows to validate on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// Its file.
    pub path: PathBuf,
    /// The column to predict.
    pub target: String,
    /// What kind of answer the target holds; none lets the model and the target tell.
    pub task: Option<Task>,
    /// What a missing string becomes for the model; none leaves it missing.
    pub missing_text: Option<String>,
    /// How it and the tables beside it are written, where the files do not tell.
    pub tables: TableOptions,
    /// Other rows, for the prediction sets; none takes a seeded split of the dataset.
    pub calibration: Option<PathBuf>,
    /// The same columns drawn from other populations; their file stems differ.
    pub alternative: Vec<PathBuf>,
}

impl Dataset {
    /// Puts what is given in the place of what is there.
    fn take(&mut self, given: DatasetGiven) {
        set(&mut self.path, given.path);
        if given.target.as_ref().is_some_and(|t| *t != self.target) {
            // The classes of another column say nothing about this one.
            self.task = None;
        }
        set(&mut self.target, given.target);
        let missing_text = given.missing_text.map(|text| text.0);
        self.missing_text = missing_text.or(self.missing_text.take());
        self.task = given.positive.or(self.task.take());
        let tables = &mut self.tables;
        set(&mut tables.missing, given.missing.map(|words| words.0));
        tables.separator = given.separator.or(tables.separator);
        tables.decimal = given.decimal.or(tables.decimal);
        tables.encoding = given.encoding.or(tables.encoding);
        set(&mut tables.spelling, given.spelling);
        self.calibration = given.calibration.or(self.calibration.take());
        set(&mut self.alternative, given.alternative);
    }
}

/// The model to validate: a file to run, or a file of its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name: the stem of its file, or else of that of its scores.
    pub name: String,
    /// Its file; there is one wherever `predictions` is none.
    pub path: Option<PathBuf>,
    /// Its scores for the dataset, as `lazydebugger predict` writes them. With them the model
    /// itself is never opened.
    pub predictions: Option<PathBuf>,
    /// Class 1 from this score on.
    pub threshold: f64,
    /// Column order of a model with a single tensor; none takes all columns but the target.
    pub features: Option<Vec<String>>,
    /// What the model's output means; none lets the model say.
    pub output: Option<ModelOutput>,
    /// The output that holds its score, or one column of it; none lets the model say.
    pub score_output: Option<String>,
    /// Models of the ends of an interval around the prediction, for a regression.
    pub quantiles: Option<QuantileModels>,
    /// The scores that the library which trained the model gives for the dataset.
    pub expected: Option<PathBuf>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            name: String::new(),
            path: None,
            predictions: None,
            threshold: 0.5,
            features: None,
            output: None,
            score_output: None,
            quantiles: None,
            expected: None,
        }
    }
}

impl Model {
    /// Puts what is given in the place of what is there.
    fn take(&mut self, given: ModelGiven) {
        if let Some(path) = given.path {
            self.name = stem(&path);
            self.path = Some(path);
            // Scores of another model would say nothing about this one, nor would its quantiles.
            self.predictions = None;
            self.expected = None;
            self.quantiles = None;
            self.score_output = None;
        }
        if let Some(scores) = given.predictions {
            if self.path.is_none() {
                self.name = stem(&scores);
            }
            self.predictions = Some(scores);
        }
        set(&mut self.threshold, given.threshold);
        self.features = given.features.or(self.features.take());
        self.output = given.output.or(self.output);
        self.score_output = given.score_output.or(self.score_output.take());
        self.quantiles = given.quantiles.or(self.quantiles.take());
        self.expected = given.expected.or(self.expected.take());
    }

    /// The file from which its scores come: that of the scores, or else of the model.
    pub fn source(&self) -> Option<&Path> {
        self.predictions.as_deref().or(self.path.as_deref())
    }
}

/// A model to set beside the validated one.
#[derive(Clone, Debug, PartialEq)]
pub struct AlternativeModel {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
}

/// A bound that a metric must keep to; at least one of its ends is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// `dimension.metric`.
    pub metric: String,
    /// The least that the metric may be.
    pub min: Option<f64>,
    /// The most that it may be.
    pub max: Option<f64>,
}

/// The name of a file without its folder and extension.
fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || path.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn set<T>(place: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *place = given;
    }
}
