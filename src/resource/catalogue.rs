//! The catalogue: every resource of an experiment, what it is made from, and how it is loaded.

mod cost;
mod loading;
mod workload;

pub use cost::CostParts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::column_set::{ColumnSet, UsedColumns};
use super::key::{Key, ModelId, TableId};
use super::matching::InputPlan;
use super::precomputed::Precomputed;
use super::scores::{ScoreMeaning, ScoreReading};
use super::table::ColumnType;
use super::table_file::TableSchema;
use crate::event::{TaskKind, Understanding};
use crate::experiment::{Experiment, Sweep, VariantSource};
use crate::inference::{self, InferenceError, MemoryFigure, OpenOptions, Signature, runtime};
use crate::vocabulary::Task;
use crate::vocabulary::{Backend, BackendChoice, ResourceKind, RunsOn};

/// How loads are to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadSettings {
    /// Seed of everything random.
    pub seed: u64,
    /// Rows a prediction chunk.
    pub chunk_rows: usize,
    /// Who is to run the models.
    pub backend: Backend,
}

impl LoadSettings {
    /// What an experiment asks for.
    pub fn of(experiment: &Experiment) -> Self {
        Self {
            seed: experiment.engine.seed,
            chunk_rows: experiment.engine.chunk_rows.max(1),
            backend: experiment.engine.backend,
        }
    }
}

/// Where a table comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSource {
    /// Its file.
    pub path: PathBuf,
    /// The columns that the experiment uses.
    pub columns: UsedColumns,
    /// What the file holds.
    pub schema: TableSchema,
}

impl TableSource {
    fn estimated_bytes(&self, set: ColumnSet) -> Option<u64> {
        let columns = self.columns.of(set).iter();
        let columns = columns.filter(|name| !self.schema.mapped.contains(*name));
        let types = columns.filter_map(|c| self.schema.column_type(c));
        let row: u64 = types.map(ColumnType::bytes_per_row).sum();
        match self.schema.rows {
            Some(rows) => Some(rows as u64 * row),
            None => std::fs::metadata(&self.path).ok().map(|m| m.len()),
        }
    }
}

/// Where a model comes from, and how it is fed and read.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSource {
    /// Its file.
    pub path: PathBuf,
    /// What it takes and gives.
    pub signature: Signature,
    /// The columns of every input.
    pub inputs: Vec<InputPlan>,
    /// How the scores are read.
    pub reading: ScoreReading,
    /// What runs it, and why.
    pub backend: BackendChoice,
    /// What it will take in memory there.
    pub memory: MemoryFigure,
}

impl ModelSource {
    fn open_options(&self) -> OpenOptions {
        OpenOptions {
            backend: match self.backend.runs_on() {
                RunsOn::Native => Backend::Native,
                RunsOn::OnnxRuntime => Backend::OnnxRuntime,
            },
            ..OpenOptions::default()
        }
    }
}

/// A model runs on ONNX Runtime, and there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{model} runs on {backend}, and {error}")]
pub struct RuntimeMissing {
    /// The model; with others, the first of them.
    pub model: String,
    /// Why it runs there.
    pub backend: BackendChoice,
    /// Where the library was looked for, and what to do.
    pub error: InferenceError,
}

/// What binding an experiment to its files finds.
pub(super) struct Bound {
    pub(super) task: Task,
    pub(super) sweep: Option<Sweep>,
    pub(super) tables: BTreeMap<TableId, TableSource>,
    pub(super) models: BTreeMap<ModelId, ModelSource>,
    pub(super) precomputed: Option<Precomputed>,
    pub(super) expected: Option<Precomputed>,
    pub(super) notes: Vec<String>,
}

/// Every resource of an experiment.
pub struct Catalogue {
    /// What the user asked for.
    pub experiment: Experiment,
    /// What kind of answer the target holds.
    pub task: Task,
    /// The hyperparameter variants, if the experiment has any.
    pub sweep: Option<Sweep>,
    /// What was taken for granted, for the user to know.
    pub notes: Vec<String>,
    /// The scores that stand in for the validated model, if the experiment names any.
    pub precomputed: Option<Precomputed>,
    /// The scores that the training library gives, if the experiment names any.
    pub expected: Option<Precomputed>,
    settings: LoadSettings,
    tables: BTreeMap<TableId, TableSource>,
    models: BTreeMap<ModelId, ModelSource>,
    /// The columns of each table that each model takes.
    fed: BTreeMap<ModelId, BTreeMap<TableId, Vec<Key>>>,
    runtime_identity: OnceLock<String>,
    gaps: bool,
}

