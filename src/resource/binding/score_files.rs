//! Files of scores: those that stand in for the model, and those that are expected of it.

use std::path::Path;

use super::Binder;
use crate::experiment::Experiment;
use crate::resource::precomputed::Precomputed;
use crate::resource::table_file::TableSchema;
use crate::vocabulary::Task;

impl Binder {
    pub(super) fn predictions_schema(&mut self, experiment: &Experiment) -> Option<TableSchema> {
        let path = experiment.model.predictions.as_ref()?;
        self.schema("model.predictions", path)
    }

    /// Finds the scores in the file that stands in for the validated model.
    pub(super) fn bind_predictions(
        &mut self,
        experiment: &Experiment,
        scores: &TableSchema,
        dataset: &TableSchema,
        task: &Task,
    ) {
        let Some(path) = &experiment.model.predictions else {
            return;
        };
        self.precomputed = self.scores(
            "model.predictions",
            path,
            experiment,
            [scores, dataset],
            task,
        );
        if experiment.model.path.is_some() {
            self.notes.push(
                "the scores come from the file under `predictions`: the model itself is not opened"
                    .to_owned(),
            );
        }
    }

    /// Finds what the training library gives, to hold the model's scores against.
    pub(super) fn bind_expected(
        &mut self,
        experiment: &Experiment,
        dataset: &TableSchema,
        task: &Task,
    ) {
        let key = "model.expected";
        if let Some(path) = &experiment.model.expected
            && let Some(schema) = self.schema(key, path)
        {
            self.expected = self.scores(key, path, experiment, [&schema, dataset], task);
        }
    }

    fn scores(
        &mut self,
        key: &str,
        path: &Path,
        experiment: &Experiment,
        [scores, dataset]: [&TableSchema; 2],
        task: &Task,
    ) -> Option<Precomputed> {
        let output = experiment.model.output;
        let found = Precomputed::find(path, scores, task, output, &mut self.notes);
        let found = found.and_then(|found| found.check_rows(dataset.rows).map(|()| found));
        let at = |problem| format!("{key}: {}: {problem}", path.display());
        found
            .map_err(|problem| self.problems.push(at(problem)))
            .ok()
    }
}
