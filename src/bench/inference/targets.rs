//! What the native backend is to reach, and whether it does.

use serde::Serialize;

use super::text::threads;
use super::{Family, InferenceTable, ModelMeasured, Speed};

/// A target with the model that is farthest from it, or least beyond it.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// What is to be reached.
    pub name: &'static str,
    /// By at least this factor.
    pub wanted: f64,
    /// The least factor that was measured.
    pub measured: f64,
    /// Where.
    pub worst: String,
    /// Is it reached?
    pub met: bool,
}

type Factor = fn(&ModelMeasured, &Speed) -> Option<f64>;

/// Names, factors, and what they are compared with.
const TARGETS: [(&str, f64, Factor); 8] = [
    ("forests, times ONNX Runtime's rows/s", 10.0, |m, s| {
        of(m, Family::Forest, false).then_some(s.ratio.median)
    }),
    ("boosted trees, times ONNX Runtime's rows/s", 5.0, |m, s| {
        of(m, Family::Boosted, false).then_some(s.ratio.median)
    }),
    ("linear models, times ONNX Runtime's rows/s", 1.0, |m, s| {
        of(m, Family::Linear, false).then_some(s.ratio.median)
    }),
    (
        "pipelines of texts, times ONNX Runtime's rows/s",
        10.0,
        |m, s| (m.takes_texts && m.family.is_some()).then_some(s.ratio.median),
    ),
    ("times scikit-learn's rows/s", 3.0, |m, s| {
        library(m, s, "scikit-learn")
    }),
    ("times XGBoost's rows/s", 2.0, |m, s| {
        library(m, s, "XGBoost")
    }),
    ("times ONNX Runtime's opening", 3.0, |m, _| {
        m.family.map(|_| m.open.ratio.median)
    }),
    ("times ONNX Runtime's memory", 20.0, |m, _| {
        let memory = m.memory.as_ref().ok()?;
        m.family.map(|_| memory.ratio())
    }),
];

fn of(model: &ModelMeasured, family: Family, takes_texts: bool) -> bool {
    model.family == Some(family) && model.takes_texts == takes_texts
}

fn library(model: &ModelMeasured, speed: &Speed, name: &str) -> Option<f64> {
    let speed = speed.library.as_ref()?;
    (model.library.as_deref() == Some(name)).then_some(speed.ratio.median)
}

/// The targets for which something was measured.
pub fn targets(table: &InferenceTable) -> Vec<Target> {
    let found = TARGETS.iter().filter_map(|(name, wanted, factor)| {
        let all = table.models.iter().flat_map(|model| {
            model.speeds.iter().filter_map(move |speed| {
                let factor = factor(model, speed)?;
                Some((
                    factor,
                    format!("{}, {}", model.name, threads(speed.threads)),
                ))
            })
        });
        let (measured, worst) = all.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Target {
            name,
            wanted: *wanted,
            measured,
            worst,
            met: measured >= *wanted,
        })
    });
    found.collect()
}
