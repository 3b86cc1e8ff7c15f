//! Robustness: how the model bears disturbed inputs - noise on numbers, categories redrawn, one
//! feature at a time, features permuted -, in which slices of the data it errs more, and how other
//! models bear the same noise.

mod constraints;
mod family;
mod features;
mod levels;
mod other_models;
mod score;
mod scored;
mod slices;

use std::collections::HashSet;
use std::sync::Arc;

use super::outcome::{Measures, Outcome};
use super::preset::{self, RobustnessEffort, SCORE_LEVEL};
use crate::dimension::findings::Findings;
use crate::dimension::{Inputs, Validation, is_core, need_model};
use crate::inference::ElementType;
use crate::resource::table::{ColumnType, NumberKind};
use crate::resource::{Catalogue, Disturbance, DisturbanceKind, Key, ModelId, TableId};
use crate::vocabulary::{Preset, Problem};
use family::Family;
use levels::Curve;
pub(super) use scored::scored;

pub(super) struct Robustness;

impl Validation for Robustness {
    fn needs(&self, catalogue: &Catalogue, preset: Preset) -> Result<Vec<Key>, Problem> {
        need_model(catalogue, "noise asks the model about rows that are new")?;
        let model = catalogue.validated();
        let table = TableId::Dataset;
        let (effort, features) = (effort(catalogue, preset), Features::of(catalogue));
        let mut keys = catalogue.outcomes(&table);
        if catalogue.are_features_surveyed() {
            keys.push(Key::WorstSlices);
        } else {
            keys.extend(catalogue.columns(&table, &catalogue.features()));
        }
        keys.push(Key::predictions(model.clone(), table));
        for kind in kinds(&effort, &features) {
            if features.is_unread(&kind) {
                continue;
            }
            let repeats = kind_repeats(&effort, &kind);
            keys.extend(disturbed(&model, &kind, repeats));
        }
        keys.extend(other_models::needs(catalogue, &effort, &features));
        keys.extend(constraints::needs(catalogue));
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key) || *key == Key::Constraints
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
        let study = Study::of(inputs)?;
        let mut findings = Findings::default();
        findings.measures("baseline", &study.baseline);
        let curves = Family::of(&study.features).map(|family| Curve::measure(&study, family));
        let curves: Vec<Curve> = curves.collect::<Result<_, _>>()?;
        levels::report(&curves, &study, &mut findings);
        score::report(&curves, &study, &mut findings);
        features::permutations(&study, &mut findings)?;
        features::one_at_a_time(&study, &mut findings)?;
        other_models::compare(&study, &mut findings)?;
        slices::worst(&study, &mut findings)?;
        constraints::report(&study, &mut findings)?;
        Ok(findings)
    }
}

/// The dataset as it is, and how it is to be disturbed.
struct Study<'a> {
    inputs: &'a Inputs<'a>,
    outcome: Outcome,
    scores: Vec<f64>,
    /// The metrics without any disturbance.
    baseline: Measures,
    effort: RobustnessEffort,
    features: Features,
}

