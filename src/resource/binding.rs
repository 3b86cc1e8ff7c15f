//! Binding an experiment to its files: every problem at once, before anything is loaded.

mod score_files;
mod told;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::catalogue::{Bound, Catalogue, LoadSettings, ModelSource, TableSource};
use super::column_set::UsedColumns;
use super::fitting::Fit;
use super::key::{ModelId, TableId};
use super::matching::{InputPlan, missing_column};
use super::precomputed::Precomputed;
use super::scores::ScoreReading;
use super::table::ColumnType;
use super::table_file::{TableSchema, is_read_in_one_pass, read_schema};
use super::task::Told;
use crate::experiment::{Experiment, Sweep, VariantSource};
use crate::inference::{self, InferenceError, Inspected, Signature};
use crate::vocabulary::Backend;
use crate::vocabulary::{Grouping, Task};

/// Everything that stands against validating an experiment; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Problems(pub Vec<String>);

/// Reads the schemas of all tables and the signatures of all models, and fits them together.
pub fn bind(mut experiment: Experiment, settings: LoadSettings) -> Result<Catalogue, Problems> {
    let mut binder = Binder::default();
    let mut task = experiment.dataset.task.clone();
    let dataset = binder.schema("dataset.path", &experiment.dataset.path);
    let sweep = binder.sweep(&experiment);
    if let Some(schema) = &dataset {
        binder.check_dataset(&experiment, schema);
        let wanted = wanted_models(&experiment, sweep.as_ref());
        let threads = experiment.engine.threads;
        let inspected = inspect_models(&wanted, settings.backend, threads);
        let scores = binder.predictions_schema(&experiment);
        let model = wanted
            .iter()
            .zip(&inspected)
            .find_map(|(wanted, inspected)| {
                let is_it = matches!(wanted.id, ModelId::Validated(_));
                inspected.as_ref().ok().filter(|_| is_it)
            });
        if let Some(model) = model {
            binder.tell_missing_text(&mut experiment.dataset, &model.signature);
        }
        if task.is_none() && schema.has(&experiment.dataset.target) {
            let told = match (&scores, model) {
                (Some(scores), _) => Some(Told::File(scores)),
                (None, Some(model)) => Some(Told::Model(&model.signature)),
                (None, None) => None,
            };
            task = told.and_then(|told| binder.tell_task(&experiment, &told));
        }
        for (wanted, inspected) in wanted.into_iter().zip(inspected) {
            binder.bind_model(&experiment, wanted, inspected, schema, task.as_ref());
        }
        if let (Some(scores), Some(task)) = (scores, &task) {
            binder.bind_predictions(&experiment, &scores, schema, task);
        }
        if let Some(task) = &task {
            binder.bind_expected(&experiment, schema, task);
        }
    }
    binder.bind_tables(&experiment, dataset);
    let Some(task) = task.filter(|_| binder.problems.is_empty()) else {
        return Err(Problems(binder.problems));
    };
    let bound = Bound {
        task,
        sweep,
        tables: binder.tables,
        models: binder.models,
        precomputed: binder.precomputed,
        expected: binder.expected,
        notes: binder.notes,
    };
    Ok(Catalogue::new(experiment, settings, bound))
}

/// A model that the experiment names, and under which key.
struct WantedModel {
    key: &'static str,
    id: ModelId,
    path: PathBuf,
}

fn wanted_models(experiment: &Experiment, sweep: Option<&Sweep>) -> Vec<WantedModel> {
    let wanted = |key, id, path: &Path| WantedModel {
        key,
        id,
        path: path.to_owned(),
    };
    let model = &experiment.model;
    let validated = ModelId::Validated(Arc::from(model.name.as_str()));
    let mut all = Vec::new();
    if let (Some(path), None) = (&model.path, &model.predictions) {
        all.push(wanted("model.path", validated, path));
    }
    if let Some(quantiles) = &model.quantiles {
        for path in [&quantiles.lower, &quantiles.upper] {
            all.push(wanted("model.quantiles", quantile_id(path), path));
        }
    }
    for model in &experiment.alternative_models {
        let id = ModelId::Alternative(Arc::from(model.name.as_str()));
        all.push(wanted("alternative_models.path", id, &model.path));
    }
    for variant in sweep.iter().flat_map(|s| &s.variants) {
        if let VariantSource::Model(path) = &variant.source {
            let id = ModelId::Variant(Arc::from(variant.name.as_str()));
            all.push(wanted("hyperparameters.path", id, path));
        }
    }
    all
}

