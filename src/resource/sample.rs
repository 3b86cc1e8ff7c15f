//! A look at a model's first scores, where its graph does not tell what they mean.

use std::path::Path;

use super::feeding::Feeding;
use super::matching::InputPlan;
use super::table_file::read_first_rows;
use crate::inference::{self, OpenOptions, ScoreKind, ScoreScale, Signature};

/// Rows that are looked at.
const ROWS: usize = 256;
/// float32 sums may pass 1 by a few units in the last place.
const SLACK: f32 = 1e-4;

/// Does the graph leave open what the scores mean?
pub(super) fn is_needed(signature: &Signature) -> bool {
    matches!(
        signature.score,
        ScoreKind::Single {
            scale: ScoreScale::Unknown
        } | ScoreKind::PerClass {
            scale: ScoreScale::Unknown,
            ..
        }
    )
}

/// A score of the first rows of `data` that can be no probability. What cannot be run is no answer:
/// whoever runs it later says why.
pub(super) fn beyond_probability(
    model: &Path,
    options: &OpenOptions,
    data: &Path,
    plans: &[InputPlan],
    missing_text: &str,
) -> Option<f32> {
    let columns = plans.iter().flat_map(|plan| plan.columns.iter().cloned());
    let table = read_first_rows(data, &columns.collect::<Vec<_>>(), ROWS).ok()?;
    let feeding = Feeding::new(&table, plans, missing_text).ok()?;
    let chunk = feeding.chunk(0..table.rows).ok()?;
    let mut model = inference::open(model, options).ok()?;
    let block = model.run(chunk.rows, &chunk.blocks()).ok()?;
    let is_beyond = |score: &f32| !score.is_nan() && !(-SLACK..=1.0 + SLACK).contains(score);
    block.scores.into_iter().find(is_beyond)
}
