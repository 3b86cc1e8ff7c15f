//! `--baseline`: the run that another is held against, as its report or its recording tells of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::compare::report_of;
use super::kept_session::recording;
use super::output::Failure;
use crate::dimension::baseline::Baseline;
use crate::event::ScoredRows;
use crate::vocabulary::{Choice, ContentId, Dimension, Problem};

/// What of a report matters here.
#[derive(Deserialize)]
struct Told {
    experiment: Option<Experiment>,
    understood: Option<Understood>,
    scored: Option<ScoredRows>,
    dimensions: BTreeMap<String, Found>,
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Experiment {
    path: Option<PathBuf>,
    target: String,
    model: PathBuf,
}

#[derive(Deserialize)]
struct Understood {
    threshold: Option<f64>,
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    metrics: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct Resource {
    key: String,
    digest: Option<String>,
}

/// The run that `path` tells of: its report, its recording, or the number of its session.
pub(super) fn baseline(path: &Path) -> Result<Arc<Baseline>, Failure> {
    let file = recording(path)?;
    let about = |cause: String| Failure::from(Problem::new(cause).in_file(&file));
    let report: Value = report_of(&file)?;
    let told: Told = serde_json::from_value(report)
        .map_err(|error| about(format!("this is no report of a run: {error}")))?;
    let metrics = told.dimensions.iter().filter_map(|(name, found)| {
        let dimension: Dimension = Choice::named(name)?;
        Some((dimension, found.metrics.clone()))
    });
    let metrics: BTreeMap<_, _> = metrics.filter(|(_, metrics)| !metrics.is_empty()).collect();
    if metrics.is_empty() {
        return Err(about(
            "the run has found nothing that another could be held against".to_owned(),
        ));
    }
    let experiment = told.experiment.as_ref();
    let name = |path: &Path| Some(format!("file:{}", path.file_name()?.to_string_lossy()));
    let model_file = experiment.and_then(|experiment| {
        let key = name(&experiment.model)?;
        let file = told.resources.iter().find(|resource| resource.key == key)?;
        let digest: ContentId = file.digest.as_ref()?.parse().ok()?;
        Some((experiment.model.clone(), digest))
    });
    Ok(Arc::new(Baseline {
        name: path.display().to_string(),
        target: experiment.map(|e| e.target.clone()).unwrap_or_default(),
        threshold: told.understood.and_then(|understood| understood.threshold),
        scored: told.scored,
        metrics,
        model_file,
        experiment: experiment.and_then(|experiment| experiment.path.clone()),
    }))
}
