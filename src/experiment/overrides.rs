//! The flags that stand in for keys of `experiment.toml`, or for the whole of it.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::check;
use super::{Dataset, EngineOptions, Experiment, Model, Protected, stem};
use crate::settings::{ExperimentErrors, ProblemKind, Problems, Size, word};
use crate::vocabulary::{Backend, Codec, Grouping, ModelOutput, Preset, Strategy, Task};

const COMMAND_LINE: &str = "command line";

/// Flags that say what to validate and how; each replaces one key and leaves the others alone.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Overrides {
    /// The rows to validate on: .csv .parquet .arrow .feather
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// The column to predict
    #[arg(long, value_name = "COLUMN")]
    pub target: Option<String>,
    /// The value of the target that counts as class 1 [default: told from the model and the target]
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub positive: Option<String>,
    /// What a missing text becomes for the model [default: told from the model]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub missing_text: Option<String>,
    /// The model to validate: .onnx
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// The columns that a model of one tensor takes, in order [default: all but the target]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub features: Vec<String>,
    /// What the model's output means [default: told from the model]
    #[arg(long, value_parser = word::<ModelOutput>(), value_name = "MEANING")]
    pub model_output: Option<ModelOutput>,
    /// The model's scores, as `predict` writes them; the model is then not run
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    /// What the library that trained the model gives for the dataset, in columns as `predict`
    /// writes them: its scores are compared with these
    #[arg(long, value_name = "FILE")]
    pub parity: Option<PathBuf>,
    /// Columns whose groups are compared, such as sex,race,age:25,45,65 (cut points of a number)
    #[arg(long, value_name = "COLUMNS")]
    pub protected: Vec<ProtectedFlag>,
    /// The same columns drawn from another population; may be given again
    #[arg(long, value_name = "FILE")]
    pub alternative: Vec<PathBuf>,
    /// Other rows, for the prediction sets
    #[arg(long, value_name = "FILE")]
    pub calibration: Option<PathBuf>,
    /// Class 1 from this score on [default: 0.5]
    #[arg(long, value_name = "SCORE", allow_hyphen_values = true)]
    pub threshold: Option<f64>,
    /// Who is to run the models [default: auto]
    #[arg(long, value_parser = word::<Backend>())]
    pub backend: Option<Backend>,
    /// When resources are loaded [default: eager-core]
    #[arg(long, value_parser = word::<Strategy>())]
    pub strategy: Option<Strategy>,
    /// Load these first and keep them whatever the strategy, by name, such as
    /// dataset,model:forest; `shared`: what two or more of the selected dimensions need
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub preload: Vec<String>,
    /// How thorough a run is [default: quick]
    #[arg(long, value_parser = word::<Preset>())]
    pub preset: Option<Preset>,
    /// Seed of everything random [default: 42]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Threads in all [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Rows a prediction chunk [default: 10000]
    #[arg(long, value_name = "N")]
    pub chunk_rows: Option<NonZeroUsize>,
    /// Most entries of the prediction cache; 0 switches it off [default: 128]
    #[arg(long, value_name = "N")]
    pub cache_entries: Option<usize>,
    /// Most bytes of the prediction cache; 0 switches it off [default: 256MiB]
    #[arg(long, value_name = "SIZE")]
    pub cache_bytes: Option<Size>,
    /// Pack cached predictions while nobody works with them; exactly restored [default: not]
    #[arg(long, value_parser = word::<Codec>(), value_name = "CODEC")]
    pub compress: Option<Codec>,
    /// Most bytes that resources may take together, such as 2GB
    #[arg(long, value_name = "SIZE")]
    pub memory_budget: Option<Size>,
}

/// The attributes of one `--protected`.
#[derive(Clone, Debug, PartialEq)]
pub struct ProtectedFlag(pub Vec<Protected>);

impl FromStr for ProtectedFlag {
    type Err = String;

    /// `sex,age:25,45,65,race`: a colon begins cut points, which go on for as long as numbers do.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut attributes: Vec<Protected> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let number = finite(part);
            if let (Some(Grouping::CutPoints(points)), Some(number)) =
                (attributes.last_mut().map(|a| &mut a.grouping), number)
            {
                points.push(number);
                continue;
            }
            let (name, grouping) = match part.rsplit_once(':') {
                None => (part, Grouping::Categories),
                Some((name, first)) => {
                    let first = finite(first).ok_or_else(|| {
                        format!("`{first}` is not a number; cut points look like age:25,45,65")
                    })?;
                    (name, Grouping::CutPoints(vec![first]))
                }
            };
            if name.is_empty() {
                return Err("a column's name is empty; write for example sex,race".to_owned());
            }
            attributes.push(Protected {
                name: name.to_owned(),
                grouping,
                privileged: None,
            });
        }
        Ok(Self(attributes))
    }
}

