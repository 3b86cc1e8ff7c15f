//! A model's scores for a table, as it is or disturbed; or a file of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{columns_of, exactly, file, parity};
use crate::display;
use crate::engine::{LoadError, Loaded, Member, Recipe};
use crate::inference::BATCH_STEP;
use crate::resource::by_column::ColumnSource;
use crate::resource::feed::WholeColumns;
use crate::resource::predictions::{self, Disturbed, Feed, Part, Pass, Predictions, Rows};
use crate::resource::statistics::{Asked, Statistics};
use crate::resource::table::Table;
use crate::resource::table_file::{read_any_rows, with_batches};
use crate::resource::{Catalogue, Disturbance, DisturbanceKind, Key, ModelId, Resource, TableId};
use crate::vocabulary::{Problem, RunsOn, Shard};

/// What must be there while it loads: where its columns are streamed, the file that they are in.
pub(in crate::resource) fn inputs(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let mut inputs = scored_from(catalogue, key);
    let Key::Predictions {
        model,
        table,
        disturbance,
        ..
    } = key
    else {
        return inputs;
    };
    if catalogue.is_streamed(key) {
        inputs.retain(|input| !matches!(input, Key::Columns { .. }));
        inputs.push(Key::Table(table.clone()));
        inputs.extend(catalogue.table_path(table).ok().map(file));
        // What is known of whole columns follows from the columns.
        let asks = disturbance
            .as_ref()
            .map(|disturbance| disturbance.kind.asks());
        if asks.is_some_and(|asks| !asks.is_nothing()) {
            inputs.push(Key::Statistics(model.clone()));
        }
    }
    inputs
}

/// What decides its content, however that reaches it. What a shard makes is rows of the whole.
pub(in crate::resource) fn made_of(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    match key.shard() {
        Some(_) => vec![key.whole()],
        None => scored_from(catalogue, key),
    }
}

