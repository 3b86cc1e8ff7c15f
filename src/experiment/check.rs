//! What no single key can tell: names that clash, bounds that depend on another key.

use super::{Experiment, stem};
use crate::settings::{ProblemKind, Problems};
use crate::vocabulary::{Grouping, ModelOutput, Task};

/// Notes whatever in `experiment` cannot be meant.
pub(super) fn experiment(experiment: &Experiment, problems: &mut Problems) {
    experiment.cache.shared.check(problems);
    let mut rule = |key: &str, words: String| problems.add(None, key, ProblemKind::Rule(words));
    let Experiment { dataset, model, .. } = experiment;

    let others = experiment.alternative_models.iter().map(|m| m.name.clone());
    for name in repeated(std::iter::once(model.name.clone()).chain(others)) {
        rule(
            "alternative_models",
            format!("two models are called `{name}`; give each a `name` of its own"),
        );
    }
    for name in repeated(dataset.alternative.iter().map(|path| stem(path))) {
        rule(
            "dataset.alternative",
            format!("two files are called `{name}`; their metrics would clash, so rename one"),
        );
    }
    if let Some(Task::MultiClass(labels)) = &dataset.task {
        if labels.len() < 2 {
            rule(
                "dataset.positive",
                "a list names all classes, two or more; for one positive class give it alone"
                    .to_owned(),
            );
        }
        for label in repeated(labels.iter().cloned()) {
            rule("dataset.positive", format!("`{label}` is there twice"));
        }
    }
    for name in repeated(experiment.protected.iter().map(|p| p.name.clone())) {
        rule("protected", format!("`{name}` is there twice"));
    }
    for attribute in &experiment.protected {
        let key = format!("protected.{}", attribute.name);
        if attribute.name == dataset.target {
            rule(
                &key,
                "this is the target; groups come from other columns".to_owned(),
            );
        }
        if let Grouping::CutPoints(points) = &attribute.grouping {
            if points.is_empty() {
                rule(
                    &key,
                    "give at least one cut point, or \"categories\"".to_owned(),
                );
            }
            if points.windows(2).any(|pair| pair[0] >= pair[1]) {
                rule(
                    &key,
                    "cut points must increase, such as [25, 45, 65]".to_owned(),
                );
            }
        }
    }
    for trend in &experiment.constraints.monotone {
        if trend.feature == dataset.target {
            let words = "this is the target, which the model does not take";
            rule(&format!("constraints.{}", trend.feature), words.to_owned());
        }
    }
    if matches!(dataset.task, Some(Task::MultiClass(_))) && !experiment.constraints.is_empty() {
        let words = "constraints are of one score, and several classes have one each";
        rule("constraints", words.to_owned());
    }
    if let Some(features) = &model.features {
        if features.is_empty() {
            rule(
                "model.features",
                "name the columns, or leave the key out to take all but the target".to_owned(),
            );
        }
        for name in repeated(features.iter().cloned()) {
            rule("model.features", format!("`{name}` is there twice"));
        }
    }
    if let Some(quantiles) = &model.quantiles {
        let alpha = quantiles.alpha;
        if !(alpha > 0.0 && alpha < 1.0) {
            let words = format!("expected a number between 0 and 1, found {alpha}");
            rule("model.quantiles.alpha", words);
        }
        if matches!(
            dataset.task,
            Some(Task::Binary { .. } | Task::MultiClass(_))
        ) {
            let words = "quantiles are of a number, and `positive` says that the target is a class";
            rule("model.quantiles", words.to_owned());
        }
    }
    let raw = matches!(model.output, Some(ModelOutput::Logit | ModelOutput::Margin));
    if !raw && !(0.0..=1.0).contains(&model.threshold) {
        let words = format!("expected a number from 0 to 1, found {}", model.threshold);
        rule("model.threshold", words);
    }
    if experiment.engine.memory_budget_bytes == Some(0) {
        let words = "nothing fits in no memory; leave it out for no limit";
        rule("engine.memory_budget", words.to_owned());
    }
}

/// The names that are there more than once, each once.
fn repeated(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    for name in names {
        *seen.entry(name).or_default() += 1;
    }
    let repeated = seen.into_iter().filter(|(_, count)| *count > 1);
    repeated.map(|(name, _)| name).collect()
}
