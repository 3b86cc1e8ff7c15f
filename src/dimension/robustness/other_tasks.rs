//! Robustness of a classifier of several classes, and of a regression: the same disturbances, held
//! against the metrics of the task.

use std::collections::HashSet;

use super::super::preset::SCORE_LEVEL;
use super::levels::{FAMILIES, Family, add_repeats, interval_cells};
use super::{Features, disturbed, effort, kind_repeats, kinds, permutation, repeats_of};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{Measures, Outcome, is_lower_better};
use crate::event::{Bar, Cell, CurvePoint, Figure, Preset, Series};
use crate::metrics::classification::mean_absolute_change;
use crate::metrics::repeats::Repeats;
use crate::resource::{Catalogue, Key, Level, TableId};

pub(super) fn needs(catalogue: &Catalogue, preset: Preset) -> Vec<Key> {
    let model = catalogue.validated();
    let mut keys = catalogue.outcomes(&TableId::Dataset);
    keys.push(Key::predictions(model.clone(), TableId::Dataset));
    let (effort, features) = (effort(catalogue, preset), Features::of(catalogue));
    for kind in kinds(&effort, &features) {
        keys.extend(disturbed(&model, &kind, kind_repeats(&effort, &kind)));
    }
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.clone()));
    keys
}

/// The dataset as it is.
struct Calm {
    outcome: Outcome,
    scores: Vec<f64>,
    baseline: Measures,
}

pub(super) fn evaluate(inputs: &Inputs<'_>) -> Result<Findings, String> {
    let outcome = inputs.outcome(&TableId::Dataset)?;
    let scores = inputs.scores(TableId::Dataset)?;
    let calm = Calm {
        baseline: outcome.performance(&scores),
        outcome,
        scores,
    };
    let effort = effort(inputs.catalogue, inputs.preset);
    let features = Features::of(inputs.catalogue);
    let mut findings = Findings::default();
    findings.measures("baseline", &calm.baseline);
    let mut curves = Vec::new();
    for family in FAMILIES.iter().filter(|family| family.applies(&features)) {
        let levels = family.levels(&effort);
        let mut results = Vec::new();
        for level in levels.levels {
            let repeats = repeats_of(inputs, &(family.kind)(level), levels.repeats);
            results.push((*level, Under::measure(&calm, repeats)?));
        }
        curves.push(Curve { family, results });
    }
    for curve in &curves {
        curve.report(&calm, &mut findings);
    }
    draw(&curves, &calm, &mut findings);
    score(&curves, &calm, &mut findings);
    if effort.permutation_repeats > 0 {
        let mut costs = Vec::new();
        for feature in features.all() {
            let kind = permutation(feature);
            let repeats = repeats_of(inputs, &kind, effort.permutation_repeats);
            costs.push((feature.as_str(), Under::measure(&calm, repeats)?));
        }
        permutations(costs, &calm, &mut findings);
    }
    if let (Some(curve), Some((first, _))) = (curves.first(), calm.baseline.first()) {
        let metric = format!("{}.{SCORE_LEVEL}.{first}.mean", curve.family.name);
        findings.headline(format!("{first}@{SCORE_LEVEL}"), metric);
    }
    Ok(findings)
}

/// How the model does under a disturbance.
struct Under {
    /// By metric, in the order of the baseline.
    measures: Vec<Option<Repeats>>,
    flips: Option<Repeats>,
    change: Option<Repeats>,
}

impl Under {
    fn measure(
        calm: &Calm,
        repeats: impl Iterator<Item = Result<Vec<f64>, String>>,
    ) -> Result<Self, String> {
        let (mut measures, mut flips, mut change) = (Vec::new(), Vec::new(), Vec::new());
        for scores in repeats {
            let scores = scores?;
            measures.push(calm.outcome.performance(&scores));
            flips.push(calm.outcome.flip_rate(&calm.scores, &scores));
            change.push(mean_absolute_change(&calm.scores, &scores));
        }
        let of_metric = |metric: usize| Repeats::of(measures.iter().map(|m| m[metric].1));
        Ok(Self {
            measures: (0..calm.baseline.len()).map(of_metric).collect(),
            flips: Repeats::of(flips),
            change: Repeats::of(change),
        })
    }
}

/// How the model does along the levels of a disturbance.
struct Curve {
    family: &'static Family,
    results: Vec<(Level, Under)>,
}

impl Curve {
    fn report(&self, calm: &Calm, findings: &mut Findings) {
        let mut calm_row = vec![text("none")];
        calm_row.extend(calm.baseline.iter().map(|(_, value)| Cell::from(*value)));
        calm_row.extend([Cell::Undefined, Cell::Number(0.0)]);
        let mut rows = vec![calm_row];
        for (level, under) in &self.results {
            let prefix = format!("{}.{level}", self.family.name);
            for ((name, _), repeats) in calm.baseline.iter().zip(&under.measures) {
                let prefix = format!("{prefix}.{name}");
                add_repeats(&prefix, *repeats, is_lower_better(name), findings);
            }
            let flips = under.flips.map(|r| r.mean);
            if under.flips.is_some() {
                findings.metric(format!("{prefix}.flip_rate.mean"), flips);
            }
            let change = under.change.map(|r| r.mean);
            findings.metric(format!("{prefix}.mean_abs_score_change.mean"), change);
            let mut row = vec![text(level.to_string())];
            let means = under.measures.iter().map(|r| Cell::from(r.map(|r| r.mean)));
            row.extend(means.chain([flips.into(), change.into()]));
            rows.push(row);
        }
        let names = calm.baseline.iter().map(|(name, _)| *name);
        let columns = ["level"].into_iter().chain(names);
        let columns: Vec<&str> = columns.chain(["flip rate", "score change"]).collect();
        let title = format!("{} by level (means over the repeats)", self.family.words);
        findings.table(self.family.name, title, &columns, rows);
    }

