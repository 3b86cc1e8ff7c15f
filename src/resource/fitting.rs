//! How a model is fed and read, and whether a file that has changed still is in the same way.

use std::path::Path;

use super::key::ModelId;
use super::matching::{InputPlan, match_inputs};
use super::sample;
use super::scores::ScoreReading;
use super::table::{ColumnType, list};
use super::table_file::TableSchema;
use crate::experiment::Experiment;
use crate::inference::{OpenOptions, Signature};
use crate::vocabulary::{ModelOutput, Task};

/// What to do about a file that is not any more what the experiment was checked with.
const OPEN_AGAIN: &str =
    "it has changed since the experiment was opened: open the experiment again";

/// How a model is fed and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// The columns of every input.
    pub(super) inputs: Vec<InputPlan>,
    /// How the positive class's score is read.
    pub(super) reading: ScoreReading,
}

impl Fit {
    /// Fits a model to the dataset, or tells everything that stands against it.
    pub(super) fn find(
        experiment: &Experiment,
        id: &ModelId,
        path: &Path,
        signature: &Signature,
        dataset: &TableSchema,
        task: &Task,
        notes: &mut Vec<String>,
    ) -> Result<Self, Vec<String>> {
        let target = &experiment.dataset.target;
        let features = experiment.model.features.as_deref();
        let inputs = match_inputs(signature, dataset, target, features, notes)?;
        let is_validated = matches!(id, ModelId::Validated(_));
        let mut output = experiment.model.output.filter(|_| is_validated);
        if output.is_none()
            && *task != Task::Regression
            && sample::is_needed(signature)
            && let Some((meaning, how)) = seen_meaning(experiment, path, &inputs)
        {
            notes.push(how);
            output = Some(meaning);
        }
        let reading = ScoreReading::find(signature, task, output, notes);
        let reading = reading.map_err(|problem| vec![problem])?;
        Ok(Self { inputs, reading })
    }

    /// That a model's file, opened later, is fed and read in this way; else what has become of it.
    pub(super) fn still_holds(&self, now: Result<Self, Vec<String>>) -> Result<(), String> {
        let now = now.map_err(|problems| format!("{}; {OPEN_AGAIN}", problems.join("; ")))?;
        if now == *self {
            return Ok(());
        }
        let columns = |fit: &Self| -> Vec<String> {
            let all = fit.inputs.iter().flat_map(|input| &input.columns);
            all.cloned().collect()
        };
        let (before, after) = (columns(self), columns(&now));
        let lacking = |these: &[String], those: &[String]| -> Vec<String> {
            let missing = these.iter().filter(|name| !those.contains(name));
            missing.cloned().collect()
        };
        let (gone, new) = (lacking(&before, &after), lacking(&after, &before));
        let mut told = Vec::new();
        if !new.is_empty() {
            told.push(format!("the model takes {} too", list(&new)));
        }
        if !gone.is_empty() {
            told.push(format!("the model does not take {} any more", list(&gone)));
        }
        if told.is_empty() && now.inputs != self.inputs {
            told.push("the model takes its columns in another order or type".to_owned());
        }
        if now.reading != self.reading {
            told.push("the model's classes or scores are others".to_owned());
        }
        Err(format!("{}; {OPEN_AGAIN}", told.join("; ")))
    }
}

/// What the scores of the dataset's first rows show them to be, and how it was seen.
fn seen_meaning(
    experiment: &Experiment,
    path: &Path,
    inputs: &[InputPlan],
) -> Option<(ModelOutput, String)> {
    let options = OpenOptions {
        backend: experiment.engine.backend,
        ..OpenOptions::default()
    };
    let dataset = &experiment.dataset;
    let missing_text = dataset.missing_text.as_deref().unwrap_or_default();
    sample::meaning(path, &options, &dataset.path, inputs, missing_text)
}

/// That a table's file, opened later, holds what it held of the columns that are used.
pub(super) fn check_columns<'a>(
    used: impl Iterator<Item = &'a String>,
    before: &TableSchema,
    now: &TableSchema,
) -> Result<(), String> {
    for name in used {
        match (before.column_type(name), now.column_type(name)) {
            (_, None) => {
                return Err(format!("the column `{name}` is gone; {OPEN_AGAIN}"));
            }
            (Some(was), Some(is)) if (was == ColumnType::Text) != (is == ColumnType::Text) => {
                return Err(format!(
                    "the column `{name}` held {} and holds {} now; {OPEN_AGAIN}",
                    was.describe(),
                    is.describe()
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
