//! Hyperparameters: the score of every variant, and, where the variants fill a grid, how much of
//! the scores' variance each parameter explains (exact functional ANOVA).

use std::sync::Arc;

use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{Outcome, is_lower_better};
use crate::dimension::{Inputs, Validation};
use crate::event::{Bar, Cell, Figure, Preset};
use crate::experiment::{ParameterValue, Sweep, VariantSource};
use crate::metrics::importance::{Anova, FullGrid};
use crate::resource::{Catalogue, ColumnSet, Key, ModelId, TableId, variants_with_models};

pub(super) struct Hyperparameters;

impl Validation for Hyperparameters {
    fn needs(&self, catalogue: &Catalogue, _: Preset) -> Result<Vec<Key>, String> {
        let Some(sweep) = &catalogue.sweep else {
            return Err(
                "no hyperparameter variants: name their file under [hyperparameters]".into(),
            );
        };
        let variants = sweep.variants.len();
        if variants < 2 {
            return Err(format!(
                "{variants} hyperparameter variant: at least two are needed to compare"
            ));
        }
        let mut keys = catalogue.outcomes(&TableId::Dataset);
        keys.push(Key::Hyperparameters);
        let models = variants_with_models(sweep);
        keys.extend(models.map(|model| Key::predictions(model, TableId::Dataset)));
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

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        let sweep = inputs.resolved.get(&Key::Hyperparameters)?.as_sweep()?;
        let mut outcome = inputs.outcome(&TableId::Dataset)?;
        let mut scores = Vec::new();
        for variant in &sweep.variants {
            scores.push(match variant.source {
                VariantSource::Score(score) => Some(score),
                VariantSource::Model(_) => {
                    let model = ModelId::Variant(Arc::from(variant.name.as_str()));
                    let threshold = inputs.catalogue.threshold_of(&model);
                    let key = Key::predictions(model, TableId::Dataset);
                    let predictions = inputs.resolved.scores(&key)?;
                    outcome.cut_at(threshold);
                    score(&sweep.score, &outcome, &predictions)?
                }
            });
        }
        let mut findings = Findings::default();
        describe_scores(sweep, &scores, &mut findings);
        describe_importance(sweep, &scores, &mut findings);
        Ok(findings)
    }
}

fn score(name: &str, outcome: &Outcome, predictions: &[f64]) -> Result<Option<f64>, String> {
    let measures = outcome.performance(predictions);
    let found = measures.iter().find(|(n, _)| *n == name);
    let (_, value) = found.ok_or_else(|| {
        let names: Vec<&str> = measures.iter().map(|(name, _)| *name).collect();
        format!(
            "variants of this task are not scored by `{name}`: set `score` in the variants' file \
             to one of {}",
            names.join(", ")
        )
    })?;
    Ok(*value)
}

fn describe_scores(sweep: &Sweep, scores: &[Option<f64>], findings: &mut Findings) {
    for (variant, score) in sweep.variants.iter().zip(scores) {
        findings.metric(format!("score.{}", variant.name), *score);
    }
    let defined: Vec<f64> = scores.iter().copied().flatten().collect();
    let low = defined.iter().copied().reduce(f64::min);
    let high = defined.iter().copied().reduce(f64::max);
    let best = if is_lower_better(&sweep.score) {
        low
    } else {
        high
    };
    findings.metric("best", best);
    findings.metric("spread", high.zip(low).map(|(high, low)| high - low));
    findings.headline(format!("best {}", sweep.score), "best");
    let winner = scores.iter().position(|s| s.is_some() && *s == best);
    if let Some(winner) = winner {
        let name = &sweep.variants[winner].name;
        findings
            .notes
            .push(format!("best by {}: {name}", sweep.score));
    }
    let parameters = sweep.variants.first().map(|v| &v.parameters);
    let parameters = parameters
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str());
    let columns: Vec<&str> = [["variant"].as_slice(), &[sweep.score.as_str()]]
        .concat()
        .into_iter()
        .chain(parameters)
        .collect();
    let rows = sweep.variants.iter().zip(scores).map(|(variant, score)| {
        let mut row = vec![text(&variant.name), Cell::from(*score)];
        row.extend(variant.parameters.iter().map(|(_, value)| cell(value)));
        row
    });
    let rows = rows.collect();
    findings.table(
        "variants",
        format!("Variants by {}", sweep.score),
        &columns,
        rows,
    );
}

fn cell(value: &ParameterValue) -> Cell {
    match value {
        ParameterValue::Number(number) if number.fract() == 0.0 && *number >= 0.0 => {
            Cell::Count(*number as u64)
        }
        ParameterValue::Number(number) => Cell::Number(*number),
        ParameterValue::Text(word) => text(word),
        ParameterValue::Flag(flag) => text(flag.to_string()),
    }
}

fn describe_importance(sweep: &Sweep, scores: &[Option<f64>], findings: &mut Findings) {
    let Some(first) = sweep.variants.first() else {
        return;
    };
    let names: Vec<&str> = first
        .parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let columns: Vec<Vec<&ParameterValue>> = (0..names.len())
        .map(|p| sweep.variants.iter().map(|v| &v.parameters[p].1).collect())
        .collect();
    let grid = match FullGrid::from_columns(&columns) {
        Ok(grid) => grid,
        Err(reason) => {
            findings.notes.push(format!(
                "no importances: exact ANOVA needs every combination of the parameters once, and \
                 there are {reason}"
            ));
            return;
        }
    };
    let defined: Option<Vec<f64>> = scores.iter().copied().collect();
    match defined.and_then(|scores| grid.anova(&scores)) {
        Some(anova) => describe_anova(&names, &anova, findings),
        None => findings
            .notes
            .push("no importances: the scores do not vary, or one is undefined".to_owned()),
    }
}

fn describe_anova(names: &[&str], anova: &Anova, findings: &mut Findings) {
    let mut bars = Vec::new();
    let mut rows = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let (main, total) = (anova.main[index], anova.total[index]);
        findings.metric(format!("importance.{name}.main"), main);
        findings.metric(format!("importance.{name}.total"), total);
        rows.push(vec![text(*name), Cell::Number(main), Cell::Number(total)]);
        bars.push(Bar {
            label: (*name).to_owned(),
            value: Some(main),
            note: format!("total {total:.3}"),
            flagged: false,
        });
    }
    for pair in &anova.interactions {
        let (first, second) = (names[pair.first], names[pair.second]);
        findings.metric(format!("interaction.{first}.{second}"), pair.fraction);
        rows.push(vec![
            text(format!("{first} x {second}")),
            Cell::Number(pair.fraction),
            Cell::Undefined,
        ]);
        bars.push(Bar {
            label: format!("{first} x {second}"),
            value: Some(pair.fraction),
            note: String::new(),
            flagged: false,
        });
    }
    findings.table(
        "importance",
        "Share of variance (exact functional ANOVA)",
        &["parameter", "main", "total"],
        rows,
    );
    findings.figures.push(Figure::Bars {
        title: "Importance: share of variance".to_owned(),
        bars,
        reference: None,
    });
}
