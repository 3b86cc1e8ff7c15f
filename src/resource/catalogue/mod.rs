//! The catalogue: every resource of an experiment, what it is made from, and how it is loaded.
//!
//! It begins with what the experiment names, opens nothing, and learns: a table's schema, a model's
//! header, the values of the target are resources like any other, and once one of them is loaded the
//! catalogue that knows it knows more keys. What it says of a key follows from the facts it has.

mod columns;
mod core;
mod cost;
mod facts;
mod fit;
mod place;
mod shown;
mod ways;
mod workload;

pub(super) use columns::length;

pub use cost::CostParts;
pub use facts::Unbound;
pub use ways::{Seconds, Ways};

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::core::Core;
use self::facts::Facts;
use self::shown::ShownFiles;
use super::column_set::UsedColumns;
use super::compiled::CompiledModels;
use super::key::{Key, ModelId, TableId};
use super::matching::InputPlan;
use super::precomputed::Precomputed;
use super::scores::{ScoreMeaning, ScoreReading};
use super::source::OpenFiles;
use super::table::same_value;
use crate::event::{TaskKind, Understanding};
use crate::experiment::{Experiment, Model, Sweep, VariantSource};
use crate::inference::{Header, OpenOptions};
use crate::vocabulary::{
    Backend, BackendChoice, Columns, Note, Problem, Problems, ResourceKind, RunsOn, Task,
};

/// More rows at a time than any table has: beyond it, sums of rows would not be numbers any more.
const MOST_CHUNK_ROWS: usize = 1 << 40;

/// How loads are to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadSettings {
    /// Seed of everything random.
    pub seed: u64,
    /// Rows a prediction chunk.
    pub chunk_rows: usize,
    /// Who is to run the models.
    pub backend: Backend,
    /// Threads in all.
    pub threads: usize,
    /// How columns that only predictions pass over are taken.
    pub columns: Columns,
}

impl LoadSettings {
    /// What an experiment asks for.
    pub fn of(experiment: &Experiment) -> Self {
        Self {
            seed: experiment.engine.seed,
            chunk_rows: experiment.engine.chunk_rows.clamp(1, MOST_CHUNK_ROWS),
            backend: experiment.engine.backend,
            threads: experiment.engine.threads,
            columns: experiment.engine.columns,
        }
    }
}

/// How a model is fed and read.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundModel {
    /// What its file says of itself.
    pub header: Arc<Header>,
    /// The columns of every input.
    pub inputs: Vec<InputPlan>,
    /// What runs it, and why.
    pub backend: BackendChoice,
    /// How the scores are read; none until a sample of them has been seen, where it takes one.
    pub reading: Option<ScoreReading>,
    /// By how much the scores of a row change with the rows beside it, where a trial has shown that
    /// they do: each table is then scored in one batch.
    pub mixing: Option<f32>,
}

impl BoundModel {
    pub(super) fn open_options(&self) -> OpenOptions {
        OpenOptions {
            backend: match self.backend.runs_on() {
                RunsOn::Native => Backend::Native,
                RunsOn::OnnxRuntime => Backend::OnnxRuntime,
            },
            ..OpenOptions::default()
        }
    }
}

/// Every resource of an experiment, as far as it is known.
#[derive(Clone)]
pub struct Catalogue {
    /// What the user asked for.
    pub experiment: Arc<Experiment>,
    pub(super) settings: LoadSettings,
    pub(super) files: Arc<OpenFiles>,
    tables: BTreeMap<TableId, PathBuf>,
    models: BTreeMap<ModelId, PathBuf>,
    /// The files beside a model's own that hold its weights, of models whose headers are known.
    weights: BTreeMap<ModelId, Vec<PathBuf>>,
    /// All files, by the names they are shown by.
    shown: Arc<ShownFiles>,
    facts: Facts,
    /// What the dataset and the validated model make of the experiment.
    core: Result<Arc<Core>, Unbound>,
    bound: BTreeMap<ModelId, Result<Arc<BoundModel>, Problem>>,
    columns: BTreeMap<TableId, Arc<UsedColumns>>,
    ways: Arc<Ways>,
    /// Models that the native backend does not cover, though their headers promised that.
    refused: BTreeMap<ModelId, String>,
    gaps: bool,
    /// Where compiled models are kept.
    pub(in crate::resource) compiled: Option<Arc<dyn CompiledModels>>,
}