impl<'a> Study<'a> {
    fn of(inputs: &'a Inputs<'a>) -> Result<Self, Problem> {
        let outcome = inputs.outcome(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        Ok(Self {
            baseline: outcome.performance(&scores),
            outcome,
            scores,
            effort: effort(inputs.catalogue, inputs.preset),
            features: Features::of(inputs.catalogue),
            inputs,
        })
    }

    /// The validated model's scores under every repeat of a disturbance: as they are, where only what
    /// it never looks at is disturbed.
    fn repeats_of(
        &self,
        kind: &DisturbanceKind,
    ) -> impl Iterator<Item = Result<Vec<f64>, Problem>> {
        let model = self.inputs.catalogue.validated();
        let repeats = kind_repeats(&self.effort, kind);
        let is_unread = self.features.is_unread(kind);
        let keys: Vec<Key> = disturbed(&model, kind, repeats).collect();
        keys.into_iter().map(move |key| {
            if is_unread {
                Ok(self.scores.clone())
            } else {
                self.inputs.resolved.scores(&key)
            }
        })
    }
}

/// The features of the validated model by what may be done to them.
struct Features {
    /// Numbers that the model takes as numbers.
    quantities: Vec<String>,
    /// Texts, truth values, and numbers that the model takes as texts.
    categories: Vec<String>,
    /// Those of both that the model never looks at.
    unread: HashSet<String>,
}

impl Features {
    fn of(catalogue: &Catalogue) -> Self {
        let schema = catalogue.schema(&TableId::Dataset);
        let model = catalogue.bound(&catalogue.validated());
        let mut features = Self {
            quantities: Vec::new(),
            categories: Vec::new(),
            unread: catalogue
                .never_looked_at(&catalogue.validated())
                .into_iter()
                .collect(),
        };
        for plan in model.iter().flat_map(|model| &model.inputs) {
            for name in &plan.columns {
                let kind = schema.and_then(|s| s.column_type(name));
                let is_quantity = plan.element != ElementType::Text
                    && matches!(
                        kind,
                        Some(ColumnType::Number(NumberKind::Float | NumberKind::Integer))
                    );
                let list = if is_quantity {
                    &mut features.quantities
                } else {
                    &mut features.categories
                };
                if !list.contains(name) {
                    list.push(name.clone());
                }
            }
        }
        features
    }

    /// Does it change nothing but a feature that the model never looks at? Then it changes no score.
    fn is_unread(&self, kind: &DisturbanceKind) -> bool {
        match kind {
            DisturbanceKind::GaussianOn(feature, _) | DisturbanceKind::Permutation(feature) => {
                self.unread.contains(&**feature)
            }
            _ => false,
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.quantities.iter().chain(&self.categories)
    }
}

/// What it does with the dataset under a preset, in words.
pub(super) fn words(catalogue: &Catalogue, preset: Preset) -> String {
    preset::robustness_words(&effort(catalogue, preset))
}

fn effort(catalogue: &Catalogue, preset: Preset) -> RobustnessEffort {
    let rows = catalogue.schema(&TableId::Dataset).and_then(|s| s.rows);
    RobustnessEffort::of(preset, rows, catalogue.features().len())
}

/// Everything that is done to the dataset.
fn kinds(effort: &RobustnessEffort, features: &Features) -> Vec<DisturbanceKind> {
    let mut kinds: Vec<DisturbanceKind> = Family::of(features)
        .flat_map(|family| {
            let levels = family.levels(effort).levels.iter();
            levels.map(move |level| family.kind(*level))
        })
        .collect();
    if effort.permutation_repeats > 0 {
        kinds.extend(features.all().map(|f| permutation(f)));
    }
    if effort.one_feature_repeats > 0 {
        kinds.extend(features.quantities.iter().map(|f| noise_on(f)));
    }
    kinds
}

fn permutation(feature: &str) -> DisturbanceKind {
    DisturbanceKind::Permutation(Arc::from(feature))
}

fn noise_on(feature: &str) -> DisturbanceKind {
    DisturbanceKind::GaussianOn(Arc::from(feature), SCORE_LEVEL)
}

fn kind_repeats(effort: &RobustnessEffort, kind: &DisturbanceKind) -> u32 {
    match kind {
        DisturbanceKind::Gaussian(_) => effort.gaussian.repeats,
        DisturbanceKind::Quantile(_) => effort.quantile.repeats,
        DisturbanceKind::Categorical(_) => effort.categorical.repeats,
        DisturbanceKind::GaussianOn(..) => effort.one_feature_repeats,
        DisturbanceKind::Permutation(_) => effort.permutation_repeats,
    }
}

/// A model's scores for the dataset under every repeat of a disturbance.
fn disturbed(model: &ModelId, kind: &DisturbanceKind, repeats: u32) -> impl Iterator<Item = Key> {
    (1..=repeats).map(move |repeat| {
        let kind = kind.clone();
        Key::disturbed(model.clone(), Disturbance { kind, repeat })
    })
}
