//! Robustness of a classifier of several classes, and of a regression: the same noise, held against
//! the metrics of the task.

use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{Measures, Outcome, is_lower_better};
use crate::dimension::{Inputs, preset};
use crate::event::{Cell, CurvePoint, Figure, Preset, Series};
use crate::metrics::classification::mean_absolute_change;
use crate::metrics::moments::{mean, population_std};
use crate::resource::{Catalogue, Key, Noise, TableId};

pub(super) fn needs(catalogue: &Catalogue, preset: Preset) -> Vec<Key> {
    let mut keys = catalogue.outcomes(&TableId::Dataset);
    keys.push(Key::predictions(catalogue.validated(), TableId::Dataset));
    let levels = preset::noise_levels(preset).iter();
    let noises = levels.flat_map(|level| preset::noises(*level, preset));
    keys.extend(noises.map(|noise| disturbed(catalogue, noise)));
    keys
}

fn disturbed(catalogue: &Catalogue, noise: Noise) -> Key {
    Key::Predictions {
        model: catalogue.validated(),
        table: TableId::Dataset,
        noise: Some(noise),
    }
}

pub(super) fn evaluate(inputs: &Inputs<'_>) -> Result<Findings, String> {
    let outcome = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let baseline = outcome.performance(&scores);
    let mut findings = Findings::default();
    findings.measures("baseline", &baseline);
    let mut levels = Levels::new(&baseline);
    for level in preset::noise_levels(inputs.preset) {
        let mut repeats = Vec::new();
        for noise in preset::noises(*level, inputs.preset) {
            let key = disturbed(inputs.catalogue, noise);
            let after = inputs.resolved.scores(&key)?;
            repeats.push(Repeat {
                measures: outcome.performance(&after),
                flips: outcome.flip_rate(&scores, &after),
                change: mean_absolute_change(&scores, &after),
            });
        }
        levels.add(f64::from(*level) / 1000.0, &repeats, &mut findings);
    }
    levels.finish(&outcome, &mut findings);
    let first = baseline.first().map_or("", |(name, _)| *name);
    findings.headline(format!("{first}@0.5"), format!("gaussian.0.5.{first}.mean"));
    findings.notes.push(format!(
        "noise: all numeric features at once, level x population standard deviation, {} repeats, \
         seed {}",
        preset::noise_repeats(inputs.preset),
        inputs.seed
    ));
    Ok(findings)
}

struct Repeat {
    measures: Measures,
    flips: Option<f64>,
    change: Option<f64>,
}

/// The table and the curve of every metric, level by level.
struct Levels {
    rows: Vec<Vec<Cell>>,
    curves: Vec<(&'static str, Vec<CurvePoint>)>,
}

impl Levels {
    fn new(baseline: &Measures) -> Self {
        let mut row = vec![text("none")];
        row.extend(baseline.iter().map(|(_, value)| Cell::from(*value)));
        row.extend([Cell::Undefined, Cell::Number(0.0)]);
        let point = |value: f64| CurvePoint {
            x: 0.0,
            y: value,
            low: value,
            high: value,
        };
        let curve = |(name, value): &(&'static str, Option<f64>)| {
            (*name, value.map(point).into_iter().collect())
        };
        Self {
            rows: vec![row],
            curves: baseline.iter().map(curve).collect(),
        }
    }

    fn add(&mut self, level: f64, repeats: &[Repeat], findings: &mut Findings) {
        let mut row = vec![text(format!("{level:?}"))];
        for (index, (name, curve)) in self.curves.iter_mut().enumerate() {
            let values = repeats.iter().map(|repeat| repeat.measures[index].1);
            let values: Vec<f64> = values.collect::<Option<_>>().unwrap_or_default();
            let low = values.iter().copied().reduce(f64::min);
            let high = values.iter().copied().reduce(f64::max);
            let average = mean(&values);
            let prefix = format!("gaussian.{level:?}.{name}");
            findings.metric(format!("{prefix}.mean"), average);
            findings.metric(format!("{prefix}.std"), population_std(&values));
            let worst = if is_lower_better(name) { high } else { low };
            findings.metric(format!("{prefix}.worst"), worst);
            row.push(Cell::from(average));
            if let (Some(y), Some(low), Some(high)) = (average, low, high) {
                curve.push(CurvePoint {
                    x: level,
                    y,
                    low,
                    high,
                });
            }
        }
        let average = |of: fn(&Repeat) -> Option<f64>| {
            let values: Option<Vec<f64>> = repeats.iter().map(of).collect();
            values.and_then(|values| mean(&values))
        };
        let flips = average(|repeat| repeat.flips);
        if repeats.iter().any(|repeat| repeat.flips.is_some()) {
            findings.metric(format!("gaussian.{level:?}.flip_rate.mean"), flips);
        }
        let change = average(|repeat| repeat.change);
        findings.metric(
            format!("gaussian.{level:?}.mean_abs_score_change.mean"),
            change,
        );
        row.extend([Cell::from(flips), Cell::from(change)]);
        self.rows.push(row);
    }

    fn finish(self, outcome: &Outcome, findings: &mut Findings) {
        let names = self.curves.iter().map(|(name, _)| *name);
        let columns: Vec<&str> = [["level"].as_slice()]
            .concat()
            .into_iter()
            .chain(names)
            .chain(["flip rate", "score change"])
            .collect();
        let title = "Gaussian noise by level (means over the repeats)";
        findings.table("gaussian", title, &columns, self.rows);
        // RMSE and MAE are in the unit of the target, and R2 and log loss have other ranges.
        let drawn: &[&str] = match outcome {
            Outcome::Numbers(_) => &["rmse", "mae"],
            _ => &["auc", "accuracy"],
        };
        let curves = self.curves.into_iter();
        let series = curves
            .filter(|(name, _)| drawn.contains(name))
            .map(|(name, points)| Series {
                name: name.to_owned(),
                points,
            });
        findings.figures.push(Figure::Curves {
            title: "Performance under Gaussian noise".to_owned(),
            x_label: "noise level (standard deviations)".to_owned(),
            y_label: match outcome {
                Outcome::Numbers(_) => "error".to_owned(),
                _ => "score".to_owned(),
            },
            series: series.collect(),
        });
    }
}
