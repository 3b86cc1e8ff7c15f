//! What the scores of a run stand for, and whether those of its baseline are of the same rows.

use std::collections::BTreeMap;

use super::super::driver::Driver;
use crate::dimension::baseline::Baseline;
use crate::event::{EventKind, ScoredRows};
use crate::resource::source::content_of;
use crate::resource::{DisturbanceKind, Key, ModelId, TableId};
use crate::vocabulary::ContentId;

impl Driver {
    /// Tells what the models' scores stand for, where that is not known from before.
    pub(super) fn tell_scored(&mut self) {
        let is_scored = self
            .run
            .as_ref()
            .is_some_and(|run| !run.scored_by.is_empty());
        let scored = is_scored.then(|| self.scored()).flatten();
        if scored.is_some() && scored != self.scored_told {
            self.scored_told.clone_from(&scored);
            if let Some(scored) = scored {
                self.emit(EventKind::RowsScored(Box::new(scored)));
            }
        }
    }

    pub(super) fn scored(&self) -> Option<ScoredRows> {
        let key = Key::predictions(self.catalogue.validated(), TableId::Dataset);
        let path = &self.catalogue.experiment.dataset.path;
        let tables = self.catalogue.tables().filter_map(|(id, path)| {
            let is_other = matches!(id, TableId::Alternative(_));
            let content = self.engine.content_of_file(path).filter(|_| is_other)?;
            Some((id.to_string(), content))
        });
        Some(ScoredRows {
            scores: *self.engine.contents(&[key]).first()?,
            dataset: self.engine.content_of_file(path)?,
            rows: self
                .catalogue
                .schema(&TableId::Dataset)?
                .rows
                .map(|rows| rows as u64),
            others: self.others_scored(),
            tables: tables.collect(),
        })
    }

    /// Everything else that a later run may be held against.
    fn others_scored(&self) -> BTreeMap<String, ContentId> {
        let found = self.run.iter().flat_map(|run| run.found.keys());
        let needs = found.flat_map(|dimension| self.planner.needs(*dimension).unwrap_or_default());
        let named = needs.filter(is_compared);
        let (keys, names): (Vec<Key>, Vec<String>) = named
            .filter_map(|key| Some((key.clone(), key.scored_as()?)))
            .unzip();
        names.into_iter().zip(self.engine.contents(&keys)).collect()
    }
}

/// Are these scores held against those of another run? The validated model's for the dataset are told
/// apart.
fn is_compared(key: &Key) -> bool {
    let Key::Predictions {
        model,
        table,
        disturbance,
        ..
    } = key
    else {
        return false;
    };
    match disturbance.as_ref().map(|disturbance| &disturbance.kind) {
        Some(DisturbanceKind::GaussianOn(..) | DisturbanceKind::Permutation(_)) => false,
        Some(_) => true,
        None => match model {
            ModelId::Validated(_) => matches!(table, TableId::Alternative(_)),
            ModelId::Alternative(_) | ModelId::Variant(_) => true,
            ModelId::Quantile(_) => false,
        },
    }
}

/// What is other about the rows of the baseline; none where they are the same.
pub(super) fn other_rows(
    baseline: &Baseline,
    target: &str,
    ours: Option<&ScoredRows>,
) -> Option<String> {
    let Some(theirs) = &baseline.scored else {
        return Some(
            "the baseline does not say what its scores are: it has asked for none".to_owned(),
        );
    };
    let Some(ours) = ours else {
        return Some("it is not known which rows this run has".to_owned());
    };
    if baseline.target != target {
        return Some(format!(
            "the baseline's target is `{}`, and that of this run `{target}`",
            baseline.target
        ));
    }
    if theirs.dataset != ours.dataset {
        let rows = match (theirs.rows, ours.rows) {
            (Some(theirs), Some(ours)) if theirs != ours => format!(", {theirs} rows and {ours}"),
            _ => String::new(),
        };
        return Some(format!(
            "the rows are others: the dataset's file is not the one of the baseline ({} then, {} \
             now{rows})",
            theirs.dataset.short(),
            ours.dataset.short()
        ));
    }
    None
}

/// Why the baseline's scores are not there, and what would bring them back.
pub(super) fn not_kept(baseline: &Baseline) -> String {
    let words = "the baseline's scores are kept in no cache of this machine any more";
    let Some((path, content)) = &baseline.model_file else {
        return words.to_owned();
    };
    let shown = path.display();
    match content_of(path) {
        Some(now) if now == *content => {
            let again = baseline.experiment.as_ref().map_or_else(
                || "run the baseline again".to_owned(),
                |file| format!("`lazydebugger run {}`", file.display()),
            );
            format!(
                "{words}. Its model still lies at {shown} as it was: {again} with this cache scores its \
                 rows anew, and then they can be compared"
            )
        }
        Some(_) => format!("{words}, and {shown} holds another model by now"),
        None => format!("{words}, and its model is not at {shown} any more"),
    }
}