/// What its rows are scored from.
fn scored_from(catalogue: &Catalogue, key: &Key) -> Vec<Key> {
    let Key::Predictions {
        model,
        table,
        disturbance,
        shard,
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
    inputs.extend(disturbance.as_ref().map(|_| Key::Predictions {
        model: model.clone(),
        table: table.clone(),
        disturbance: None,
        shard: *shard,
    }));
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
    if let Some(shard) = key.shard() {
        return Recipe::new("scores of a shard")
            .with("shard", u64::from(shard.number()))
            .with("shards", u64::from(shard.of()));
    }
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

pub(in crate::resource) fn estimated_bytes(
    catalogue: &Catalogue,
    table: &TableId,
    shard: Option<Shard>,
) -> Option<u64> {
    let rows = catalogue.rows(table)?;
    let rows = shard.map_or(rows, |shard| rows.div_ceil(shard.of() as usize));
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

/// Predictions that differ by disturbance alone are best made in one pass over the rows, which that of
/// the rows as they are names. A feature that is permuted is there as a whole, so each has a pass of its
/// own, which the first of its repeats names.
pub(in crate::resource) fn pass(key: &Key) -> Option<Key> {
    let Key::Predictions {
        model,
        table,
        disturbance: Some(disturbance),
        shard,
    } = key
    else {
        return None;
    };
    let of_pass = match &disturbance.kind {
        kind @ DisturbanceKind::Permutation(_) => {
            let kind = kind.clone();
            Key::disturbed(model.clone(), Disturbance { kind, repeat: 1 })
        }
        _ => Key::predictions(model.clone(), table.clone()),
    };
    match shard {
        Some(shard) => of_pass.of_shard(*shard),
        None => Some(of_pass),
    }
}

/// Makes predictions of one pass, and hands out each by its place.
pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    members: &[Member<'_, Key, Resource>],
    done: &mut dyn FnMut(usize, Result<Loaded<Resource>, LoadError>),
) {
    let mut is_told = vec![false; members.len()];
    let outcome = load_all(catalogue, members, &mut |place, loaded| {
        is_told[place] = true;
        done(place, loaded);
    });
    if let Err(error) = outcome {
        for (place, _) in is_told.iter().enumerate().filter(|(_, is_told)| !**is_told) {
            done(place, Err(error.clone()));
        }
    }
}

fn load_all(
    catalogue: &Catalogue,
    members: &[Member<'_, Key, Resource>],
    done: &mut dyn FnMut(usize, Result<Loaded<Resource>, LoadError>),
) -> Result<(), LoadError> {
    let Some(Member { key, inputs, .. }) = members.first() else {
        return Ok(());
    };
    if let Some(scores) = catalogue.precomputed_for(key) {
        let predictions = parity::read_scores(catalogue, scores, inputs)?;
        let rows = predictions.scores().len() / predictions.columns.max(1);
        let (bytes, detail) = (
            predictions.bytes(),
            format!("{} rows from a file", display::count(rows as u64)),
        );
        let loaded = exactly(Resource::Predictions(predictions), bytes, detail);
        done(0, Ok(loaded));
        return Ok(());
    }
    let Key::Predictions { model, table, .. } = key else {
        return Err(Problem::new("these are no predictions").into());
    };
    let open = inputs.iter().find_map(|input| input.as_model().ok());
    let open = open.ok_or_else(|| Problem::new("predictions need a model and a table"))?;
    let path = catalogue.model_path(model)?;
    let unknown = || Problem::new("what its scores mean is not known").in_file(path);
    let bound = catalogue.bound(model).ok_or_else(unknown)?;
    let reading = bound.reading.as_ref().ok_or_else(unknown)?;
    let is_streamed = catalogue.is_streamed(key);
    let held = if is_streamed {
        None
    } else {
        Some(columns_of(table, &self::inputs(catalogue, key), inputs)?)
    };
    let counted = statistics(catalogue, members, held.as_ref())?;
    let parts: Vec<Part<'_>> = members
        .iter()
        .map(|member| Part {
            disturbed: disturbed(catalogue, member, counted.as_ref()),
            context: member.context,
        })
        .collect();
    let is_alone = members.len() == 1;
    let pass = Pass {
        model: open,
        feed: Feed {
            plans: &bound.inputs,
            reading,
            missing_text: catalogue.missing_text(),
            chunk_rows: catalogue.settings.chunk_rows.next_multiple_of(BATCH_STEP),
            together: bound.mixing.is_some(),
            own_threshold: catalogue.own_threshold(model),
            gaps: catalogue.are_gaps_fine(),
        },
        // One load of many that are made of what is held leaves the other lanes to those.
        lanes: if is_alone && !is_streamed {
            1
        } else {
            catalogue.lanes_of(model)
        },
        parts: &parts,
        bounds: key
            .shard()
            .map(|shard| catalogue.shard_bounds(shard, model, table)),
    };
    let mut done = |place: usize, loaded: Result<Loaded<Predictions>, LoadError>| {
        done(
            place,
            loaded.map(|loaded| Loaded {
                value: Resource::Predictions(loaded.value),
                bytes: loaded.bytes,
                mapped_bytes: loaded.mapped_bytes,
                exact: loaded.exact,
                detail: loaded.detail,
            }),
        );
    };
    if let Some(table) = &held {
        return pass.run(Rows::Held(table), &mut done);
    }
    let source = catalogue.files.source(catalogue.table_path(table)?)?;
    let options = catalogue.table_options(table);
    let names = taken_from_any_row(catalogue, members);
    let read = catalogue.columns_read(model);
    let wanted = |is_whole: bool| {
        let names = read.iter().filter(|name| names.contains(*name) == is_whole);
        catalogue.wanted_as_held(Some(model), table, names)
    };
    let ahead = match wanted(true) {
        none if none.is_empty() => None,
        wanted => Some(read_any_rows(&source, &wanted, &options)?),
    };
    let rest = wanted(false);
    let whole = match &ahead {
        Some(table) if rest.is_empty() => return pass.run(Rows::Held(table), &mut done),
        Some(table) => WholeColumns::of(table, &bound.inputs, &names)?,
        None => WholeColumns::default(),
    };
    with_batches(&source, &rest, &options, |batches| {
        pass.run(Rows::Streamed(batches, whole), &mut done)
    })
}

/// The columns of which some of these disturbances take values from any row: they are there as a whole.
pub(in crate::resource) fn taken_from_any_row(
    catalogue: &Catalogue,
    members: &[Member<'_, Key, Resource>],
) -> BTreeSet<String> {
    let keys = members.iter().map(|member| member.key);
    keys.flat_map(|key| catalogue.taken_from_any_row(key))
        .collect()
}

/// What must be known of whole columns: it is there where they are streamed, else they tell it.
fn statistics<'m>(
    catalogue: &Catalogue,
    members: &'m [Member<'_, Key, Resource>],
    held: Option<&Table>,
) -> Result<Cow<'m, Statistics>, LoadError> {
    let mut asked = Asked::default();
    for disturbance in members
        .iter()
        .filter_map(|member| disturbance_of(member.key))
    {
        let asks = disturbance.kind.asks();
        asked.sigma |= asks.sigma;
        asked.distribution |= asks.distribution;
    }
    let (Some(held), Some(first)) = (held, members.first()) else {
        let mut inputs = members.iter().flat_map(|member| member.inputs);
        let found = inputs.find_map(|input| input.as_statistics().ok());
        return Ok(found.map_or_else(Cow::default, Cow::Borrowed));
    };
    if asked.is_nothing() {
        return Ok(Cow::default());
    }
    let Key::Predictions { model, .. } = first.key else {
        return Ok(Cow::default());
    };
    let only = members
        .iter()
        .map(|member| match &disturbance_of(member.key)?.kind {
            DisturbanceKind::GaussianOn(feature, _) => Some(&**feature),
            _ => None,
        });
    let mut names = catalogue.columns_read(model);
    if let Some(only) = only.collect::<Option<BTreeSet<&str>>>() {
        names.retain(|name| only.contains(name.as_str()));
    }
    let source = ColumnSource::Held(held.clone());
    let found = Statistics::of(&source, &names, asked, &first.context.cancel)?;
    Ok(Cow::Owned(found))
}

fn disturbance_of(key: &Key) -> Option<&Disturbance> {
    match key {
        Key::Predictions { disturbance, .. } => disturbance.as_ref(),
        _ => None,
    }
}

fn disturbed<'m>(
    catalogue: &Catalogue,
    member: &'m Member<'_, Key, Resource>,
    statistics: &'m Statistics,
) -> Option<Disturbed<'m>> {
    let mut calm = member.inputs.iter();
    Some(Disturbed {
        disturbance: disturbance_of(member.key)?,
        seed: catalogue.settings.seed,
        statistics,
        calm: calm.find_map(|input| input.as_predictions().ok())?,
    })
}
