//! Robustness: how the model bears disturbed inputs - noise on numbers, categories redrawn, one
//! feature at a time, features permuted -, in which slices of the data it errs more, and how other
//! models bear the same noise.

mod features;
mod levels;
mod other_models;
mod other_tasks;
mod slices;

use std::sync::Arc;

use super::preset::{self, RobustnessEffort, SCORE_LEVEL};
use crate::dimension::findings::Findings;
use crate::dimension::{Inputs, Validation, is_core, lacks_model};
use crate::event::Preset;
use crate::experiment::Task;
use crate::inference::ElementType;
use crate::metrics::classification::{Performance, decide};
use crate::resource::table::{ColumnType, NumberKind};
use crate::resource::{Catalogue, Disturbance, DisturbanceKind, Key, ModelId, TableId};
use levels::{Curve, FAMILIES};

pub(super) struct Robustness;

impl Validation for Robustness {
    fn needs(&self, catalogue: &Catalogue, preset: Preset) -> Result<Vec<Key>, String> {
        if let Some(reason) = lacks_model(catalogue, "noise asks the model about rows that are new")
        {
            return Err(reason);
        }
        if !matches!(catalogue.task, Task::Binary { .. }) {
            return Ok(other_tasks::needs(catalogue, preset));
        }
        let model = catalogue.validated();
        let table = TableId::Dataset;
        let mut keys = catalogue.outcomes(&table);
        keys.extend(catalogue.columns(&table, &catalogue.features()));
        keys.push(Key::predictions(model.clone(), table));
        let (effort, features) = (effort(catalogue, preset), Features::of(catalogue));
        for kind in kinds(&effort, &features) {
            let repeats = kind_repeats(&effort, &kind);
            keys.extend(disturbed(&model, &kind, repeats));
        }
        keys.extend(other_models::needs(catalogue, &effort, &features));
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key)
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        if !matches!(inputs.catalogue.task, Task::Binary { .. }) {
            return other_tasks::evaluate(inputs);
        }
        let effort = effort(inputs.catalogue, inputs.preset);
        let features = Features::of(inputs.catalogue);
        let calm = Calm::of(inputs)?;
        let mut findings = Findings::default();
        findings.performance("baseline", &calm.performance);
        let curves = FAMILIES.iter().filter(|family| family.applies(&features));
        let curves = curves.map(|family| {
            let levels = family.levels(&effort);
            Curve::measure(inputs, &calm, family, levels)
        });
        let curves: Vec<Curve> = curves.collect::<Result<_, _>>()?;
        levels::report(&curves, &calm, &mut findings);
        score(&curves, &calm, &mut findings);
        features::permutations(inputs, &calm, &effort, &features, &mut findings)?;
        features::one_at_a_time(inputs, &calm, &effort, &features, &mut findings)?;
        other_models::compare(inputs, &calm, &effort, &features, &mut findings)?;
        slices::weak(inputs, &calm, &effort, &mut findings)?;
        findings.headline("auc@0.5", headline(&features));
        Ok(findings)
    }
}

fn headline(features: &Features) -> &'static str {
    if features.quantities.is_empty() {
        "categorical.0.5.auc.mean"
    } else {
        "gaussian.0.5.auc.mean"
    }
}

/// The features of the validated model by what may be done to them.
struct Features {
    /// Numbers that the model takes as numbers.
    quantities: Vec<String>,
    /// Texts, truth values, and numbers that the model takes as texts.
    categories: Vec<String>,
}

impl Features {
    fn of(catalogue: &Catalogue) -> Self {
        let schema = catalogue.table(&TableId::Dataset).map(|t| &t.schema);
        let model = catalogue.model(&catalogue.validated());
        let mut features = Self {
            quantities: Vec::new(),
            categories: Vec::new(),
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

    fn all(&self) -> impl Iterator<Item = &String> {
        self.quantities.iter().chain(&self.categories)
    }
}

/// What it does with the dataset under a preset, in words.
pub(super) fn words(catalogue: &Catalogue, preset: Preset) -> String {
    preset::robustness_words(&effort(catalogue, preset))
}

fn effort(catalogue: &Catalogue, preset: Preset) -> RobustnessEffort {
    let rows = catalogue
        .table(&TableId::Dataset)
        .and_then(|t| t.schema.rows);
    RobustnessEffort::of(preset, rows, catalogue.features().len())
}

/// Everything that is done to the dataset.
fn kinds(effort: &RobustnessEffort, features: &Features) -> Vec<DisturbanceKind> {
    let families = FAMILIES.iter().filter(|family| family.applies(features));
    let mut kinds: Vec<DisturbanceKind> = families
        .flat_map(|family| family.levels(effort).levels.iter().map(family.kind))
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

/// The dataset as it is.
struct Calm {
    labels: Vec<bool>,
    scores: Vec<f64>,
    decisions: Vec<bool>,
    threshold: f64,
    performance: Performance,
}

impl Calm {
    fn of(inputs: &Inputs<'_>) -> Result<Self, String> {
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let threshold = inputs.catalogue.threshold();
        Ok(Self {
            performance: Performance::measure(&labels, &scores, threshold),
            decisions: decide(&scores, threshold),
            labels,
            scores,
            threshold,
        })
    }
}

/// The validated model's scores under every repeat of a disturbance.
fn repeats_of<'a>(
    inputs: &'a Inputs<'_>,
    kind: &DisturbanceKind,
    repeats: u32,
) -> impl Iterator<Item = Result<Vec<f64>, String>> + 'a {
    let model = inputs.catalogue.validated();
    let keys: Vec<Key> = disturbed(&model, kind, repeats).collect();
    keys.into_iter().map(|key| inputs.resolved.scores(&key))
}

/// The share of the AUC's lead over chance that is left under the disturbance that costs most.
fn score(curves: &[Curve], calm: &Calm, findings: &mut Findings) {
    let Some(lead) = calm
        .performance
        .auc
        .map(|auc| auc - 0.5)
        .filter(|l| *l > 0.0)
    else {
        return;
    };
    let kept = |auc: f64| (auc - 0.5) / lead;
    let at_level = curves.iter().filter_map(|curve| {
        let auc = curve.auc_at(SCORE_LEVEL)?;
        Some((curve.family, auc))
    });
    let worst = at_level.min_by(|a, b| a.1.mean.total_cmp(&b.1.mean));
    let Some((family, auc)) = worst else {
        return;
    };
    let interval = auc.interval.map(|(low, high)| (kept(low), kept(high)));
    let meaning = format!(
        "share of the AUC's lead over chance, (AUC - 0.5) / (baseline AUC - 0.5), that is left \
         under the worst of the disturbances at level {SCORE_LEVEL}: {}",
        family.words
    );
    findings.score(Some(kept(auc.mean)), interval, meaning);
}
