//! Loading each kind of resource.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{Catalogue, ModelSource};
use crate::engine::{LoadContext, LoadError, Loaded};
use crate::experiment::{Sweep, VariantSource};
use crate::inference::{BATCH_STEP, Signature};
use crate::resource::Resource;
use crate::resource::column_set::ColumnSet;
use crate::resource::fitting::{Fit, check_columns};
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::precomputed::Precomputed;
use crate::resource::predictions::{self, Disturbed, Feed, Predictions};
use crate::resource::protected::ProtectedAttribute;
use crate::resource::table::{ColumnType, Table};
use crate::resource::table_file::{read_schema, read_table};
use crate::resource::{model, parity};
use crate::vocabulary::{Problem, Task};

impl Catalogue {
    /// Opens a table: its schema is read, its data is not.
    pub(super) fn load_schema(&self, id: &TableId) -> Result<Loaded<Resource>, String> {
        let source = self.tables.get(id).ok_or("no such table")?;
        let schema = read_schema(&source.path)?;
        check_columns(source.columns.all(), &source.schema, &schema)
            .map_err(|problem| format!("{}: {problem}", source.path.display()))?;
        let rows = schema.rows.map(|rows| format!("{rows} rows, "));
        let columns = schema.columns.len();
        let names: usize = schema.names().map(str::len).sum();
        Ok(Loaded {
            bytes: (names + columns * size_of::<(String, ColumnType)>()) as u64,
            mapped_bytes: 0,
            exact: true,
            detail: format!("{}{columns} columns", rows.unwrap_or_default()),
            value: Resource::Schema(schema),
        })
    }

    pub(super) fn load_columns(
        &self,
        id: &TableId,
        set: ColumnSet,
    ) -> Result<Loaded<Resource>, String> {
        let source = self.tables.get(id).ok_or("no such table")?;
        let names = source.columns.of(set);
        let table = read_table(&source.path, names)?;
        let target = &self.experiment.dataset.target;
        if names.contains(target) {
            let checked = self.check_target(&table);
            checked.map_err(|error| format!("{}: {error}", source.path.display()))?;
        }
        let columns = names.len();
        let noun = if columns == 1 { "column" } else { "columns" };
        Ok(Loaded {
            bytes: table.bytes(),
            mapped_bytes: table.mapped_bytes(),
            exact: true,
            detail: format!("{} rows, {columns} {noun}", table.rows),
            value: Resource::Columns(table),
        })
    }

    /// Opens a model, if it is fed and read as it was when the experiment was bound.
    pub(super) fn load_model(&self, id: &ModelId) -> Result<Loaded<Resource>, LoadError> {
        let source = self.models.get(id);
        let source = source.ok_or_else(|| LoadError::Failed("no such model".into()))?;
        let loaded = model::load(&source.path, &source.open_options())?;
        self.check_signature(id, source, &loaded.value.signature())
            .map_err(|problem| LoadError::Failed(Problem::new(problem).in_file(&source.path)))?;
        Ok(Loaded {
            value: Resource::Model(loaded.value),
            bytes: loaded.bytes,
            mapped_bytes: loaded.mapped_bytes,
            exact: loaded.exact,
            detail: loaded.detail,
        })
    }

    fn check_signature(
        &self,
        id: &ModelId,
        source: &ModelSource,
        signature: &Signature,
    ) -> Result<(), String> {
        if *signature == source.signature {
            return Ok(());
        }
        let dataset = self.tables.get(&TableId::Dataset).ok_or("no dataset")?;
        let mut notes = Vec::new();
        let now = Fit::find(
            &self.experiment,
            id,
            &source.path,
            signature,
            &dataset.schema,
            &self.task,
            &mut notes,
        );
        let before = Fit {
            inputs: source.inputs.clone(),
            reading: source.reading.clone(),
        };
        before.still_holds(now)
    }

    /// Does the target of these rows hold what the task says? If not, why not.
    pub fn check_target(&self, table: &Table) -> Result<(), String> {
        let target = &self.experiment.dataset.target;
        match &self.task {
            Task::Binary { positive } => table.labels(target, positive).map(drop),
            Task::MultiClass(classes) => table.class_labels(target, classes).map(drop),
            Task::Regression => table.outcome_numbers(target).map(drop),
        }
    }

    pub(super) fn load_protected(
        &self,
        columns: &[Arc<Resource>],
    ) -> Result<Loaded<Resource>, String> {
        let table = join(columns)?;
        let attributes = self
            .experiment
            .protected
            .iter()
            .map(|protected| ProtectedAttribute::of(&table, protected))
            .collect::<Result<Vec<_>, _>>()?;
        let groups: usize = attributes.iter().map(|a| a.groups.len()).sum();
        Ok(Loaded {
            bytes: attributes.iter().map(ProtectedAttribute::bytes).sum(),
            mapped_bytes: 0,
            exact: true,
            detail: format!("{} attributes, {groups} groups", attributes.len()),
            value: Resource::Protected(attributes),
        })
    }

