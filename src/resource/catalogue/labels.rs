//! Which tables have labels. The dataset may lack its target, and so may an alternative table: what is
//! not known yet is estimated, or not told.

use super::facts::Unbound;
use super::{Catalogue, problems};
use crate::resource::key::{Key, TableId};
use crate::resource::matching::missing_column;
use crate::resource::table_file::{TableSchema, Wanted};
use crate::settings::nearest;
use crate::vocabulary::{Note, Problem};

impl Catalogue {
    /// Has a table the target, as far as its schema is known?
    pub fn is_labelled(&self, id: &TableId) -> bool {
        let target = &self.experiment.dataset.target;
        self.schema(id).is_none_or(|schema| schema.has(target))
    }

    /// The table whose target tells what the labels are: the dataset, or the calibration set where that
    /// has none. None where neither has.
    pub fn labelled_table(&self) -> Option<TableId> {
        let tables = [TableId::Dataset, TableId::Calibration];
        let mut tables = tables.into_iter().filter(|id| self.has_table(id));
        tables.find(|id| self.is_labelled(id))
    }

    /// Refuses a dataset without its target, unless that may be as it should be: there are tables beside
    /// it, and none of its columns is called nearly so.
    pub(super) fn check_target(&self, schema: &TableSchema) -> Result<Vec<Problem>, Unbound> {
        let dataset = &self.experiment.dataset;
        if schema.has(&dataset.target) {
            return Ok(Vec::new());
        }
        let is_misspelt = nearest(&dataset.target, schema.names()).is_some();
        let is_alone = dataset.calibration.is_none() && dataset.alternative.is_empty();
        if is_misspelt || is_alone {
            let problem = missing_column(&dataset.target, schema);
            return Ok(vec![problem.under("dataset.target").in_file(&dataset.path)]);
        }
        let calibration = TableId::Calibration;
        if self.has_table(&calibration) && self.schema(&calibration).is_none() {
            return Err(Unbound::Lacks(vec![Key::Table(calibration)]));
        }
        Ok(Vec::new())
    }

    /// Says that the dataset has no labels, where that is so.
    pub(super) fn unlabelled_note(&self) -> Option<Note> {
        let target = &self.experiment.dataset.target;
        (!self.is_labelled(&TableId::Dataset)).then(|| {
            Note::warning(format!(
                "the dataset has no column `{target}`: nothing of it can be held against the truth"
            ))
        })
    }

    /// What stands against validations that hold answers against the truth.
    pub fn need_labels(&self) -> Result<(), Problem> {
        if self.is_labelled(&TableId::Dataset) {
            return Ok(());
        }
        let target = &self.experiment.dataset.target;
        let cause = format!("the dataset has no column `{target}`, so no answer can be checked");
        let remedy =
            "add it once it is known; resilience estimates until then how well the model does";
        let problem = Problem::new(cause).in_column(target).remedy(remedy);
        Err(problem.setting("dataset.target"))
    }

    /// These columns without the target, where a table that may lack it does.
    pub(in crate::resource) fn present(
        &self,
        id: &TableId,
        schema: &TableSchema,
        wanted: Vec<Wanted>,
    ) -> Vec<Wanted> {
        let target = &self.experiment.dataset.target;
        let may_lack = matches!(id, TableId::Alternative(_)) && !schema.has(target);
        let wanted = wanted.into_iter();
        wanted
            .filter(|(name, _)| !(may_lack && name == target))
            .collect()
    }
}

/// What is not known about the task without the labels of any table.
pub(super) fn task_is_open() -> Unbound {
    let problem = Problem::new(
        "what the target holds cannot be told: neither the dataset nor a calibration set has it",
    )
    .remedy("name the positive class in `positive` under [dataset], or with --positive");
    Unbound::Unsound(problems("dataset.positive", [problem]))
}
