//! Uncertainty: do the scores mean what they say (calibration), how large must a set of classes be
//! to hold the true one (split-conformal LAC; Sadinle, Lei & Wasserman 2019), and how far does it
//! help to leave the least confident rows to somebody else?

mod by_group;
mod by_prediction;
mod calibration;
mod conformal;
mod group_tables;
mod groups;
mod multi_class;
mod promise;
mod regression;
mod selective;
mod sides;
mod split;

use groups::Groups;
pub(super) use split::judged;
use split::{Split, has_calibration_scores};

use crate::dimension::findings::Findings;
use crate::dimension::{Inputs, Validation, is_core, need_probabilities};
use crate::resource::{Catalogue, ColumnSet, Key, TableId};
use crate::vocabulary::{Preset, Problem, Task};

pub(super) struct Uncertainty;

impl Validation for Uncertainty {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, Problem> {
        need_probabilities(catalogue)?;
        let mut keys = catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
        if has_calibration_scores(catalogue) {
            keys.extend(catalogue.outcomes(&TableId::Calibration));
            keys.push(Key::predictions(
                catalogue.validated(),
                TableId::Calibration,
            ));
        }
        keys.extend(regression::quantile_predictions(catalogue));
        if !catalogue.experiment.protected.is_empty() {
            // Sets can keep their promise for all rows together, and break it for a group.
            keys.push(Key::ProtectedAttributes(TableId::Dataset));
            let calibration = TableId::Calibration;
            // With groups of their own, calibration rows give each group its quantile.
            if has_calibration_scores(catalogue) && !catalogue.protected_in(&calibration).is_empty()
            {
                keys.push(Key::ProtectedAttributes(calibration));
            }
        }
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key)
            || matches!(
                key,
                Key::Table(TableId::Calibration)
                    | Key::Columns {
                        table: TableId::Calibration,
                        set: ColumnSet::Outcome | ColumnSet::All,
                    }
                    | Key::Predictions {
                        table: TableId::Calibration,
                        ..
                    }
            )
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
        let positive = match inputs.catalogue.task() {
            Task::MultiClass(classes) => return multi_class::evaluate(inputs, classes),
            Task::Regression => return regression::evaluate(inputs),
            Task::Binary { positive } => positive,
        };
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let threshold = inputs.catalogue.threshold();
        let mut findings = Findings::default();
        let draws = calibration::Resampling::of(inputs);
        calibration::describe((&labels, &scores, threshold), draws, &mut findings);
        let wrong: Vec<bool> = labels
            .iter()
            .zip(&scores)
            .map(|(&label, &score)| (score >= threshold) != label)
            .collect();
        selective::describe(&wrong, &scores, &mut findings);
        let split = Split::of(inputs, labels, scores, &mut findings)?;
        let groups = Groups::of(inputs, split.judged.clone(), &mut findings);
        conformal::describe(&split, &groups, positive, &mut findings);
        findings.headline("ece", "ece");
        Ok(findings)
    }
}
