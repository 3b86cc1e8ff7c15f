//! Robustness: Gaussian noise on all numeric features at once, `x + N(0, (level * sigma)^2)` with
//! the population sigma of the evaluated column; nothing is clipped.

mod other_tasks;

use crate::dimension::findings::{Findings, named, text};
use crate::dimension::{Inputs, Validation, is_core, lacks_model, preset};
use crate::event::{Cell, CurvePoint, Figure, Preset, Series};
use crate::experiment::Task;
use crate::metrics::classification::{Performance, decide, flip_rate, mean_absolute_change};
use crate::metrics::moments::{mean, population_std};
use crate::resource::{Catalogue, Key, TableId};

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
        keys.push(Key::predictions(model.clone(), table.clone()));
        for level in preset::noise_levels(preset) {
            keys.extend(
                preset::noises(*level, preset).map(|noise| Key::Predictions {
                    model: model.clone(),
                    table: table.clone(),
                    noise: Some(noise),
                }),
            );
        }
        Ok(keys)
    }

    fn declares(&self, key: &Key) -> bool {
        is_core(key)
    }

    fn evaluate(&self, inputs: &Inputs<'_>) -> Result<Findings, String> {
        if !matches!(inputs.catalogue.task, Task::Binary { .. }) {
            return other_tasks::evaluate(inputs);
        }
        let labels = inputs.labels(&TableId::Dataset)?;
        let scores = inputs.scores(TableId::Dataset)?;
        let threshold = inputs.catalogue.threshold();
        let baseline = Performance::measure(&labels, &scores, threshold);
        let decisions = decide(&scores, threshold);
        let mut findings = Findings::default();
        findings.performance("baseline", &baseline);
        let mut summary = Summary::new(&baseline);
        for level in preset::noise_levels(inputs.preset) {
            let mut repeats = Vec::new();
            for noise in preset::noises(*level, inputs.preset) {
                let key = Key::Predictions {
                    model: inputs.catalogue.validated(),
                    table: TableId::Dataset,
                    noise: Some(noise),
                };
                let disturbed = inputs.resolved.scores(&key)?;
                repeats.push(Repeat {
                    performance: Performance::measure(&labels, &disturbed, threshold),
                    flips: flip_rate(&decisions, &decide(&disturbed, threshold)),
                    change: mean_absolute_change(&scores, &disturbed),
                });
            }
            summary.add_level(f64::from(*level) / 1000.0, &repeats, &mut findings);
        }
        summary.finish(&mut findings);
        findings.headline("auc@0.5", "gaussian.0.5.auc.mean");
        findings.notes.push(format!(
            "noise: all numeric features at once, level x population standard deviation, {} \
             repeats, seed {}",
            preset::noise_repeats(inputs.preset),
            inputs.seed
        ));
        Ok(findings)
    }
}

struct Repeat {
    performance: Performance,
    flips: Option<f64>,
    change: Option<f64>,
}

/// The table and the curves, level by level.
struct Summary {
    rows: Vec<Vec<Cell>>,
    auc: Vec<CurvePoint>,
    accuracy: Vec<CurvePoint>,
}

impl Summary {
    fn new(baseline: &Performance) -> Self {
        let point = |value: Option<f64>| {
            value.map(|y| CurvePoint {
                x: 0.0,
                y,
                low: y,
                high: y,
            })
        };
        let mut row = vec![text("none")];
        row.extend(named(baseline).map(|(_, value)| Cell::from(value)));
        row.extend([Cell::Number(0.0), Cell::Number(0.0)]);
        Self {
            rows: vec![row],
            auc: point(baseline.auc).into_iter().collect(),
            accuracy: point(baseline.accuracy).into_iter().collect(),
        }
    }

    fn add_level(&mut self, level: f64, repeats: &[Repeat], findings: &mut Findings) {
        let mut row = vec![text(format!("{level:?}"))];
        for (index, name) in ["auc", "accuracy", "f1", "log_loss"]
            .into_iter()
            .enumerate()
        {
            let values: Option<Vec<f64>> = repeats
                .iter()
                .map(|r| named(&r.performance)[index].1)
                .collect();
            let values = values.unwrap_or_default();
            let low = values.iter().copied().reduce(f64::min);
            let high = values.iter().copied().reduce(f64::max);
            let worst = if name == "log_loss" { high } else { low };
            let average = mean(&values);
            let prefix = format!("gaussian.{level:?}.{name}");
            findings.metric(format!("{prefix}.mean"), average);
            findings.metric(format!("{prefix}.std"), population_std(&values));
            findings.metric(format!("{prefix}.worst"), worst);
            row.push(Cell::from(average));
            if let (Some(y), Some(low), Some(high)) = (average, low, high) {
                let point = CurvePoint {
                    x: level,
                    y,
                    low,
                    high,
                };
                match name {
                    "auc" => self.auc.push(point),
                    "accuracy" => self.accuracy.push(point),
                    _ => {}
                }
            }
        }
        let flips: Option<Vec<f64>> = repeats.iter().map(|r| r.flips).collect();
        let changes: Option<Vec<f64>> = repeats.iter().map(|r| r.change).collect();
        for (name, values) in [("flip_rate", flips), ("mean_abs_score_change", changes)] {
            let average = values.and_then(|v| mean(&v));
            findings.metric(format!("gaussian.{level:?}.{name}.mean"), average);
            row.push(Cell::from(average));
        }
        self.rows.push(row);
    }

    fn finish(self, findings: &mut Findings) {
        findings.table(
            "gaussian",
            "Gaussian noise by level (means over the repeats)",
            &[
                "level",
                "auc",
                "accuracy",
                "f1",
                "log loss",
                "flip rate",
                "score change",
            ],
            self.rows,
        );
        let series = [("AUC", self.auc), ("accuracy", self.accuracy)]
            .into_iter()
            .map(|(name, points)| Series {
                name: name.to_owned(),
                points,
            });
        findings.figures.push(Figure::Curves {
            title: "Performance under Gaussian noise".to_owned(),
            x_label: "noise level (standard deviations)".to_owned(),
            y_label: "score".to_owned(),
            series: series.collect(),
        });
    }
}
