//! The alternative models under the same noise: the same draws for the same columns.

use super::super::preset::RobustnessEffort;
use super::levels::{add_repeats, interval_cells};
use super::{Calm, Features, disturbed};
use crate::dimension::Inputs;
use crate::dimension::findings::{Findings, text};
use crate::event::{Cell, CurvePoint, Figure, Series};
use crate::metrics::classification::auc;
use crate::metrics::repeats::Repeats;
use crate::resource::{Catalogue, DisturbanceKind, Key, Level, ModelId, TableId};

fn others(catalogue: &Catalogue) -> impl Iterator<Item = &ModelId> {
    let ids = catalogue.models().map(|(id, _)| id);
    ids.filter(|id| matches!(id, ModelId::Alternative(_)))
}

fn is_asked(effort: &RobustnessEffort, features: &Features) -> bool {
    effort.other_models.repeats > 0 && !features.quantities.is_empty()
}

/// What the comparison asks for.
pub(super) fn needs(
    catalogue: &Catalogue,
    effort: &RobustnessEffort,
    features: &Features,
) -> Vec<Key> {
    let mut keys = Vec::new();
    if is_asked(effort, features) {
        for model in others(catalogue) {
            keys.push(Key::predictions(model.clone(), TableId::Dataset));
            for level in effort.other_models.levels {
                let kind = DisturbanceKind::Gaussian(*level);
                keys.extend(disturbed(model, &kind, effort.other_models.repeats));
            }
        }
    }
    keys
}

/// AUC without noise, and by level.
struct ModelCurve<'m> {
    name: &'m str,
    calm: Option<f64>,
    levels: Vec<(Level, Option<Repeats>)>,
}

impl<'m> ModelCurve<'m> {
    fn measure(
        inputs: &Inputs<'_>,
        labels: &[bool],
        effort: &RobustnessEffort,
        model: &'m ModelId,
    ) -> Result<Self, String> {
        let of_key = |key: &Key| Ok::<_, String>(auc(labels, &inputs.resolved.scores(key)?));
        let calm = of_key(&Key::predictions(model.clone(), TableId::Dataset))?;
        let levels = effort.other_models.levels.iter().map(|level| {
            let kind = DisturbanceKind::Gaussian(*level);
            // The validated model may have more repeats; the first ones share their draws.
            let keys = disturbed(model, &kind, effort.other_models.repeats);
            let aucs = keys
                .map(|key| of_key(&key))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((*level, Repeats::of(aucs)))
        });
        Ok(Self {
            name: model.name(),
            calm,
            levels: levels.collect::<Result<_, String>>()?,
        })
    }

    fn series(&self) -> Series {
        let start = self.calm.map(|y| CurvePoint {
            x: 0.0,
            y,
            low: y,
            high: y,
        });
        let levels = self.levels.iter().filter_map(|(level, repeats)| {
            let repeats = (*repeats)?;
            Some(CurvePoint {
                x: level.value(),
                y: repeats.mean,
                low: repeats.lowest,
                high: repeats.highest,
            })
        });
        Series {
            name: self.name.to_owned(),
            points: start.into_iter().chain(levels).collect(),
        }
    }
}

/// Sets the alternative models beside the validated one.
pub(super) fn compare(
    inputs: &Inputs<'_>,
    calm: &Calm,
    effort: &RobustnessEffort,
    features: &Features,
    findings: &mut Findings,
) -> Result<(), String> {
    let catalogue = inputs.catalogue;
    if !is_asked(effort, features) || others(catalogue).next().is_none() {
        return Ok(());
    }
    let validated = catalogue.validated();
    let models = std::iter::once(&validated).chain(others(catalogue));
    let curves = models.map(|model| ModelCurve::measure(inputs, &calm.labels, effort, model));
    let curves = curves.collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for curve in &curves {
        let prefix = format!("model.{}", curve.name);
        findings.metric(format!("{prefix}.baseline.auc"), curve.calm);
        rows.push(vec![
            text(curve.name),
            text("none"),
            curve.calm.into(),
            Cell::Undefined,
            Cell::Undefined,
        ]);
        for (level, repeats) in &curve.levels {
            let metric = format!("{prefix}.gaussian.{level}.auc");
            add_repeats(&metric, *repeats, false, findings);
            let [low, high] = interval_cells(*repeats);
            rows.push(vec![
                text(curve.name),
                text(level.to_string()),
                Cell::from(repeats.map(|r| r.mean)),
                low,
                high,
            ]);
        }
    }
    findings.figures.push(Figure::Curves {
        title: "AUC of the models under the same Gaussian noise".to_owned(),
        x_label: "level".to_owned(),
        y_label: "AUC".to_owned(),
        series: curves.iter().map(ModelCurve::series).collect(),
    });
    findings.table(
        "models",
        "The models under the same Gaussian noise",
        &["model", "level", "auc", "95% low", "high"],
        rows,
    );
    Ok(())
}