/// The model of an end of the interval.
pub(super) fn quantile_id(path: &Path) -> ModelId {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    ModelId::Quantile(Arc::from(&*stem))
}

/// Side by side: to know whether a model is covered natively takes building its graph.
fn inspect_models(
    wanted: &[WantedModel],
    backend: Backend,
    threads: usize,
) -> Vec<Result<Inspected, InferenceError>> {
    let inspect = |wanted: &WantedModel| inference::inspect_and_choose(&wanted.path, backend);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| wanted.par_iter().map(inspect).collect()),
        Err(_) => wanted.iter().map(inspect).collect(),
    }
}

#[derive(Default)]
struct Binder {
    problems: Vec<String>,
    notes: Vec<String>,
    tables: BTreeMap<TableId, TableSource>,
    models: BTreeMap<ModelId, ModelSource>,
    precomputed: Option<Precomputed>,
    expected: Option<Precomputed>,
}

impl Binder {
    fn schema(&mut self, key: &str, path: &Path) -> Option<TableSchema> {
        match read_schema(path) {
            Ok(schema) if schema.rows == Some(0) => {
                self.problems.push(format!(
                    "{key}: {}: the table has no rows, so there is nothing to validate",
                    path.display()
                ));
                None
            }
            Ok(schema) => Some(schema),
            Err(error) => {
                self.problems.push(format!("{key}: {error}"));
                None
            }
        }
    }

    fn sweep(&mut self, experiment: &Experiment) -> Option<Sweep> {
        match Sweep::from_file(experiment.hyperparameters.as_ref()?) {
            Ok(sweep) => Some(sweep),
            Err(errors) => {
                self.problems
                    .push(format!("hyperparameters.path: {errors}"));
                None
            }
        }
    }

    fn check_dataset(&mut self, experiment: &Experiment, schema: &TableSchema) {
        let at = experiment.dataset.path.display();
        let target = &experiment.dataset.target;
        if !schema.has(target) {
            let missing = missing_column(target, schema);
            self.problems
                .push(format!("dataset.target: {at}: {missing}"));
        }
        for protected in &experiment.protected {
            let name = &protected.name;
            let key = format!("protected.{name}");
            match (schema.column_type(name), &protected.grouping) {
                (None, _) => {
                    let missing = missing_column(name, schema);
                    self.problems.push(format!("{key}: {at}: {missing}"));
                }
                (Some(ColumnType::Text), Grouping::CutPoints(_)) => self.problems.push(format!(
                    "{key}: {at}: the column holds texts, so it has no cut points: write \
                     \"categories\""
                )),
                _ => {}
            }
        }
    }

    /// Fits a model to the dataset, or tells what stands against it.
    fn bind_model(
        &mut self,
        experiment: &Experiment,
        wanted: WantedModel,
        inspected: Result<Inspected, InferenceError>,
        schema: &TableSchema,
        task: Option<&Task>,
    ) {
        let WantedModel { key, id, path } = wanted;
        let problems = match inspected {
            Err(error) => vec![error.to_string()],
            Ok(Inspected {
                signature,
                backend,
                memory,
            }) => {
                let fit = self.fit(experiment, &id, &path, &signature, schema, task);
                match (fit, backend) {
                    (Ok((inputs, reading)), Ok(backend)) => {
                        let source = ModelSource {
                            path,
                            signature,
                            inputs,
                            reading,
                            backend,
                            memory,
                        };
                        self.models.insert(id, source);
                        return;
                    }
                    (fit, backend) => {
                        let uncovered = backend.err().map(|error| error.to_string());
                        let unfit = fit.err().into_iter().flatten();
                        uncovered.into_iter().chain(unfit).collect()
                    }
                }
            }
        };
        let problems = problems.iter().map(|p| format!("{key}: {p}"));
        self.problems.extend(problems);
    }

