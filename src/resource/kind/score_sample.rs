//! A look at a model's first scores, where its graph alone does not settle what they mean.

use std::sync::Arc;

use super::exactly;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::inference::{ScoreKind, ScoreScale, Signature};
use crate::resource::feeding::Feeding;
use crate::resource::kind::model::OpenModel;
use crate::resource::matching::InputPlan;
use crate::resource::table_file::{Wanted, read_first_rows};
use crate::resource::{Catalogue, Key, ModelId, Resource, TableId};
use crate::vocabulary::{ModelOutput, Problem};

/// Rows that are looked at.
const ROWS: usize = 256;
/// float32 sums may pass 1 by a few units in the last place.
const SLACK: f32 = 1e-4;

/// What the scores are by the look of them, and how that was seen; none where the model gave no
/// answer: whoever runs it later says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreSample(pub Option<(ModelOutput, String)>);

/// Does it take a look? Where the graph ends without a sigmoid or softmax, the score may be a logit,
/// or a probability that was computed by other means.
pub(in crate::resource) fn is_needed(signature: &Signature) -> bool {
    matches!(
        signature.score,
        ScoreKind::Single {
            scale: ScoreScale::Unknown | ScoreScale::Logit
        } | ScoreKind::PerClass {
            scale: ScoreScale::Unknown,
            ..
        }
    )
}

pub(in crate::resource) fn inputs(id: &ModelId) -> Vec<Key> {
    vec![Key::Model(id.clone()), Key::Table(TableId::Dataset)]
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue, id: &ModelId) -> Recipe {
    let plans = catalogue.bound(id).map_or(&[][..], |model| &model.inputs);
    let columns: Vec<&String> = plans.iter().flat_map(|plan| &plan.columns).collect();
    let recipe = Recipe::new("score sample")
        .with("columns", columns)
        .with("missing text", catalogue.missing_text());
    match catalogue.table_path(&TableId::Dataset) {
        Ok(path) => recipe.stamped(path),
        Err(_) => recipe,
    }
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &ModelId,
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    let model = inputs.iter().find_map(|input| input.as_model().ok());
    let model = model.ok_or_else(|| Problem::new("a sample of scores needs a model"))?;
    let seen = look(catalogue, id, model);
    let (detail, bytes) = match &seen {
        Some((output, how)) => (format!("{output} by the look of them"), how.len()),
        None => ("no scores".to_owned(), 0),
    };
    let value = Resource::ScoreSample(ScoreSample(seen));
    Ok(exactly(value, bytes as u64, detail))
}

fn look(catalogue: &Catalogue, id: &ModelId, model: &OpenModel) -> Option<(ModelOutput, String)> {
    let plans = &catalogue.bound(id)?.inputs;
    let columns: Vec<Wanted> = plans.iter().flat_map(InputPlan::wanted).collect();
    let path = catalogue.table_path(&TableId::Dataset).ok()?;
    let source = catalogue.files.source(path).ok()?;
    let options = catalogue.table_options(&TableId::Dataset);
    let table = read_first_rows(&source, &columns, ROWS, &options).ok()?;
    let feeding = Feeding::new(&table, plans, catalogue.missing_text()).ok()?;
    let chunk = feeding.chunk(0..table.rows).ok()?;
    let block = model.run(chunk.rows, &chunk.blocks()).ok()?;
    let is_beyond = |score: &&f32| !score.is_nan() && !(-SLACK..=1.0 + SLACK).contains(*score);
    Some(match block.scores.iter().find(is_beyond) {
        Some(score) => (
            ModelOutput::Logit,
            format!(
                "scores such as {score} are no probabilities: they are read as logits; if they are \
                 distances from a boundary, set `output` under [model] to \"margin\""
            ),
        ),
        None => (
            ModelOutput::Probabilities,
            format!(
                "the scores of the first {} rows lie between 0 and 1: they are read as \
                 probabilities; if they are logits, set `output` under [model] to \"logit\"",
                table.rows
            ),
        ),
    })
}
