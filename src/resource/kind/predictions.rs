//! A model's scores for a table, as it is or disturbed; or a file of them.

use std::sync::Arc;

use super::{columns_among, exactly, file, parity};
use crate::engine::{LoadContext, LoadError, Loaded, Recipe};
use crate::inference::BATCH_STEP;
use crate::resource::predictions::{self, Disturbed, Feed, Streamed, load_streamed};
use crate::resource::table_file::with_batches;
use crate::resource::{Catalogue, Disturbance, Key, ModelId, Resource, TableId};
use crate::vocabulary::{Problem, RunsOn};

/// What must be there while it loads: where its columns are streamed, the file that they are in.
pub(in crate::resource) fn inputs(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let mut inputs = made_of(catalogue, key);
    let Key::Predictions { table, .. } = key else {
        return inputs;
    };
    if catalogue.is_streamed(key) {
        inputs.retain(|input| !matches!(input, Key::Columns { .. }));
        inputs.push(Key::Table(table.clone()));
        inputs.extend(catalogue.table_path(table).ok().map(file));
    }
    inputs
}

/// What decides its content, however that reaches it.
pub(in crate::resource) fn made_of(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let Key::Predictions {
        model,
        table,
        disturbance,
    } = key
    else {
        return Vec::new();
    };
    let is_of_file = catalogue.is_precomputed() && *model == catalogue.validated();
    if is_of_file {
        let mut inputs = catalogue.columns(table, [&catalogue.experiment.dataset.target]);
        inputs.push(Key::Table(TableId::Scores));
        inputs.extend(catalogue.table_path(&TableId::Scores).ok().map(file));
        return inputs;
    }
    let mut inputs = vec![Key::Model(model.clone())];
    inputs.extend(catalogue.columns_fed(model, table));
    // A row that a disturbance leaves as it is keeps its score.
    let calm = disturbance.as_ref();
    inputs.extend(calm.map(|_| Key::predictions(model.clone(), table.clone())));
    if catalogue.needs_sample(model) {
        inputs.push(Key::ScoreSample(model.clone()));
    }
    inputs
}

pub(in crate::resource) fn recipe(
    catalogue: &Catalogue,
    key: &Key,
    model: &ModelId,
    disturbance: Option<&Disturbance>,
) -> Recipe {
    if let Some(scores) = catalogue.precomputed_for(key) {
        return scores.describe_to(Recipe::new("scores of a file"));
    }
    let recipe = Recipe::new("scores")
        .with("engine", catalogue.engine(model))
        .with("missing text", catalogue.missing_text())
        .with("gaps", catalogue.are_gaps_fine());
    let recipe = match disturbance {
        Some(disturbance) => disturbance
            .describe_to(recipe)
            .with("seed", catalogue.settings.seed),
        None => recipe,
    };
    let Some(bound) = catalogue.bound(model) else {
        return recipe;
    };
    let inputs = bound.inputs.iter();
    let inputs = inputs.map(|input| (input.element_name(), &input.columns));
    let recipe = recipe.with("inputs", inputs.collect::<Vec<_>>());
    // Where rows are scored together, how many of them belongs to the answer.
    let recipe = match bound.mixing {
        Some(_) => recipe.with("rows together", predictions::MOST_TOGETHER as u64),
        None => recipe,
    };
    match &bound.reading {
        Some(reading) => reading.describe_to(recipe),
        None => recipe,
    }
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue, table: &TableId) -> Option<u64> {
    let rows = catalogue.rows(table)?;
    let bytes_a_row = catalogue.score_columns().saturating_mul(size_of::<f32>());
    Some(rows.saturating_mul(bytes_a_row) as u64)
}

/// ONNX Runtime runs a model on one batch at a time, and different models side by side.
pub(in crate::resource) fn exclusive_class(catalogue: &Catalogue, model: &ModelId) -> Option<u32> {
    if catalogue.bound(model)?.backend.runs_on() == RunsOn::Native {
        return None;
    }
    let index = catalogue.models().position(|(id, _)| id == model)?;
    Some(index as u32)
}

pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    key: &Key,
    inputs: &[Arc<Resource>],
    context: &LoadContext<'_>,
) -> Result<Loaded<Resource>, LoadError> {
    if let Some(scores) = catalogue.precomputed_for(key) {
        let predictions = parity::read_scores(catalogue, scores, inputs)?;
        let rows = predictions.scores().len() / predictions.columns.max(1);
        let (bytes, detail) = (predictions.bytes(), format!("{rows} rows from a file"));
        return Ok(exactly(Resource::Predictions(predictions), bytes, detail));
    }
    let Key::Predictions {
        model,
        table,
        disturbance,
    } = key
    else {
        return Err(Problem::new("these are no predictions").into());
    };
    let calm = inputs.iter().find_map(|input| input.as_predictions().ok());
    let open = inputs.iter().find_map(|input| input.as_model().ok());
    let open = open.ok_or_else(|| Problem::new("predictions need a model and a table"))?;
    let path = catalogue.model_path(model)?;
    let unknown = || Problem::new("what its scores mean is not known").in_file(path);
    let bound = catalogue.bound(model).ok_or_else(unknown)?;
    let reading = bound.reading.as_ref().ok_or_else(unknown)?;
    let disturbed = disturbance.as_ref().zip(calm);
    let feed = Feed {
        plans: &bound.inputs,
        reading,
        missing_text: catalogue.missing_text(),
        chunk_rows: catalogue.settings.chunk_rows.next_multiple_of(BATCH_STEP),
        together: bound.mixing.is_some(),
        own_threshold: catalogue.own_threshold(model),
        disturbed: disturbed.map(|(disturbance, calm)| Disturbed {
            disturbance,
            seed: catalogue.settings.seed,
            calm,
        }),
        gaps: catalogue.are_gaps_fine(),
    };
    let loaded = if catalogue.is_streamed(key) {
        let path = catalogue.table_path(table)?;
        let source = catalogue.files.source(path)?;
        let options = catalogue.table_options(table);
        let how = Streamed {
            feed,
            lanes: catalogue.lanes_of(model),
        };
        let columns = catalogue.columns_wanted(model, table);
        with_batches(&source, &columns, &options, |batches| {
            load_streamed(open, batches, how, context)
        })?
    } else {
        predictions::load(open, &columns_among(inputs)?, feed, context)?
    };
    Ok(Loaded {
        value: Resource::Predictions(loaded.value),
        bytes: loaded.bytes,
        mapped_bytes: loaded.mapped_bytes,
        exact: loaded.exact,
        detail: loaded.detail,
    })
}