impl Catalogue {
    /// What the experiment names. Nothing is opened.
    pub fn new(experiment: Experiment, settings: LoadSettings) -> Self {
        let mut tables = BTreeMap::from([(TableId::Dataset, experiment.dataset.path.clone())]);
        let dataset = &experiment.dataset;
        let calibration = dataset.calibration.iter();
        tables.extend(calibration.map(|path| (TableId::Calibration, path.clone())));
        tables.extend(dataset.alternative.iter().map(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            (TableId::Alternative(Arc::from(&*stem)), path.clone())
        }));
        let scores = experiment.model.predictions.iter();
        tables.extend(scores.map(|path| (TableId::Scores, path.clone())));
        let expected = experiment.model.expected.iter();
        tables.extend(expected.map(|path| (TableId::ExpectedScores, path.clone())));
        let mut catalogue = Self {
            models: named_models(&experiment),
            experiment: Arc::new(experiment),
            settings,
            files: Arc::default(),
            tables,
            weights: BTreeMap::new(),
            shown: Arc::default(),
            facts: Facts::default(),
            core: Err(Unbound::Lacks(Vec::new())),
            bound: BTreeMap::new(),
            columns: BTreeMap::new(),
            ways: Arc::default(),
            refused: BTreeMap::new(),
            gaps: false,
            compiled: None,
        };
        catalogue.name_files();
        catalogue.bind();
        catalogue
    }

    /// Looks for compiled models where some are kept, and has them kept there.
    #[must_use]
    pub fn with_compiled(self, compiled: Arc<dyn CompiledModels>) -> Self {
        Self {
            compiled: Some(compiled),
            ..self
        }
    }

    /// Lets rows be without a score: NaN there, where it is an error otherwise.
    #[must_use]
    pub fn with_gaps(self) -> Self {
        Self { gaps: true, ..self }
    }

    /// This catalogue with a model that the native backend does not cover after all.
    #[must_use]
    pub fn with_refused(&self, id: ModelId, reason: String) -> Self {
        let mut next = self.clone();
        next.refused.insert(id, reason);
        next.bind();
        next
    }

    /// The model under validation.
    pub fn validated(&self) -> ModelId {
        ModelId::Validated(Arc::from(self.experiment.model.name.as_str()))
    }

    /// Every file that a resource is made from, each once.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tables = self.tables.values();
        let models = self.models.values();
        let variants = self.experiment.hyperparameters.iter();
        let weights = self.weights.values().flatten();
        let all = tables.chain(models).chain(variants).chain(weights);
        let mut seen = HashSet::new();
        all.map(PathBuf::as_path)
            .filter(move |path| seen.insert(path.as_os_str()))
    }

    fn name_files(&mut self) {
        self.shown = Arc::new(ShownFiles::new(self.files()));
    }

    /// The files beside a model's own that hold its weights, as far as its header is known.
    pub(in crate::resource) fn weight_files(&self, id: &ModelId) -> &[PathBuf] {
        self.weights.get(id).map_or(&[], Vec::as_slice)
    }

    /// The tables that are validated on, and their files.
    pub fn tables(&self) -> impl Iterator<Item = (&TableId, &Path)> {
        let is_data = |id: &&TableId| !matches!(id, TableId::Scores | TableId::ExpectedScores);
        let tables = self.tables.iter().filter(move |(id, _)| is_data(id));
        tables.map(|(id, path)| (id, path.as_path()))
    }

    /// Is there such a table?
    pub fn has_table(&self, id: &TableId) -> bool {
        self.tables.contains_key(id)
    }

    /// A table's file.
    pub(super) fn table_path(&self, id: &TableId) -> Result<&Path, Problem> {
        let path = self.tables.get(id).map(PathBuf::as_path);
        path.ok_or_else(|| Problem::new("no such table"))
    }

    /// A model's file.
    pub(super) fn model_path(&self, id: &ModelId) -> Result<&Path, Problem> {
        let path = self.models.get(id).map(PathBuf::as_path);
        path.ok_or_else(|| Problem::new("no such model"))
    }

    /// The models that are run, and their files.
    pub fn models(&self) -> impl Iterator<Item = (&ModelId, &Path)> {
        self.models.iter().map(|(id, path)| (id, path.as_path()))
    }

    /// How a model is fed and read, as far as that is known.
    pub fn bound(&self, id: &ModelId) -> Option<&BoundModel> {
        self.bound.get(id)?.as_ref().ok().map(Arc::as_ref)
    }

    /// What stands against running a model.
    pub fn unfit(&self, id: &ModelId) -> Option<&Problem> {
        self.bound.get(id)?.as_ref().err()
    }

    /// What runs a resource and why, for a model whose header is known.
    pub fn backend(&self, key: &Key) -> Option<&BackendChoice> {
        match key {
            Key::Model(id) => Some(&self.bound(id)?.backend),
            _ => None,
        }
    }

    /// Whether dataset and validated model are known and fit together; else what must be loaded
    /// first, or what is wrong. All that follows rests on it.
    pub fn ready(&self) -> Result<(), Unbound> {
        self.core.as_ref().map(drop).map_err(Clone::clone)
    }

    fn core_or_default(&self) -> &Core {
        static NOTHING: Core = Core::nothing();
        self.core.as_deref().unwrap_or(&NOTHING)
    }

    /// What kind of answer the target holds; a number as long as that is not known.
    pub fn task(&self) -> &Task {
        &self.core_or_default().task
    }

    /// The classes that are known without the rows at hand: the model's, those of the dataset where its
    /// target was looked at, and both codes where the positive class is one.
    pub fn known_classes(&self) -> Vec<String> {
        let model = self.bound(&self.validated());
        let classes = model.and_then(|model| model.header.signature.classes.clone());
        let mut known = classes.unwrap_or_default();
        known.extend(
            self.facts
                .target()
                .into_iter()
                .flat_map(|t| t.distinct.clone()),
        );
        if let Task::Binary { positive } = self.task() {
            let codes = ["0", "1"];
            if codes.iter().any(|code| same_value(code, positive)) {
                known.extend(codes.map(str::to_owned));
            }
        }
        known
    }

    /// What was taken for granted, for the user to know.
    pub fn notes(&self) -> &[Note] {
        &self.core_or_default().notes
    }

    /// The scores that stand in for the validated model, if the experiment names any.
    pub fn precomputed(&self) -> Option<&Precomputed> {
        self.core_or_default().precomputed.as_ref()
    }

    /// Do scores out of a file stand in for the validated model?
    pub fn is_precomputed(&self) -> bool {
        self.experiment.model.predictions.is_some()
    }

    /// The scores that the training library gives, if the experiment names any.
    pub fn expected(&self) -> Option<&Precomputed> {
        self.core_or_default().expected.as_ref()
    }

    /// The file of scores behind a key, if there is one.
    pub(super) fn precomputed_for(&self, key: &Key) -> Option<&Precomputed> {
        let is_it = *key == Key::predictions(self.validated(), TableId::Dataset);
        self.precomputed().filter(|_| is_it)
    }

    /// What the validated model's scores mean.
    pub fn score_meaning(&self) -> ScoreMeaning {
        self.core_or_default().meaning
    }

    /// What the experiment was understood to be.
    pub fn understanding(&self) -> Understanding {
        let (task, classes) = match self.task() {
            Task::Binary { positive } => (TaskKind::Binary, vec![positive.clone()]),
            Task::MultiClass(classes) => (TaskKind::MultiClass, classes.clone()),
            Task::Regression => (TaskKind::Regression, Vec::new()),
        };
        let model = self.bound(&self.validated());
        let reading = model.and_then(|model| Some((model.reading.as_ref()?, model)));
        let score = match (self.precomputed(), reading) {
            (Some(precomputed), _) => precomputed.in_words(),
            (None, Some((reading, model))) => reading.in_words(&model.header.signature),
            (None, None) => String::new(),
        };
        let has_threshold = task == TaskKind::Binary && self.score_meaning() != ScoreMeaning::Label;
        Understanding {
            task,
            target: self.experiment.dataset.target.clone(),
            classes,
            score,
            threshold: has_threshold.then(|| self.threshold()),
            expected: self.expected().map(Precomputed::describe),
        }
    }

    /// The models of the ends of an interval around the prediction, and the share of rows that
    /// they leave outside.
    pub fn quantiles(&self) -> Option<(ModelId, ModelId, f64)> {
        let quantiles = self.experiment.model.quantiles.as_ref()?;
        let (lower, upper) = (quantile_id(&quantiles.lower), quantile_id(&quantiles.upper));
        Some((lower, upper, quantiles.alpha))
    }

    /// From this score on, a row is in the positive class.
    pub fn threshold(&self) -> f64 {
        self.threshold_for(self.score_meaning())
    }

    /// As [`threshold`](Self::threshold), for a model of its own.
    pub fn threshold_of(&self, model: &ModelId) -> f64 {
        let reading = self.bound(model).and_then(|model| model.reading.as_ref());
        let meaning = reading.map(|reading| reading.meaning);
        self.threshold_for(meaning.unwrap_or(ScoreMeaning::Probability))
    }

    /// The threshold at which a model's own label is expected to be cut; none where the user has set
    /// another.
    pub(super) fn own_threshold(&self, model: &ModelId) -> Option<f64> {
        let usual = Model::default().threshold;
        let meaning = self.bound(model)?.reading.as_ref()?.meaning;
        let is_set = meaning == ScoreMeaning::Probability
            && self.experiment.model.threshold.to_bits() != usual.to_bits();
        (!is_set).then(|| self.threshold_for(meaning))
    }

    fn threshold_for(&self, meaning: ScoreMeaning) -> f64 {
        match meaning {
            ScoreMeaning::Probability => self.experiment.model.threshold,
            ScoreMeaning::Margin => 0.0,
            ScoreMeaning::Label | ScoreMeaning::Number => 0.5,
        }
    }

    /// Scores a row: one a class where there are several, else one.
    pub fn score_columns(&self) -> usize {
        match self.task() {
            Task::MultiClass(classes) => classes.len(),
            Task::Binary { .. } | Task::Regression => 1,
        }
    }

    /// The features of the validated model, in the order of its inputs; none where its scores come
    /// from a file.
    pub fn features(&self) -> Vec<String> {
        let model = self.bound(&self.validated());
        let inputs = model.iter().flat_map(|m| &m.inputs);
        inputs.flat_map(|i| i.columns.iter().cloned()).collect()
    }

    /// The columns that a model takes and never looks at, in the order of its inputs: whatever they hold,
    /// its scores are the same.
    pub fn never_looked_at(&self, model: &ModelId) -> Vec<String> {
        let inputs = || self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let read: HashSet<&String> = inputs().flat_map(InputPlan::read).collect();
        let mut seen = HashSet::new();
        let all = inputs().flat_map(|input| &input.columns);
        all.filter(|name| !read.contains(name) && seen.insert(*name))
            .cloned()
            .collect()
    }

    /// The hyperparameter variants; none as long as their file has not been read.
    pub fn sweep(&self) -> Option<&Sweep> {
        self.facts.sweep()
    }

    /// Everything that the experiment names: all tables and models, what is grouped and listed in
    /// it, and the validated model's scores for the dataset.
    pub fn everything(&self) -> Vec<Key> {
        let tables = self.tables().map(|(id, _)| id);
        let mut keys: Vec<Key> = tables.flat_map(|table| self.whole_table(table)).collect();
        keys.extend(self.models.keys().cloned().map(Key::Model));
        if !self.experiment.protected.is_empty() {
            keys.push(Key::ProtectedAttributes);
        }
        if self.experiment.hyperparameters.is_some() {
            keys.push(Key::Hyperparameters);
        }
        keys.push(Key::predictions(self.validated(), TableId::Dataset));
        keys
    }

    /// The core: the dataset and the model under validation, if it is run.
    pub fn core(&self) -> Vec<Key> {
        let mut keys = self.whole_table(&TableId::Dataset);
        if !self.is_precomputed() {
            keys.push(Key::Model(self.validated()));
        }
        keys
    }

    /// What kind of thing a resource is.
    pub fn kind(key: &Key) -> ResourceKind {
        match key {
            Key::File(_) => ResourceKind::File,
            Key::Table(_) | Key::Columns { .. } => ResourceKind::Table,
            Key::Header(_) => ResourceKind::Header,
            Key::TargetValues => ResourceKind::TargetValues,
            Key::Runtime => ResourceKind::Runtime,
            Key::Model(_) => ResourceKind::Model,
            Key::ScoreSample(_) => ResourceKind::ScoreSample,
            Key::Predictions { .. } => ResourceKind::Predictions,
            Key::Parity => ResourceKind::Parity,
            Key::ProtectedAttributes => ResourceKind::ProtectedAttributes,
            Key::Hyperparameters => ResourceKind::HyperparameterConfig,
        }
    }

    /// What a missing text becomes for a model.
    pub(super) fn missing_text(&self) -> &str {
        let told = || self.core.as_ref().ok()?.missing_text.as_deref();
        let asked = self.experiment.dataset.missing_text.as_deref();
        asked.or_else(told).unwrap_or("")
    }

    pub(super) fn are_gaps_fine(&self) -> bool {
        self.gaps
    }
}

