//! Hyperparameters: the score of every variant, how much each parameter moves it, and how the score
//! runs along each parameter, where two of them meet, and through all of them.

mod importance;
mod interactions;
mod marginals;
mod parallel;
mod settings;
mod variants;

use std::sync::Arc;

use settings::Settings;

use crate::dimension::findings::Findings;
use crate::dimension::outcome::Outcome;
use crate::dimension::{Inputs, Validation};
use crate::experiment::{Sweep, VariantSource};
use crate::resource::{Catalogue, ColumnSet, Key, ModelId, TableId, variants_with_models};
use crate::vocabulary::{Preset, Problem};

pub(super) struct Hyperparameters;

impl Validation for Hyperparameters {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, Problem> {
        let Some(sweep) = catalogue.sweep() else {
            let problem = Problem::new("no hyperparameter variants");
            return Err(problem.remedy("name their file under [hyperparameters]"));
        };
        let variants = sweep.variants.len();
        if variants < 2 {
            return Err(Problem::new(format!(
                "too few variants: {variants} with a model or a score, and at least two are needed to \
                 compare"
            )));
        }
        let mut keys = vec![Key::Hyperparameters];
        let models = variants_with_models(sweep);
        let predictions: Vec<Key> = models
            .map(|(model, _)| Key::predictions(model, TableId::Dataset))
            .collect();
        if !predictions.is_empty() {
            keys.splice(0..0, catalogue.outcomes(&TableId::Dataset));
        }
        keys.extend(predictions);
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        matches!(
            key,
            Key::Table(TableId::Dataset)
                | Key::Columns {
                    table: TableId::Dataset,
                    set: ColumnSet::Outcome | ColumnSet::All,
                }
                | Key::Hyperparameters
                | Key::Model(ModelId::Variant(_))
        )
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, Problem> {
        let sweep = inputs.resolved.get(&Key::Hyperparameters)?.as_sweep()?;
        let scores = scores(inputs, sweep)?;
        let mut findings = Findings::default();
        variants::describe(sweep, &scores, &mut findings);
        findings.notes(sweep.notes.iter().cloned());
        let settings = Settings::of(sweep, &scores);
        let read = importance::read(&settings, sweep, inputs, &mut findings);
        interactions::describe(&settings, &read, sweep, &mut findings);
        marginals::describe(&settings, &read, &mut findings);
        parallel::describe(&settings, &read, sweep, &mut findings);
        Ok(findings)
    }
}

/// The score of every variant: as it is known, or of its model on the dataset.
fn scores(inputs: &Inputs<'_>, sweep: &Sweep) -> Result<Vec<Option<f64>>, Problem> {
    let mut outcome: Option<Outcome> = None;
    let mut scores = Vec::new();
    for variant in &sweep.variants {
        scores.push(match variant.source {
            VariantSource::Score(score) => Some(score),
            VariantSource::Model(_) => {
                let model = ModelId::Variant(Arc::from(variant.name.as_str()));
                let threshold = inputs.catalogue.threshold_of(&model);
                let key = Key::predictions(model, TableId::Dataset);
                let predictions = inputs.resolved.scores(&key)?;
                let outcome = match &mut outcome {
                    Some(outcome) => outcome,
                    none => none.insert(inputs.outcome(&TableId::Dataset)?),
                };
                outcome.cut_at(threshold);
                score(&sweep.score, outcome, &predictions)?
            }
        });
    }
    Ok(scores)
}

fn score(name: &str, outcome: &Outcome, predictions: &[f64]) -> Result<Option<f64>, Problem> {
    let measures = outcome.performance(predictions);
    let found = measures.iter().find(|(n, _)| *n == name);
    let (_, value) = found.ok_or_else(|| {
        let names: Vec<&str> = measures.iter().map(|(name, _)| *name).collect();
        let cause = format!("variants of this task are not scored by `{name}`");
        Problem::new(cause).remedy(format!(
            "set `score` in the variants' file to one of {}",
            names.join(", ")
        ))
    })?;
    Ok(*value)
}