    fn series(&self, metric: usize, calm: &Calm) -> Series {
        let point = |x, y, low, high| CurvePoint { x, y, low, high };
        let start = calm.baseline[metric].1.map(|y| point(0.0, y, y, y));
        let levels = self.results.iter().filter_map(|(level, under)| {
            let repeats = under.measures[metric]?;
            Some(point(
                level.value(),
                repeats.mean,
                repeats.lowest,
                repeats.highest,
            ))
        });
        Series {
            name: self.family.words.to_owned(),
            points: start.into_iter().chain(levels).collect(),
        }
    }

    /// The first metric, by which the task is compared, at a level.
    fn first_at(&self, level: Level) -> Option<Repeats> {
        let (_, under) = self.results.iter().find(|(l, _)| *l == level)?;
        under.measures.first().copied().flatten()
    }
}

/// The two metrics that are easiest to read, each with the curve of every disturbance.
fn draw(curves: &[Curve], calm: &Calm, findings: &mut Findings) {
    for (metric, (name, _)) in calm.baseline.iter().enumerate().take(2) {
        findings.figures.push(Figure::Curves {
            title: format!("{} under disturbance", name.to_uppercase()),
            x_label: "level".to_owned(),
            y_label: (*name).to_owned(),
            series: curves.iter().map(|c| c.series(metric, calm)).collect(),
        });
    }
}

/// What is left under the disturbance that costs most: of several classes, of the AUC's lead over
/// chance; of numbers, of exactness (baseline RMSE over RMSE).
fn score(curves: &[Curve], calm: &Calm, findings: &mut Findings) {
    let Some(baseline) = calm.baseline.first().and_then(|(_, value)| *value) else {
        return;
    };
    let is_number = matches!(calm.outcome, Outcome::Numbers(_));
    let kept = |now: f64| {
        if is_number {
            baseline / now
        } else {
            (now - 0.5) / (baseline - 0.5)
        }
    };
    if !is_number && baseline <= 0.5 {
        return;
    }
    let at_level = curves
        .iter()
        .filter_map(|curve| Some((curve.family, curve.first_at(SCORE_LEVEL)?)));
    let worst = at_level.min_by(|a, b| kept(a.1.mean).total_cmp(&kept(b.1.mean)));
    let Some((family, first)) = worst else {
        return;
    };
    let interval = first.interval.map(|(low, high)| {
        let (a, b) = (kept(low), kept(high));
        (a.min(b), a.max(b))
    });
    let what = if is_number {
        "baseline RMSE / RMSE"
    } else {
        "share of the macro AUC's lead over chance, (AUC - 0.5) / (baseline AUC - 0.5), that is left"
    };
    let meaning = format!(
        "{what} under the worst of the disturbances at level {SCORE_LEVEL}: {}",
        family.words
    );
    findings.score(Some(kept(first.mean)), interval, meaning);
}

/// Permutation importance: how much worse the first metric is when a feature's values change
/// places (Breiman 2001).
fn permutations(costs: Vec<(&str, Under)>, calm: &Calm, findings: &mut Findings) {
    let Some((first, Some(baseline))) = calm.baseline.first().copied() else {
        return;
    };
    let lower = is_lower_better(first);
    let loss = |now: f64| {
        if lower {
            now - baseline
        } else {
            baseline - now
        }
    };
    let mut losses: Vec<(&str, Option<Repeats>)> = costs
        .into_iter()
        .map(|(feature, under)| {
            let repeats = under.measures.first().copied().flatten();
            let ends = |(a, b): (f64, f64)| (loss(a).min(loss(b)), loss(a).max(loss(b)));
            let lost = repeats.map(|r| {
                let (lowest, highest) = ends((r.lowest, r.highest));
                Repeats {
                    mean: loss(r.mean),
                    std: r.std,
                    lowest,
                    highest,
                    interval: r.interval.map(ends),
                }
            });
            (feature, lost)
        })
        .collect();
    let size = |lost: &Option<Repeats>| lost.map_or(f64::NEG_INFINITY, |r| r.mean);
    losses.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
    for (feature, lost) in &losses {
        let prefix = format!("permutation_importance.{feature}");
        add_repeats(&prefix, *lost, true, findings);
    }
    let way = if lower { "Rise" } else { "Drop" };
    findings.figures.push(Figure::Bars {
        title: format!("{way} of {first} when a feature is permuted"),
        bars: losses
            .iter()
            .map(|(feature, lost)| Bar {
                label: (*feature).to_owned(),
                value: lost.map(|r| r.mean),
                note: String::new(),
                flagged: false,
            })
            .collect(),
        reference: None,
    });
    let rows = losses.iter().map(|(feature, lost)| {
        let [low, high] = interval_cells(*lost);
        let mean = Cell::from(lost.map(|r| r.mean));
        let std = Cell::from(lost.and_then(|r| r.std));
        vec![text(*feature), mean, low, high, std]
    });
    findings.table(
        "permutation_importance",
        format!("Permutation importance ({} of {first})", way.to_lowercase()),
        &["feature", "loss", "95% low", "high", "std"],
        rows.collect(),
    );
}