/// The models that the experiment names itself; those of the variants are in a file of their own.
fn named_models(experiment: &Experiment) -> BTreeMap<ModelId, PathBuf> {
    let model = &experiment.model;
    let mut models = BTreeMap::new();
    if let (Some(path), None) = (&model.path, &model.predictions) {
        let id = ModelId::Validated(Arc::from(model.name.as_str()));
        models.insert(id, path.clone());
    }
    if let Some(quantiles) = &model.quantiles {
        for path in [&quantiles.lower, &quantiles.upper] {
            models.insert(quantile_id(path), path.clone());
        }
    }
    for model in &experiment.alternative_models {
        let id = ModelId::Alternative(Arc::from(model.name.as_str()));
        models.insert(id, model.path.clone());
    }
    models
}

/// The model of an end of the interval.
fn quantile_id(path: &Path) -> ModelId {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    ModelId::Quantile(Arc::from(&*stem))
}

/// The variants that come with a model of their own, and its file.
pub fn variants_with_models(sweep: &Sweep) -> impl Iterator<Item = (ModelId, &Path)> {
    sweep
        .variants
        .iter()
        .filter_map(|variant| match &variant.source {
            VariantSource::Model(path) => {
                let id = ModelId::Variant(Arc::from(variant.name.as_str()));
                Some((id, path.as_path()))
            }
            VariantSource::Score(_) => None,
        })
}

/// Everything that stands against an experiment, each under the key of the settings.
pub(super) fn problems(key: &str, found: impl IntoIterator<Item = Problem>) -> Problems {
    Problems(
        found
            .into_iter()
            .map(|problem| problem.under(key))
            .collect(),
    )
}
