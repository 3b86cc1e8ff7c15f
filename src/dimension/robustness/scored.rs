//! Which scores the curves are made of, for a run that is held against another.

use super::family::Family;
use super::{Features, disturbed, effort, other_models};
use crate::resource::{Catalogue, DisturbanceKind, Key, ModelId, TableId};
use crate::vocabulary::Preset;

/// Scores of which metrics are made.
pub(in crate::dimension) struct Scored {
    /// What the metrics begin with.
    pub(in crate::dimension) prefix: String,
    pub(in crate::dimension) model: ModelId,
    /// What was done to the dataset, and how often; none where it is as it is.
    pub(in crate::dimension) disturbed: Option<(DisturbanceKind, u32)>,
    /// Are all metrics told, or only the first?
    pub(in crate::dimension) is_whole: bool,
}

impl Scored {
    /// The scores.
    pub(in crate::dimension) fn keys(&self) -> Vec<Key> {
        match &self.disturbed {
            Some((kind, repeats)) => disturbed(&self.model, kind, *repeats).collect(),
            None => vec![Key::predictions(self.model.clone(), TableId::Dataset)],
        }
    }
}

/// Those of every level of every disturbance, and of the models beside the validated one.
pub(in crate::dimension) fn scored(catalogue: &Catalogue, preset: Preset) -> Vec<Scored> {
    let (effort, features) = (effort(catalogue, preset), Features::of(catalogue));
    let mut scored = Vec::new();
    for family in Family::of(&features) {
        let asked = family.levels(&effort);
        scored.extend(asked.levels.iter().map(|level| Scored {
            prefix: format!("{}.{level}", family.name()),
            model: catalogue.validated(),
            disturbed: Some((family.kind(*level), asked.repeats)),
            is_whole: true,
        }));
    }
    for model in other_models::compared(catalogue, &effort, &features) {
        let prefix = format!("model.{}", model.name());
        scored.push(Scored {
            prefix: format!("{prefix}.baseline"),
            model: model.clone(),
            disturbed: None,
            is_whole: false,
        });
        let asked = effort.other_models;
        scored.extend(asked.levels.iter().map(|level| Scored {
            prefix: format!("{prefix}.gaussian.{level}"),
            model: model.clone(),
            disturbed: Some((DisturbanceKind::Gaussian(*level), asked.repeats)),
            is_whole: false,
        }));
    }
    scored
}
