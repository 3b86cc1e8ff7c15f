//! Where results may be written: never over what the experiment reads, and never two to one file.

use std::path::{Path, PathBuf};

use super::output::Failure;
use crate::experiment::{Experiment, Sweep, VariantSource};
use crate::files;
use crate::resource;
use crate::vocabulary::Problem;

/// Refuses, before anything is computed for them, files that cannot be written, that the
/// experiment or the command itself (`read`) reads by whatever name, or that are named twice. Each comes
/// with the flag that names it.
pub(super) fn check(
    destinations: &[(&str, &Path)],
    experiment: &Experiment,
    read: &[PathBuf],
) -> Result<(), Failure> {
    if destinations.is_empty() {
        return Ok(());
    }
    // Whether a model has weights in other files only its content tells: worth reading where one of
    // those could be meant.
    let with_weights = destinations.iter().any(|(_, path)| path.exists());
    let inputs = inputs(experiment, with_weights);
    for (place, (flag, path)) in destinations.iter().enumerate() {
        let refuse = |problem: Problem| Err(problem.under(*flag).in_file(path).into());
        let another = |cause: String| refuse(Problem::new(cause).remedy("name another"));
        if inputs.iter().any(|input| files::is_same(input, path)) {
            return another("the experiment reads this file".to_owned());
        }
        if read.iter().any(|input| files::is_same(input, path)) {
            return another("this command reads this file".to_owned());
        }
        let mut others = destinations[..place].iter();
        if let Some((other, _)) = others.find(|(_, other)| files::is_same(other, path)) {
            return another(format!("{other} names the same file"));
        }
        if let Some(problem) = unwritable(path) {
            return refuse(problem);
        }
    }
    Ok(())
}

/// Is this a file that the experiment, or the command itself, reads?
pub(super) fn is_read(path: &Path, experiment: &Experiment, read: &[PathBuf]) -> bool {
    let inputs = inputs(experiment, path.exists());
    let mut all = inputs.iter().chain(read);
    all.any(|input| files::is_same(input, path))
}

/// All that the experiment reads, with the files that have the weights of its models.
pub(super) fn all_inputs(experiment: &Experiment) -> Vec<PathBuf> {
    inputs(experiment, true)
}

fn inputs(experiment: &Experiment, with_weights: bool) -> Vec<PathBuf> {
    let mut models: Vec<PathBuf> = experiment.model.path.iter().cloned().collect();
    models.extend(experiment.alternative_models.iter().map(|m| m.path.clone()));
    let quantiles = experiment.model.quantiles.iter();
    models.extend(quantiles.flat_map(|q| [q.lower.clone(), q.upper.clone()]));
    let dataset = &experiment.dataset;
    let mut inputs = vec![dataset.path.clone()];
    inputs.extend(dataset.calibration.clone());
    inputs.extend(dataset.alternative.iter().cloned());
    inputs.extend(experiment.file.clone());
    inputs.extend(experiment.model.predictions.clone());
    inputs.extend(experiment.model.expected.clone());
    if let Some(path) = &experiment.hyperparameters {
        inputs.push(path.clone());
        let variants = Sweep::from_file(path).map(|s| s.variants);
        let variants = variants.unwrap_or_default().into_iter();
        models.extend(variants.filter_map(|variant| match variant.source {
            VariantSource::Model(path) => Some(path),
            VariantSource::Score(_) => None,
        }));
    }
    if with_weights {
        inputs.extend(models.iter().flat_map(|path| resource::weight_files(path)));
    }
    inputs.extend(models);
    inputs
}

/// Why a file cannot be written, found out without touching what is in it.
fn unwritable(path: &Path) -> Option<Problem> {
    if path.is_dir() {
        return Some("this is a folder; name a file in it".into());
    }
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(parent) = parent.filter(|p| !p.is_dir()) {
        return Some(format!("there is no folder {}", parent.display()).into());
    }
    let error = files::check(path).err()?;
    Some(error.to_string().into())
}
