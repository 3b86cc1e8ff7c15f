//! A look at a model's first scores, where its graph alone does not settle what they mean, or whether
//! rows are scored each by itself.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::exactly;
use crate::engine::{LoadError, Loaded, Recipe};
use crate::inference::{
    ElementType, InputSpec, RowMixing, ScoreBlock, ScoreKind, ScoreScale, Signature,
};
use crate::resource::feeding::Feeding;
use crate::resource::kind::model::OpenModel;
use crate::resource::matching::InputPlan;
use crate::resource::scores::is_pair_of_margins;
use crate::resource::table_file::{Wanted, describe_options, read_first_rows};
use crate::resource::{Catalogue, Key, ModelId, Resource, TableId};
use crate::vocabulary::{ModelOutput, Problem, RunsOn};

/// Rows that are looked at.
const ROWS: usize = 256;
/// float32 sums may pass 1 by a few units in the last place.
const SLACK: f32 = 1e-4;
/// Rows of a trial whether rows are scored each by itself.
const TRIAL_ROWS: usize = 64;
/// Sums in another order differ by less.
const ROUNDING: f32 = 1e-5;
/// The same of 16-bit floats.
const HALF_ROUNDING: f32 = 2e-3;

/// What a look at the first scores of a model has shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreSample {
    /// What the scores are by the look of them, and how that was seen; none where the model gave no
    /// answer: whoever runs it later says why.
    pub meaning: Option<(ModelOutput, String)>,
    /// Whether a row has the same scores alone as among others.
    pub rows: RowTrial,
}

/// How a row's scores alone compare with those that it has among others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum RowTrial {
    /// They are the same, or there was nothing to compare.
    #[default]
    Apart,
    /// They differ by this much.
    Mixed(f32),
    /// They differ by this much when the same rows are scored once more.
    Random(f32),
}

/// Does what the scores mean take a look? Where the graph ends without a sigmoid or softmax, the score
/// may be a logit, or a probability that was computed by other means; two scores may be one number
/// with and without a minus.
pub(in crate::resource) fn settles_meaning(signature: &Signature) -> bool {
    matches!(
        signature.score,
        ScoreKind::Single {
            scale: ScoreScale::Unknown | ScoreScale::Logit
        } | ScoreKind::PerClass {
            scale: ScoreScale::Unknown,
            ..
        } | ScoreKind::PerClass {
            scale: ScoreScale::Logit,
            columns: 2,
            ..
        }
    )
}

/// Does it take a trial whether rows are scored each by itself? The native backend refuses models that
/// mix them, but only once it opens them.
pub(in crate::resource) fn tries_rows(signature: &Signature, runs_on: RunsOn) -> bool {
    match signature.row_mixing {
        RowMixing::Apart => false,
        RowMixing::Moved => runs_on == RunsOn::OnnxRuntime,
        RowMixing::Combined => true,
    }
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
    let recipe = describe_options(&catalogue.table_options(&TableId::Dataset), recipe);
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
    let sample = look(catalogue, id, model).unwrap_or_default();
    let (mut detail, bytes) = match &sample.meaning {
        Some((output, how)) => (format!("{output} by the look of them"), how.len()),
        None => ("no scores".to_owned(), 0),
    };
    if sample.rows != RowTrial::Apart {
        detail.push_str(", rows mixed");
    }
    let value = Resource::ScoreSample(sample);
    Ok(exactly(value, bytes as u64, detail))
}

fn look(catalogue: &Catalogue, id: &ModelId, model: &OpenModel) -> Option<ScoreSample> {
    let bound = catalogue.bound(id)?;
    let plans = &bound.inputs;
    let columns: Vec<Wanted> = plans.iter().flat_map(InputPlan::wanted).collect();
    let path = catalogue.table_path(&TableId::Dataset).ok()?;
    let source = catalogue.files.source(path).ok()?;
    let options = catalogue.table_options(&TableId::Dataset);
    let table = read_first_rows(&source, &columns, ROWS, &options).ok()?;
    let feeding = Feeding::new(&table, plans, catalogue.missing_text()).ok()?;
    let signature = &bound.header.signature;
    let rows = if tries_rows(signature, bound.backend.runs_on()) {
        try_rows(model, signature, &feeding, table.rows).unwrap_or_default()
    } else {
        RowTrial::Apart
    };
    let chunk = feeding.chunk(0..table.rows).ok()?;
    let block = model.run(chunk.rows, &chunk.blocks()).ok();
    Some(ScoreSample {
        meaning: block.map(|block| meaning(&block, table.rows)),
        rows,
    })
}

fn meaning(block: &ScoreBlock, rows: usize) -> (ModelOutput, String) {
    let is_beyond = |score: &&f32| !score.is_nan() && !(-SLACK..=1.0 + SLACK).contains(*score);
    match block.scores.iter().find(is_beyond) {
        Some(_) if is_pair_of_margins(block) => (
            ModelOutput::Margin,
            "the two scores of a row are one number, with and without a minus: they are read as \
             margins, cut at 0, since nothing shows that they are logits; if they are, set `output` \
             under [model] to \"logit\""
                .to_owned(),
        ),
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
                "the scores of the first {rows} rows lie between 0 and 1: they are read as \
                 probabilities; if they are logits, set `output` under [model] to \"logit\"",
            ),
        ),
    }
}

/// Scores some rows together, once more, and each alone.
fn try_rows(
    model: &OpenModel,
    signature: &Signature,
    feeding: &Feeding<'_>,
    rows: usize,
) -> Option<RowTrial> {
    let score = |rows: Range<usize>| {
        let chunk = feeding.chunk(rows).ok()?;
        model.run(chunk.rows, &chunk.blocks()).ok()
    };
    let rows = rows.min(TRIAL_ROWS);
    let is_half = |input: &InputSpec| input.element == ElementType::Float16;
    let allowed = if signature.inputs.iter().any(is_half) {
        HALF_ROUNDING
    } else {
        ROUNDING
    };
    let together = score(0..rows)?;
    let again = largest_change(&together.scores, &score(0..rows)?.scores);
    if again > allowed {
        return Some(RowTrial::Random(again));
    }
    let mut largest = 0.0_f32;
    for row in [0, rows / 3, rows / 2, rows.saturating_sub(1)] {
        let alone = score(row..row + 1)?;
        let columns = together.columns;
        let among = together.scores.get(row * columns..(row + 1) * columns)?;
        largest = largest.max(largest_change(among, &alone.scores));
    }
    Some(if largest > allowed {
        RowTrial::Mixed(largest)
    } else {
        RowTrial::Apart
    })
}

/// The largest difference, relative where scores are above 1.
fn largest_change(a: &[f32], b: &[f32]) -> f32 {
    let pairs = a.iter().zip(b);
    let changes = pairs.map(|(a, b)| (a - b).abs() / a.abs().max(1.0));
    changes
        .filter(|change| !change.is_nan())
        .fold(0.0, f32::max)
}