    /// How a model is fed from the dataset and how its score is read.
    fn fit(
        &mut self,
        experiment: &Experiment,
        id: &ModelId,
        path: &Path,
        signature: &Signature,
        schema: &TableSchema,
        task: Option<&Task>,
    ) -> Result<(Vec<InputPlan>, ScoreReading), Vec<String>> {
        let Some(task) = task.filter(|_| schema.has(&experiment.dataset.target)) else {
            // Without a target every model looks wrong; what is wrong with it has been told.
            return Err(Vec::new());
        };
        let mut notes = Vec::new();
        let fit = Fit::find(experiment, id, path, signature, schema, task, &mut notes);
        let at = |problem: String| format!("{}: {problem}", path.display());
        let fit = fit.map_err(|problems| problems.into_iter().map(at).collect::<Vec<_>>())?;
        if matches!(id, ModelId::Validated(_)) {
            self.notes.extend(notes);
            self.notes.extend(signature.notes.iter().cloned());
        }
        Ok((fit.inputs, fit.reading))
    }

    fn bind_tables(&mut self, experiment: &Experiment, dataset: Option<TableSchema>) {
        let target = &experiment.dataset.target;
        if let Some(schema) = dataset {
            let path = experiment.dataset.path.clone();
            let all_inputs = self.models.values().flat_map(|m| &m.inputs);
            let features = all_inputs.flat_map(|i| i.columns.iter().cloned());
            let protected = experiment.protected.iter().map(|p| p.name.clone());
            let columns = UsedColumns::new(target, protected, features, is_read_in_one_pass(&path));
            let source = TableSource {
                path,
                columns,
                schema,
            };
            self.tables.insert(TableId::Dataset, source);
        }
        let mut others: Vec<(&str, TableId, &PathBuf)> = Vec::new();
        if let Some(path) = &experiment.dataset.calibration {
            others.push(("dataset.calibration", TableId::Calibration, path));
        }
        for path in &experiment.dataset.alternative {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let id = TableId::Alternative(Arc::from(&*stem));
            others.push(("dataset.alternative", id, path));
        }
        for (key, id, path) in others {
            if let Some(schema) = self.schema(key, path) {
                let features = self.validated_features();
                let columns = UsedColumns::new(target, None, features, is_read_in_one_pass(path));
                self.check_columns(key, path, &columns, &schema);
                let source = TableSource {
                    path: path.clone(),
                    columns,
                    schema,
                };
                self.tables.insert(id, source);
            }
        }
    }

    /// The columns that the validated model and its quantile models take, of every table.
    fn validated_features(&self) -> Vec<String> {
        let validated = self.models.iter();
        let validated =
            validated.filter(|(id, _)| matches!(id, ModelId::Validated(_) | ModelId::Quantile(_)));
        let inputs = validated.flat_map(|(_, model)| &model.inputs);
        inputs.flat_map(|i| i.columns.iter().cloned()).collect()
    }

    fn check_columns(
        &mut self,
        key: &str,
        path: &Path,
        wanted: &UsedColumns,
        schema: &TableSchema,
    ) {
        let dataset = self.tables.get(&TableId::Dataset);
        for name in wanted.all() {
            let at = path.display();
            let expected = dataset.and_then(|d| d.schema.column_type(name));
            match (schema.column_type(name), expected) {
                (None, _) => {
                    let missing = missing_column(name, schema);
                    self.problems.push(format!("{key}: {at}: {missing}"));
                }
                (Some(found), Some(expected))
                    if (found == ColumnType::Text) != (expected == ColumnType::Text) =>
                {
                    self.problems.push(format!(
                        "{key}: {at}: the column `{name}` holds {}, and {} in the dataset",
                        found.describe(),
                        expected.describe()
                    ));
                }
                _ => {}
            }
        }
    }
}
