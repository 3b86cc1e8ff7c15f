//! What the user asks for: `experiment.toml` and flags, parsed and checked before anything loads.
//!
//! Every path is resolved against the folder of the file that names it. Whether the files exist
//! and fit together is for those who open them to say.

mod bundled;
mod check;
mod groups;
mod overrides;
mod parse;
mod sweep;
mod trial_table;

pub use bundled::{BundledError, bundled, unpack_bundled};
pub use overrides::{Overrides, ProtectedFlag};
pub use sweep::{Direction, ParameterValue, SCORES, Sweep, Variant, VariantSource};

use std::path::{Path, PathBuf};

use crate::settings::{self, ExperimentErrors};
use crate::vocabulary::{Backend, Codec, Grouping, ModelOutput, Preset, Strategy, Task};

/// More workers than any machine that this runs on has cores would only cost memory.
const MOST_THREADS: usize = 256;

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
    /// What the metrics must keep to.
    pub gates: Vec<Gate>,
    /// How the engine is to be set.
    pub engine: EngineOptions,
}

impl Experiment {
    /// Reads `experiment.toml`; every problem in it is reported at once.
    pub fn from_file(path: &Path) -> Result<Self, ExperimentErrors> {
        let shown = path.display().to_string();
        let text = settings::experiment_text(path)
            .map_err(|problem| ExperimentErrors::file(&shown, problem))?;
        parse::experiment(path, &shown, &text)
    }

    /// An experiment out of flags alone.
    pub fn from_overrides(overrides: &Overrides) -> Result<Self, ExperimentErrors> {
        overrides.build()
    }

    /// This experiment with the flags that were given in place of what it says itself.
    pub fn with(self, overrides: &Overrides) -> Result<Self, ExperimentErrors> {
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
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its file.
    pub path: PathBuf,
    /// The column to predict.
    pub target: String,
    /// What kind of answer the target holds; none lets the model and the target tell.
    pub task: Option<Task>,
    /// What a missing string becomes for the model; none leaves it missing.
    pub missing_text: Option<String>,
    /// Other rows, for the prediction sets; none takes a seeded split of the dataset.
    pub calibration: Option<PathBuf>,
    /// The same columns drawn from other populations; their file stems differ.
    pub alternative: Vec<PathBuf>,
}

/// An attribute whose groups are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Protected {
    /// Its column.
    pub name: String,
    /// How its values make groups.
    pub grouping: Grouping,
    /// The group that the others are held against, where one is privileged.
    pub privileged: Option<String>,
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
    /// Models of the ends of an interval around the prediction, for a regression.
    pub quantiles: Option<QuantileModels>,
    /// The scores that the library which trained the model gives for the dataset.
    pub expected: Option<PathBuf>,
}

/// Two models of quantiles of the target: between them lies the target in `1 - alpha` of the rows,
/// or so they promise.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileModels {
    /// The file of the model of the `alpha / 2` quantile.
    pub lower: PathBuf,
    /// The file of the model of the `1 - alpha / 2` quantile.
    pub upper: PathBuf,
    /// The share of rows outside.
    pub alpha: f64,
}

impl Model {
    /// A model of these files, with the usual settings.
    fn at(path: Option<PathBuf>, predictions: Option<PathBuf>) -> Self {
        let file = path.as_deref().or(predictions.as_deref());
        Self {
            name: file.map(stem).unwrap_or_default(),
            path,
            predictions,
            threshold: 0.5,
            features: None,
            output: None,
            quantiles: None,
            expected: None,
        }
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

/// How the engine is to be set.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineOptions {
    /// Who is to run the models.
    pub backend: Backend,
    /// When resources are loaded.
    pub strategy: Strategy,
    /// Resources to load first and keep whatever the strategy, by name; `shared` stands for what
    /// two or more of the selected dimensions need.
    pub preload: Vec<String>,
    /// How thorough a run is.
    pub preset: Preset,
    /// Seed of everything random.
    pub seed: u64,
    /// Most entries of the prediction cache; zero switches it off.
    pub cache_entries: usize,
    /// Most bytes of the prediction cache; zero switches it off.
    pub cache_bytes: u64,
    /// What cached predictions are packed with while nobody works with them.
    pub compress: Option<Codec>,
    /// Most bytes that resources may take together, by estimate.
    pub memory_budget_bytes: Option<u64>,
    /// Threads in all; none takes one a core.
    pub threads: Option<usize>,
    /// Rows a prediction chunk.
    pub chunk_rows: usize,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            backend: Backend::default(),
            strategy: Strategy::default(),
            preload: Vec::new(),
            preset: Preset::default(),
            seed: 42,
            cache_entries: 128,
            cache_bytes: 256 << 20,
            compress: None,
            memory_budget_bytes: None,
            threads: None,
            chunk_rows: 10_000,
        }
    }
}

impl EngineOptions {
    /// Threads in all, as asked for or one a core.
    pub fn thread_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.unwrap_or_else(cores).clamp(1, MOST_THREADS)
    }
}

/// The name of a file without its folder and extension.
fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || path.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