fn finite(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

impl Overrides {
    /// Do the flags name data or a model, and so an experiment of their own when no file is given?
    pub fn describe_an_experiment(&self) -> bool {
        self.data.is_some()
            || self.model.is_some()
            || self.predictions.is_some()
            || self.target.is_some()
    }

    pub(super) fn build(&self) -> Result<Experiment, ExperimentErrors> {
        let mut problems = Problems::default();
        let mut missing = |flag: &str, wanted: &str| {
            let wanted = wanted.to_owned();
            problems.add(None, flag, ProblemKind::Missing { wanted });
        };
        if self.data.is_none() {
            missing("--data", "the file with the rows, or an experiment.toml");
        }
        if self.target.is_none() {
            missing("--target", "the column to predict");
        }
        if self.model.is_none() && self.predictions.is_none() {
            missing("--model", "the model's file (.onnx)");
        }
        let data = self.data.clone().unwrap_or_default();
        let model = Model::at(self.model.clone(), self.predictions.clone());
        let experiment = problems.or(
            COMMAND_LINE,
            Experiment {
                name: format!("{} on {}", model.name, stem(&data)),
                file: None,
                dataset: Dataset {
                    path: data,
                    target: String::new(),
                    task: None,
                    missing_text: None,
                    calibration: None,
                    alternative: Vec::new(),
                },
                protected: Vec::new(),
                model,
                alternative_models: Vec::new(),
                hyperparameters: None,
                gates: Vec::new(),
                engine: EngineOptions::default(),
            },
        )?;
        self.apply(experiment)
    }

    pub(super) fn apply(&self, mut experiment: Experiment) -> Result<Experiment, ExperimentErrors> {
        self.apply_to_dataset(&mut experiment.dataset);
        if !self.protected.is_empty() {
            let flags = self.protected.iter();
            experiment.protected = flags.flat_map(|flag| flag.0.clone()).collect();
        }
        if let Some(path) = &self.model {
            experiment.model.name = stem(path);
            experiment.model.path = Some(path.clone());
            // Scores of another model would say nothing about this one, nor would its quantiles.
            experiment.model.predictions = None;
            experiment.model.expected = None;
            experiment.model.quantiles = None;
            experiment
                .alternative_models
                .retain(|other| !is_same_file(&other.path, path));
        }
        if !self.features.is_empty() {
            experiment.model.features = Some(self.features.clone());
        }
        if self.model_output.is_some() {
            experiment.model.output = self.model_output;
        }
        if self.parity.is_some() {
            experiment.model.expected.clone_from(&self.parity);
        }
        if self.predictions.is_some() {
            experiment.model.predictions.clone_from(&self.predictions);
        }
        set(&mut experiment.model.threshold, self.threshold);
        self.apply_to_engine(&mut experiment.engine);

        let mut problems = Problems::default();
        check::experiment(&experiment, &mut problems);
        let source = match &experiment.file {
            Some(file) => format!("{} with the flags given", file.display()),
            None => COMMAND_LINE.to_owned(),
        };
        problems.or(&source, experiment)
    }

    fn apply_to_dataset(&self, dataset: &mut Dataset) {
        set(&mut dataset.path, self.data.clone());
        if self.target.as_ref().is_some_and(|t| *t != dataset.target) {
            // The classes of another column say nothing about this one.
            dataset.task = None;
        }
        set(&mut dataset.target, self.target.clone());
        if self.missing_text.is_some() {
            dataset.missing_text.clone_from(&self.missing_text);
        }
        if let Some(positive) = self.positive.clone() {
            dataset.task = Some(Task::Binary { positive });
        }
        if self.calibration.is_some() {
            dataset.calibration.clone_from(&self.calibration);
        }
        if !self.alternative.is_empty() {
            dataset.alternative.clone_from(&self.alternative);
        }
    }

    fn apply_to_engine(&self, engine: &mut EngineOptions) {
        set(&mut engine.strategy, self.strategy);
        set(&mut engine.backend, self.backend);
        if !self.preload.is_empty() {
            engine.preload.clone_from(&self.preload);
        }
        set(&mut engine.preset, self.preset);
        set(&mut engine.seed, self.seed);
        set(&mut engine.cache_entries, self.cache_entries);
        set(&mut engine.cache_bytes, self.cache_bytes.map(|s| s.0));
        set(
            &mut engine.chunk_rows,
            self.chunk_rows.map(NonZeroUsize::get),
        );
        if self.compress.is_some() {
            engine.compress = self.compress;
        }
        if let Some(Size(bytes)) = self.memory_budget {
            engine.memory_budget_bytes = Some(bytes);
        }
        if let Some(threads) = self.threads {
            engine.threads = Some(threads.get());
        }
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Two names of one file? Files that cannot be found are compared by name.
fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
