//! What the experiment leaves to the model and the data to tell.

use super::Binder;
use crate::experiment::{Dataset, Experiment};
use crate::inference::Signature;
use crate::resource::table_file::read_table;
use crate::resource::task::{self, Told};
use crate::vocabulary::Task;

impl Binder {
    /// What the target holds, where the experiment leaves it open.
    pub(super) fn tell_task(&mut self, experiment: &Experiment, told: &Told<'_>) -> Option<Task> {
        let dataset = &experiment.dataset;
        let table = read_table(&dataset.path, std::slice::from_ref(&dataset.target));
        let task = table.and_then(|table| {
            let column = table.column(&dataset.target)?;
            task::tell(told, &dataset.target, column, &mut self.notes)
                .map_err(|problem| format!("{}: {problem}", dataset.path.display()))
        });
        task.map_err(|problem| self.problems.push(format!("dataset.target: {problem}")))
            .ok()
    }

    /// What a missing text becomes, where the experiment does not say and the model's encoders do.
    pub(super) fn tell_missing_text(&mut self, dataset: &mut Dataset, signature: &Signature) {
        if dataset.missing_text.is_none()
            && let Some(text) = &signature.missing_text
        {
            self.notes.push(format!(
                "a missing text is fed as `{text}`, which the model knows: name another in \
                 `missing_text` under [dataset], or with --missing-text"
            ));
            dataset.missing_text = Some(text.clone());
        }
    }
}
