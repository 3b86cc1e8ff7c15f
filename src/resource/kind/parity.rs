//! The validated model's scores held against those of its training library.

use std::sync::Arc;

use super::{columns_among, exactly, file};
use crate::display;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::event::Parity;
use crate::resource::parity::{Fed, compare};
use crate::resource::precomputed::Precomputed;
use crate::resource::{Catalogue, Key, Predictions, Resource, TableId};
use crate::vocabulary::Problem;

pub(in crate::resource) const BYTES: u64 = size_of::<Parity>() as u64;

pub(in crate::resource) fn inputs(catalogue: &Catalogue) -> Vec<Key> {
    let target = [&catalogue.experiment.dataset.target];
    let mut inputs = vec![Key::predictions(catalogue.validated(), TableId::Dataset)];
    inputs.extend(catalogue.columns(&TableId::Dataset, target));
    // Where scores are off, the values of their rows may say why.
    inputs.extend(catalogue.columns_fed(&catalogue.validated(), &TableId::Dataset));
    inputs.sort();
    inputs.dedup();
    inputs.push(Key::Table(TableId::ExpectedScores));
    let expected = catalogue.table_path(&TableId::ExpectedScores);
    inputs.extend(expected.ok().map(file));
    inputs
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue) -> Recipe {
    let recipe = Recipe::new("parity").with("threshold", catalogue.threshold());
    match catalogue.expected() {
        Some(expected) => expected.describe_to(recipe),
        None => recipe,
    }
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let scores = inputs.iter().find_map(|input| input.as_predictions().ok());
    let (Some(expected), Some(scores)) = (catalogue.expected(), scores) else {
        let cause = "a comparison needs predictions and what was expected";
        return Err(Problem::new(cause).into());
    };
    let expected = read_scores(catalogue, expected, inputs)?;
    let model = catalogue.bound(&catalogue.validated());
    let has_trees = model.is_some_and(|m| m.header.signature.is_tree_ensemble());
    let dataset = columns_among(inputs)?;
    let features = catalogue.features();
    let features = features.iter().filter_map(|name| {
        let column = dataset.column(name).ok()?;
        Some((name.as_str(), column))
    });
    let fed = Fed {
        has_trees,
        features: features.collect(),
    };
    let parity = compare(
        scores,
        &expected,
        catalogue.task(),
        catalogue.threshold(),
        &fed,
    );
    let detail = if parity.is_good() {
        format!("{} rows agree", display::count(parity.rows))
    } else {
        let [differing, rows] = [parity.differing, parity.rows].map(display::count);
        format!("{differing} of {rows} rows are off")
    };
    Ok(exactly(Resource::Parity(parity), BYTES, detail))
}

/// Scores of the dataset out of a file.
pub(super) fn read_scores(
    catalogue: &Catalogue,
    scores: &Precomputed,
    columns: &[Arc<Resource>],
) -> Result<Predictions, Problem> {
    let dataset = columns_among(columns)?;
    let target = dataset.column(&catalogue.experiment.dataset.target)?;
    let (classes, _) = target.categories();
    let source = catalogue.files.source(&scores.path)?;
    scores.load(&source, dataset.rows, &classes, catalogue.task())
}