impl Catalogue {
    pub(super) fn new(experiment: Experiment, settings: LoadSettings, bound: Bound) -> Self {
        let mut catalogue = Self {
            experiment,
            task: bound.task,
            sweep: bound.sweep,
            notes: bound.notes,
            precomputed: bound.precomputed,
            expected: bound.expected,
            settings,
            tables: bound.tables,
            models: bound.models,
            fed: BTreeMap::new(),
            runtime_identity: OnceLock::new(),
            gaps: false,
        };
        let models = catalogue.models.iter();
        let fed = models.map(|(id, source)| (id.clone(), catalogue.columns_fed(source)));
        catalogue.fed = fed.collect();
        catalogue
    }

    /// Lets rows be without a score: NaN there, where it is an error otherwise.
    #[must_use]
    pub fn with_gaps(self) -> Self {
        Self { gaps: true, ..self }
    }

    /// The model under validation.
    pub fn validated(&self) -> ModelId {
        ModelId::Validated(Arc::from(self.experiment.model.name.as_str()))
    }

    /// Every file that a resource is made from, each once.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let tables = self.tables.values().map(|source| &source.path);
        let models = self.models.values().map(|source| &source.path);
        let scores = self.precomputed.iter().chain(&self.expected);
        let scores = scores.map(|source| &source.path);
        let variants = self.experiment.hyperparameters.iter();
        let all = tables.chain(models).chain(scores).chain(variants);
        all.map(PathBuf::as_path)
            .collect::<BTreeSet<_>>()
            .into_iter()
    }

    /// The tables.
    pub fn tables(&self) -> impl Iterator<Item = (&TableId, &TableSource)> {
        self.tables.iter()
    }

    /// A table's source.
    pub fn table(&self, id: &TableId) -> Option<&TableSource> {
        self.tables.get(id)
    }

    /// A model's source.
    pub fn model(&self, id: &ModelId) -> Option<&ModelSource> {
        self.models.get(id)
    }

    /// The models.
    pub fn models(&self) -> impl Iterator<Item = (&ModelId, &ModelSource)> {
        self.models.iter()
    }

    /// What runs a resource and why, for a model.
    pub fn backend(&self, key: &Key) -> Option<&BackendChoice> {
        match key {
            Key::Model(id) => Some(&self.models.get(id)?.backend),
            _ => None,
        }
    }

    /// Whether some of these models need ONNX Runtime and it is nowhere. It is looked for only if
    /// one of them does, and not opened.
    pub fn missing_runtime<'a>(
        &'a self,
        models: impl IntoIterator<Item = (&'a ModelId, &'a ModelSource)>,
    ) -> Option<RuntimeMissing> {
        let is_needed = |source: &ModelSource| source.backend.runs_on() == RunsOn::OnnxRuntime;
        let needing = models.into_iter().filter(|(_, source)| is_needed(source));
        let needing: Vec<_> = needing.collect();
        let (id, source) = needing.first()?;
        let error = runtime::find().err()?;
        let name = Key::Model((*id).clone()).to_string();
        Some(RuntimeMissing {
            model: match needing.len() - 1 {
                0 => name,
                more => format!("{name} (and {more} more)"),
            },
            backend: source.backend.clone(),
            error,
        })
    }

    /// The file of scores behind a key, if there is one.
    fn precomputed_for(&self, key: &Key) -> Option<&Precomputed> {
        let is_it = *key == Key::predictions(self.validated(), TableId::Dataset);
        self.precomputed.as_ref().filter(|_| is_it)
    }

    /// What the validated model's scores mean.
    pub fn score_meaning(&self) -> ScoreMeaning {
        if let Some(precomputed) = &self.precomputed {
            return precomputed.meaning;
        }
        self.model(&self.validated())
            .map_or(ScoreMeaning::Probability, |m| m.reading.meaning)
    }

    /// What the experiment was understood to be.
    pub fn understanding(&self) -> Understanding {
        let (task, classes) = match &self.task {
            Task::Binary { positive } => (TaskKind::Binary, vec![positive.clone()]),
            Task::MultiClass(classes) => (TaskKind::MultiClass, classes.clone()),
            Task::Regression => (TaskKind::Regression, Vec::new()),
        };
        let model = self.model(&self.validated());
        let score = match (&self.precomputed, model) {
            (Some(precomputed), _) => precomputed.in_words(),
            (None, Some(model)) => model.reading.in_words(&model.signature),
            (None, None) => String::new(),
        };
        let has_threshold = task == TaskKind::Binary && self.score_meaning() != ScoreMeaning::Label;
        Understanding {
            task,
            target: self.experiment.dataset.target.clone(),
            classes,
            score,
            threshold: has_threshold.then(|| self.threshold()),
            expected: self.expected.as_ref().map(Precomputed::describe),
        }
    }

    /// The models of the ends of an interval around the prediction, and the share of rows that
    /// they leave outside.
    pub fn quantiles(&self) -> Option<(ModelId, ModelId, f64)> {
        let quantiles = self.experiment.model.quantiles.as_ref()?;
        let id = |path| super::binding::quantile_id(path);
        Some((id(&quantiles.lower), id(&quantiles.upper), quantiles.alpha))
    }

    /// From this score on, a row is in the positive class.
    pub fn threshold(&self) -> f64 {
        self.threshold_for(self.score_meaning())
    }

    /// As [`threshold`](Self::threshold), for a model of its own.
    pub fn threshold_of(&self, model: &ModelId) -> f64 {
        let meaning = self.model(model).map(|m| m.reading.meaning);
        self.threshold_for(meaning.unwrap_or(ScoreMeaning::Probability))
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
        match &self.task {
            Task::MultiClass(classes) => classes.len(),
            Task::Binary { .. } | Task::Regression => 1,
        }
    }

    /// The features of the validated model, in the order of its inputs; none where its scores come
    /// from a file.
    pub fn features(&self) -> Vec<String> {
        let model = self.model(&self.validated());
        let inputs = model.iter().flat_map(|m| &m.inputs);
        inputs.flat_map(|i| i.columns.iter().cloned()).collect()
    }

    /// The sets that hold these columns of a table.
    pub fn columns<'a>(
        &self,
        table: &TableId,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Vec<Key> {
        let used = self.tables.get(table).map(|source| &source.columns);
        let sets = used.map(|used| used.holding(names.into_iter()));
        let key = |set| Key::Columns {
            table: table.clone(),
            set,
        };
        sets.unwrap_or_default().into_iter().map(key).collect()
    }

    fn columns_fed(&self, model: &ModelSource) -> BTreeMap<TableId, Vec<Key>> {
        let columns = |table| self.columns(table, model.inputs.iter().flat_map(|i| &i.columns));
        let tables = self.tables.keys();
        tables.map(|id| (id.clone(), columns(id))).collect()
    }

    /// A table and its outcomes.
    pub fn outcomes(&self, table: &TableId) -> Vec<Key> {
        let mut keys = vec![Key::Table(table.clone())];
        keys.extend(self.columns(table, [&self.experiment.dataset.target]));
        keys
    }

    /// A table and all of its columns that the experiment uses.
    pub fn whole_table(&self, table: &TableId) -> Vec<Key> {
        let used = self.tables.get(table).map(|source| &source.columns);
        let mut keys = vec![Key::Table(table.clone())];
        keys.extend(self.columns(table, used.into_iter().flat_map(UsedColumns::all)));
        keys
    }

    /// Everything that the experiment names: all tables and models, what is grouped and listed in
    /// it, and the validated model's scores for the dataset.
    pub fn everything(&self) -> Vec<Key> {
        let tables = self.tables.keys();
        let mut keys: Vec<Key> = tables.flat_map(|table| self.whole_table(table)).collect();
        keys.extend(self.models.keys().cloned().map(Key::Model));
        if !self.experiment.protected.is_empty() {
            keys.push(Key::ProtectedAttributes);
        }
        if self.sweep.is_some() {
            keys.push(Key::Hyperparameters);
        }
        keys.push(Key::predictions(self.validated(), TableId::Dataset));
        keys
    }

    /// The core: the dataset and the model under validation, if it is run.
    pub fn core(&self) -> Vec<Key> {
        let mut keys = self.whole_table(&TableId::Dataset);
        if self.precomputed.is_none() {
            keys.push(Key::Model(self.validated()));
        }
        keys
    }

    /// What kind of thing a resource is.
    pub fn kind(key: &Key) -> ResourceKind {
        match key {
            Key::Table(_) | Key::Columns { .. } => ResourceKind::Table,
            Key::Model(_) => ResourceKind::Model,
            Key::Predictions { .. } => ResourceKind::Predictions,
            Key::Parity => ResourceKind::Parity,
            Key::ProtectedAttributes => ResourceKind::ProtectedAttributes,
            Key::Hyperparameters => ResourceKind::HyperparameterConfig,
        }
    }

    /// What is computed by a model depends on who computes it. The library is looked for only when
    /// a model needs it.
    fn engine(&self, model: &ModelId) -> Option<String> {
        let threads = OpenOptions::default().threads;
        let runs_on = self.models.get(model)?.backend.runs_on();
        let identity = || inference::engine_identity(runs_on, threads);
        Some(match runs_on {
            RunsOn::Native => identity(),
            RunsOn::OnnxRuntime => self.runtime_identity.get_or_init(identity).clone(),
        })
    }

    fn missing_text(&self) -> &str {
        self.experiment
            .dataset
            .missing_text
            .as_deref()
            .unwrap_or("")
    }
}

/// The variants that come with a model of their own.
pub fn variants_with_models(sweep: &Sweep) -> impl Iterator<Item = ModelId> {
    sweep
        .variants
        .iter()
        .filter_map(|variant| match variant.source {
            VariantSource::Model(_) => Some(ModelId::Variant(Arc::from(variant.name.as_str()))),
            VariantSource::Score(_) => None,
        })
}
