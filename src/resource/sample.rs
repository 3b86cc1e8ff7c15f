//! A look at a model's first scores, where its graph alone does not settle what they mean.

use std::path::Path;

use super::feeding::Feeding;
use super::matching::InputPlan;
use super::table_file::read_first_rows;
use crate::inference::{self, OpenOptions, ScoreKind, ScoreScale, Signature};
use crate::vocabulary::ModelOutput;

/// Rows that are looked at.
const ROWS: usize = 256;
/// float32 sums may pass 1 by a few units in the last place.
const SLACK: f32 = 1e-4;

/// Does it take a look? Where the graph ends without a sigmoid or softmax, the score may be a logit,
/// or a probability that was computed by other means.
pub(super) fn is_needed(signature: &Signature) -> bool {
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

/// What the scores of the first rows of `data` show them to be, and how it was seen. A model that
/// cannot be run gives no answer: whoever runs it later says why.
pub(super) fn meaning(
    model: &Path,
    options: &OpenOptions,
    data: &Path,
    plans: &[InputPlan],
    missing_text: &str,
) -> Option<(ModelOutput, String)> {
    let columns = plans.iter().flat_map(|plan| plan.columns.iter().cloned());
    let table = read_first_rows(data, &columns.collect::<Vec<_>>(), ROWS).ok()?;
    let feeding = Feeding::new(&table, plans, missing_text).ok()?;
    let chunk = feeding.chunk(0..table.rows).ok()?;
    let model = inference::open(model, options).ok()?;
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