    pub(super) fn load_sweep(&self) -> Result<Loaded<Resource>, String> {
        let path = self.experiment.hyperparameters.as_ref();
        let path = path.ok_or("the experiment names no hyperparameters")?;
        let sweep = Sweep::from_file(path).map_err(|e| e.to_string())?;
        let has_same_models = self
            .sweep
            .as_ref()
            .is_some_and(|bound| models_of(bound) == models_of(&sweep));
        if !has_same_models {
            return Err(format!(
                "{}: the variants that have models are others now; it has changed since the \
                 experiment was opened: open the experiment again",
                path.display()
            ));
        }
        let variants = sweep.variants.len();
        let parameters: usize = sweep.variants.iter().map(|v| v.parameters.len()).sum();
        // Names and values of a few letters each: what a table of them takes, not counted exactly.
        let bytes = (variants * size_of::<crate::experiment::Variant>() + parameters * 64) as u64;
        Ok(Loaded {
            bytes,
            mapped_bytes: 0,
            exact: false,
            detail: format!("{variants} variants"),
            value: Resource::Sweep(sweep),
        })
    }

    pub(super) fn load_predictions(
        &self,
        key: &Key,
        inputs: &[Arc<Resource>],
        context: &LoadContext<'_>,
    ) -> Result<Loaded<Resource>, LoadError> {
        if let Some(precomputed) = self.precomputed_for(key) {
            let loaded = self.load_precomputed(precomputed, inputs);
            return loaded.map_err(|error| LoadError::Failed(error.into()));
        }
        let Key::Predictions {
            model, disturbance, ..
        } = key
        else {
            return Err(LoadError::Failed("these are no predictions".into()));
        };
        let (calm, inputs) = match (disturbance, inputs) {
            (Some(_), [inputs @ .., calm]) => (Some(calm.as_predictions()), inputs),
            _ => (None, inputs),
        };
        let calm = calm
            .transpose()
            .map_err(|error| LoadError::Failed(error.into()))?;
        let [open, columns @ ..] = inputs else {
            return Err(LoadError::Failed(
                "predictions need a model and a table".into(),
            ));
        };
        let source = self.models.get(model);
        let source = source.ok_or_else(|| LoadError::Failed("no such model".into()))?;
        let disturbed = disturbance.as_ref().zip(calm);
        let feed = Feed {
            plans: &source.inputs,
            reading: &source.reading,
            missing_text: self.missing_text(),
            chunk_rows: self.settings.chunk_rows.next_multiple_of(BATCH_STEP),
            disturbed: disturbed.map(|(disturbance, calm)| Disturbed {
                disturbance,
                seed: self.settings.seed,
                calm,
            }),
            gaps: self.gaps,
        };
        let open = open
            .as_model()
            .map_err(|error| LoadError::Failed(error.into()))?;
        let table = join(columns).map_err(|error| LoadError::Failed(error.into()))?;
        let loaded = predictions::load(open, &table, feed, context)?;
        Ok(Loaded {
            value: Resource::Predictions(loaded.value),
            bytes: loaded.bytes,
            mapped_bytes: loaded.mapped_bytes,
            exact: loaded.exact,
            detail: loaded.detail,
        })
    }

    pub(super) fn load_parity(&self, inputs: &[Arc<Resource>]) -> Result<Loaded<Resource>, String> {
        let (Some(expected), [predictions, columns @ ..]) = (&self.expected, inputs) else {
            return Err("a comparison needs predictions and what was expected".to_owned());
        };
        let scores = predictions.as_predictions()?;
        let expected = self.read_scores(expected, columns)?;
        let model = self.model(&self.validated());
        let has_trees = model.is_some_and(|m| m.signature.is_tree_ensemble());
        let threshold = self.threshold();
        let parity = parity::compare(scores, &expected, &self.task, threshold, has_trees);
        Ok(Loaded {
            bytes: size_of_val(&parity) as u64,
            mapped_bytes: 0,
            exact: true,
            detail: if parity.is_good() {
                format!("{} rows agree", parity.rows)
            } else {
                format!("{} of {} rows are off", parity.differing, parity.rows)
            },
            value: Resource::Parity(parity),
        })
    }

    /// Scores of the dataset out of a file.
    fn read_scores(
        &self,
        file: &Precomputed,
        columns: &[Arc<Resource>],
    ) -> Result<Predictions, String> {
        let dataset = join(columns)?;
        let target = dataset.column(&self.experiment.dataset.target)?;
        let (classes, _) = target.categories();
        file.load(dataset.rows, &classes, &self.task)
    }

    fn load_precomputed(
        &self,
        precomputed: &Precomputed,
        columns: &[Arc<Resource>],
    ) -> Result<Loaded<Resource>, String> {
        let predictions = self.read_scores(precomputed, columns)?;
        let rows = predictions.scores().len() / predictions.columns.max(1);
        Ok(Loaded {
            bytes: predictions.bytes(),
            mapped_bytes: 0,
            exact: true,
            detail: format!("{rows} rows from a file"),
            value: Resource::Predictions(predictions),
        })
    }
}

/// Columns of one table side by side.
fn join(columns: &[Arc<Resource>]) -> Result<Table, String> {
    let parts = columns.iter().map(|part| part.as_columns());
    Table::join(parts.collect::<Result<Vec<_>, _>>()?)
}

/// The variants that come with a model, and its file.
fn models_of(sweep: &Sweep) -> BTreeSet<(&str, &Path)> {
    let variants = sweep.variants.iter();
    let models = variants.filter_map(|variant| match &variant.source {
        VariantSource::Model(path) => Some((variant.name.as_str(), path.as_path())),
        VariantSource::Score(_) => None,
    });
    models.collect()
}
