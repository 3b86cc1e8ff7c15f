//! What a dimension's outcome rests on, as an id: the contents of all that it asked for, the settings
//! that it looks at, and nothing else. Where an experiment lies, what its files are called, and how the
//! engine is set have no part in it; nor has the name of the validated model, which is said only where
//! other models stand beside it.

use crate::dimension;
use crate::engine::graph::closure;
use crate::engine::{Canonical, Engine, Parts, Recipe, Workload};
use crate::experiment::{Dataset, Experiment, Model, Protected};
use crate::resource::{Catalogue, Key, ModelId};
use crate::vocabulary::{
    ContentId, Dimension, EngineSettings, Grouping, ModelOutput, ResourceName, Task,
};

/// What an outcome rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: ContentId,
    /// Its parts by name, for whoever wants to know what of it has changed.
    pub(super) parts: Vec<(String, ContentId)>,
}

impl Identity {
    /// Its parts as resources have theirs.
    pub(super) fn named_parts(&self) -> Parts {
        let parts = self.parts.iter();
        parts
            .map(|(name, id)| (ResourceName::from(name.as_str()), *id))
            .collect()
    }

    /// The identity of what `dimension` makes of `keys`, as the files are known.
    pub(super) fn of(
        dimension: Dimension,
        catalogue: &Catalogue,
        settings: &EngineSettings,
        keys: &[Key],
        engine: &Engine<Catalogue>,
    ) -> Self {
        // What is known by a stamp alone says nothing that the contents do not say.
        let is_whole = |key: &&Key| catalogue.recipe(key).stamped_files().is_empty();
        let keys: Vec<Key> = keys.iter().filter(is_whole).cloned().collect();
        let compares_models = keys.iter().any(is_of_another_model);
        let names = keys.iter().map(|key| said_name(key, compares_models));
        let names: Vec<String> = names.collect();
        let contents = engine.contents(&keys);
        let recipe = Recipe::new("outcome").with("dimension", dimension.name());
        let recipe = of_settings(recipe, settings);
        let recipe = of_experiment(recipe, &catalogue.experiment);
        let recipe = of_facts(recipe, catalogue).with("names", names);
        let formulas = Recipe::new("formulas").with("version", dimension::FORMULAS);
        let mut parts: Vec<(String, ContentId)> = recipe
            .parts()
            .map(|(name, id)| (name.to_owned(), id))
            .collect();
        parts.push(("formulas".to_owned(), formulas.derive(&[], &[])));
        let all = closure(catalogue, &keys).unwrap_or_default();
        let is_source = |key: &&Key| {
            matches!(
                key,
                Key::Model(_) | Key::Columns { .. } | Key::Hyperparameters
            )
        };
        let sources: Vec<Key> = all.iter().filter(is_source).cloned().collect();
        let found = engine.contents(&sources).into_iter();
        let named = sources.iter().map(ToString::to_string);
        // What it is made from is what people can change: it is told before what follows from it.
        parts.splice(0..0, named.zip(found));
        Self {
            id: recipe.derive(&[], &contents),
            parts,
        }
    }
}

fn is_of_another_model(key: &Key) -> bool {
    matches!(
        key,
        Key::Predictions {
            model: ModelId::Alternative(_),
            ..
        }
    )
}

/// The name of what is asked for, as far as findings may say it.
fn said_name(key: &Key, compares_models: bool) -> String {
    match key {
        Key::Predictions {
            model: ModelId::Validated(_),
            table,
            disturbance,
            shard,
        } if !compares_models => {
            let nameless = Key::Predictions {
                model: ModelId::Validated("".into()),
                table: table.clone(),
                disturbance: disturbance.clone(),
                shard: *shard,
            };
            nameless.to_string()
        }
        key => key.to_string(),
    }
}

/// Where a setting is left out, no outcome depends on it.
fn of_settings(recipe: Recipe, settings: &EngineSettings) -> Recipe {
    let EngineSettings {
        preset,
        seed,
        // Who runs a model is part of what its scores are.
        backend: _,
        strategy: _,
        preload: _,
        prefetch: _,
        cache_policy: _,
        cache_entries: _,
        cache_bytes: _,
        compress: _,
        // So it is what it runs on.
        device: _,
        memory_budget_bytes: _,
        device_memory_budget_bytes: _,
        threads: _,
        chunk_rows: _,
        columns: _,
        ttl_seconds: _,
    } = settings;
    recipe.with("preset", preset.name()).with("seed", *seed)
}

fn of_experiment(recipe: Recipe, experiment: &Experiment) -> Recipe {
    let Experiment {
        dataset,
        protected,
        model,
        trials_metric,
        constraints,
        // Models beside the validated one are among the names of what is asked for.
        alternative_models: _,
        hyperparameters: _,
        // Gates are judged anew each time.
        gates: _,
        baseline_gates: _,
        engine: _,
        cache: _,
        lints: _,
        name: _,
        file: _,
    } = experiment;
    let Dataset {
        target,
        task,
        missing_text,
        // How files are read is part of what their columns are.
        tables: _,
        path: _,
        calibration: _,
        alternative: _,
    } = dataset;
    let Model {
        name: _,
        threshold,
        features,
        output,
        score_output,
        quantiles,
        path: _,
        predictions: _,
        expected: _,
    } = model;
    recipe
        .with("target", target.as_str())
        .with("task", task.as_ref().map(Told))
        .with("missing text", missing_text.as_deref())
        .with("protected", protected.iter().map(group).collect::<Vec<_>>())
        .with("threshold", *threshold)
        .with("features", features.clone())
        .with("output", output.map(ModelOutput::name))
        .with("score output", score_output.as_deref())
        .with("alpha", quantiles.as_ref().map(|models| models.alpha))
        .with("trials metric", trials_metric.as_deref())
        .with("constraints", constraints.lines())
}

/// What was told from files that an outcome need not ask for itself.
fn of_facts(recipe: Recipe, catalogue: &Catalogue) -> Recipe {
    let tables = catalogue.tables().map(|(id, _)| id.to_string());
    recipe
        .with("task found", Told(catalogue.task()))
        .with("classes", catalogue.known_classes())
        .with("score", catalogue.understanding().score)
        .with("cut", catalogue.threshold())
        .with("inputs", catalogue.features())
        .with("mixing", catalogue.mixing_note())
        .with("scores of a file", catalogue.is_precomputed())
        .with("tables", tables.collect::<Vec<_>>())
}

fn group(protected: &Protected) -> ((&str, Option<&Vec<f64>>), Option<&str>) {
    let cuts = match &protected.grouping {
        Grouping::Categories => None,
        Grouping::CutPoints(cuts) => Some(cuts),
    };
    ((&protected.name, cuts), protected.privileged.as_deref())
}

/// A task in canonical bytes.
struct Told<'t>(&'t Task);

impl Canonical for Told<'_> {
    fn write(&self, bytes: &mut Vec<u8>) {
        let (kind, classes) = match self.0 {
            Task::Binary { positive } => ("binary", std::slice::from_ref(positive)),
            Task::MultiClass(classes) => ("multi-class", classes.as_slice()),
            Task::Regression => ("regression", &[][..]),
        };
        kind.write(bytes);
        classes.write(bytes);
    }
}
