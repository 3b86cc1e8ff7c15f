//! The alternative models under the same noise: the same draws for the same columns.

use super::super::preset::RobustnessEffort;
use super::levels::{add_repeats, interval_cells, series};
use super::{Features, Study, disturbed};
use crate::dimension::findings::{Findings, text};
use crate::dimension::outcome::{is_lower_better, words};
use crate::event::{Cell, Figure};
use crate::metrics::repeats::Repeats;
use crate::resource::{Catalogue, DisturbanceKind, Key, Level, ModelId, TableId};
use crate::vocabulary::Problem;

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

/// The models that are set side by side: the validated one and the others; none where that is not asked
/// for.
pub(super) fn compared(
    catalogue: &Catalogue,
    effort: &RobustnessEffort,
    features: &Features,
) -> Vec<ModelId> {
    if !is_asked(effort, features) || others(catalogue).next().is_none() {
        return Vec::new();
    }
    let validated = catalogue.validated();
    std::iter::once(validated)
        .chain(others(catalogue).cloned())
        .collect()
}

/// The first metric of a model without noise, and by level.
struct ModelCurve<'m> {
    name: &'m str,
    calm: Option<f64>,
    levels: Vec<(Level, Option<Repeats>)>,
}

impl<'m> ModelCurve<'m> {
    fn measure(study: &Study<'_>, model: &'m ModelId) -> Result<Self, Problem> {
        let of_key = |key: &Key| {
            let scores = study.inputs.resolved.scores(key)?;
            Ok::<_, Problem>(study.outcome.first(&scores))
        };
        let calm = of_key(&Key::predictions(model.clone(), TableId::Dataset))?;
        let asked = study.effort.other_models;
        let levels = asked.levels.iter().map(|level| {
            let kind = DisturbanceKind::Gaussian(*level);
            // The validated model may have more repeats; the first ones share their draws.
            let keys = disturbed(model, &kind, asked.repeats);
            let found = keys
                .map(|key| of_key(&key))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((*level, Repeats::of(found)))
        });
        Ok(Self {
            name: model.name(),
            calm,
            levels: levels.collect::<Result<_, Problem>>()?,
        })
    }
}

/// Sets the alternative models beside the validated one.
pub(super) fn compare(study: &Study<'_>, findings: &mut Findings) -> Result<(), Problem> {
    let catalogue = study.inputs.catalogue;
    let models = compared(catalogue, &study.effort, &study.features);
    if models.is_empty() {
        return Ok(());
    }
    let curves = models.iter().map(|model| ModelCurve::measure(study, model));
    let curves = curves.collect::<Result<Vec<_>, _>>()?;
    let first = study.outcome.first_name();
    let mut rows = Vec::new();
    for curve in &curves {
        let prefix = format!("model.{}", curve.name);
        findings.metric(format!("{prefix}.baseline.{first}"), curve.calm);
        rows.push(vec![
            text(curve.name),
            text("none"),
            curve.calm.into(),
            Cell::Undefined,
            Cell::Undefined,
        ]);
        for (level, repeats) in &curve.levels {
            let metric = format!("{prefix}.gaussian.{level}.{first}");
            add_repeats(&metric, *repeats, is_lower_better(first), findings);
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
    let curves = curves.iter();
    findings.figures.push(Figure::Curves {
        title: format!(
            "{} of the models under the same Gaussian noise",
            words(first)
        ),
        x_label: "level".to_owned(),
        y_label: words(first).to_owned(),
        series: curves
            .map(|curve| series(curve.name, curve.calm, curve.levels.iter().copied()))
            .collect(),
        level: None,
        place: None,
    });
    findings.table(
        "models",
        "The models under the same Gaussian noise",
        &["model", "level", first, "95% low", "high"],
        rows,
    );
    Ok(())
}
