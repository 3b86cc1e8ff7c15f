//! The flags that stand in for keys of `experiment.toml`, or for the whole of it.

use std::fs;
use std::path::Path;

use super::check;
use super::{BaselineGates, CacheSettings, Constraints, Dataset, Experiment, Model, stem};
use crate::settings::{
    self, COMMAND_LINE, CacheGiven, DatasetGiven, EngineGiven, GroupsGiven, ModelGiven,
    ProblemKind, Problems, SettingsError, SharedGiven,
};
use crate::vocabulary::{EngineSettings, LintSettings};

/// Flags that say what to validate and how; each replaces one key and leaves the others alone.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
pub struct Overrides {
    #[command(flatten)]
    dataset: DatasetGiven,
    #[command(flatten)]
    groups: GroupsGiven,
    #[command(flatten)]
    model: ModelGiven,
    #[command(flatten)]
    engine: EngineGiven,
    #[command(flatten)]
    cache: CacheGiven,
    #[command(flatten)]
    shared: SharedGiven,
}

impl Overrides {
    /// Do the flags name data or a model, and so an experiment of their own when no file is given?
    pub fn describe_an_experiment(&self) -> bool {
        self.dataset.path.is_some()
            || self.dataset.target.is_some()
            || self.model.path.is_some()
            || self.model.predictions.is_some()
    }

    pub(super) fn build(&self) -> Result<Experiment, SettingsError> {
        let mut problems = Problems::default();
        let mut missing = |name: &str, wanted: &str| {
            let flag = settings::find(name).and_then(|setting| setting.flag);
            let flag = flag.map_or_else(|| name.to_owned(), |flag| flag.to_string());
            let wanted = wanted.to_owned();
            problems.add(None, flag, ProblemKind::Missing { wanted });
        };
        if self.dataset.path.is_none() {
            missing(
                "dataset.path",
                "the file with the rows, or an experiment.toml",
            );
        }
        if self.dataset.target.is_none() {
            missing("dataset.target", "the column to predict");
        }
        if self.model.path.is_none() && self.model.predictions.is_none() {
            missing("model.path", "the model's file (.onnx)");
        }
        problems.or(COMMAND_LINE, ())?;
        let experiment = Experiment {
            name: String::new(),
            file: None,
            dataset: Dataset::default(),
            protected: Vec::new(),
            model: Model::default(),
            alternative_models: Vec::new(),
            hyperparameters: None,
            trials_metric: None,
            constraints: Constraints::default(),
            gates: Vec::new(),
            baseline_gates: BaselineGates::default(),
            engine: EngineSettings::default(),
            cache: CacheSettings::default(),
            lints: LintSettings::default(),
        };
        let mut experiment = self.apply(experiment)?;
        let data = stem(&experiment.dataset.path);
        experiment.name = format!("{} on {data}", experiment.model.name);
        Ok(experiment)
    }

    pub(super) fn apply(&self, mut experiment: Experiment) -> Result<Experiment, SettingsError> {
        let given = self.clone();
        experiment.dataset.take(given.dataset);
        if let Some(attributes) = given.groups.protected {
            experiment.protected = attributes.0;
        }
        if let Some(path) = &given.model.path {
            let others = &mut experiment.alternative_models;
            others.retain(|other| !is_same_file(&other.path, path));
        }
        experiment.model.take(given.model);
        given.engine.apply(&mut experiment.engine);
        experiment.cache.take(&given.cache);
        experiment.cache.shared.take(given.shared);

        let mut problems = Problems::default();
        check::experiment(&experiment, &mut problems);
        let source = match &experiment.file {
            Some(file) => format!("{} with the flags given", file.display()),
            None => COMMAND_LINE.to_owned(),
        };
        problems.or(&source, experiment)
    }
}

/// Two names of one file? Files that cannot be found are compared by name.
fn is_same_file(a: &Path, b: &Path) -> bool {
    match (fs::canonicalize(a), fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
