//! The catalogue: every resource of an experiment, what it is made from, and how it is loaded.
//!
//! It begins with what the experiment names, opens nothing, and learns: a table's schema, a model's
//! header, the values of the target are resources like any other, and once one of them is loaded the
//! catalogue that knows it knows more keys. What it says of a key follows from the facts it has.

mod answers;
mod bound;
mod columns;
mod core;
mod cost;
mod facts;
mod fit;
mod labels;
mod place;
mod settings;
mod shards;
mod shown;
mod streaming;
mod ways;
mod workload;

pub(super) use columns::length;

pub use bound::BoundModel;
pub use cost::CostParts;
pub use facts::Unbound;
pub use settings::LoadSettings;
pub use ways::Ways;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::core::Core;
use self::facts::Facts;
use self::shown::ShownFiles;
use super::column_set::UsedColumns;
use super::compiled::CompiledModels;
use super::key::{Key, ModelId, TableId};
use super::precomputed::Precomputed;
use super::source::OpenFiles;
use crate::experiment::{Experiment, Sweep, VariantSource};
use crate::vocabulary::{Note, Problem, Problems, ResourceKind};

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

    /// Whether dataset and validated model are known and fit together; else what must be loaded
    /// first, or what is wrong. All that follows rests on it.
    pub fn ready(&self) -> Result<(), Unbound> {
        self.core.as_ref().map(drop).map_err(Clone::clone)
    }

    fn core_or_default(&self) -> &Core {
        static NOTHING: Core = Core::nothing();
        self.core.as_deref().unwrap_or(&NOTHING)
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
            keys.push(Key::ProtectedAttributes(TableId::Dataset));
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
            Key::Constraints => ResourceKind::Constraints,
            Key::ProtectedAttributes(_) => ResourceKind::ProtectedAttributes,
            Key::Hyperparameters => ResourceKind::HyperparameterConfig,
            Key::Statistics(_) | Key::Drift | Key::WorstSlices | Key::UnusualRows { .. } => {
                ResourceKind::Survey
            }
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
