//! `lazydebugger predict`: the model's scores for the dataset, in a file.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use polars::prelude::{Column, CsvWriter, DataFrame, ParquetWriter, SerWriter};

use super::output::{self, Failure, ProgressLine};
use super::{ExperimentArgs, runtime};
use crate::engine::graph::closure;
use crate::engine::{CancelToken, LoadContext, Workload};
use crate::resource::table::Table;
use crate::resource::{Catalogue, Key, LoadSettings, Resource, ScoreMeaning, TableId, bind};

/// Arguments of `predict`.
#[derive(Args)]
pub(super) struct PredictArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Where to write: .csv or .parquet, with row, score and label
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn predict(args: &PredictArgs) -> Result<u8, Failure> {
    let mut experiment = args.experiment.resolve()?;
    if experiment.model.path.is_none() {
        return Err(Failure::input(
            "predict runs a model, and the experiment names none: give `path` under [model], or \
             --model",
        ));
    }
    // The scores that are already there are what this makes anew.
    experiment.model.predictions = None;
    let format = Format::of(&args.output)?;
    output::check_destinations(&[("--output", &args.output)], &experiment)?;
    let load_settings = LoadSettings::of(&experiment);
    let catalogue = bind(experiment, load_settings)
        .map_err(|problems| Failure::input(problems.0.join("\nlazydebugger: ")))?
        .with_gaps();
    let validated = catalogue.validated();
    let model = catalogue.models().filter(|(id, _)| **id == validated);
    if let Some(missing) = catalogue.missing_runtime(model) {
        if !missing.error.can_be_installed() {
            return Err(Failure::input(missing));
        }
        runtime::offer(&missing.to_string())?;
    }
    let (table, scores) = load(&catalogue)?;
    for note in &catalogue.notes {
        output::note(&format!("note: {note}"));
    }
    note_gaps(&scores);
    let frame = frame(&catalogue, &table, &scores)?;
    format.write(&args.output, frame)?;
    Ok(0)
}

/// The dataset's outcomes and its scores.
fn load(catalogue: &Catalogue) -> Result<(Table, Vec<f32>), Failure> {
    let line = std::sync::Mutex::new(ProgressLine::new());
    let progress = |done: u64, total: u64| {
        if let Ok(mut line) = line.lock() {
            line.show(&format!("{done} of {total} rows"));
        }
    };
    let context = LoadContext {
        cancel: CancelToken::default(),
        progress: &progress,
    };
    let key = Key::predictions(catalogue.validated(), TableId::Dataset);
    let target = &catalogue.experiment.dataset.target;
    let outcomes = catalogue.columns(&TableId::Dataset, [target]);
    let wanted = [outcomes.as_slice(), std::slice::from_ref(&key)].concat();
    let mut loaded: HashMap<Key, Arc<Resource>> = HashMap::new();
    // Inputs come before what is made from them.
    for key in closure(catalogue, &wanted).map_err(Failure::input)? {
        let inputs = catalogue.inputs(&key);
        let inputs = inputs.iter().filter_map(|input| loaded.get(input).cloned());
        let resource = catalogue.load(&key, &inputs.collect::<Vec<_>>(), &context);
        let resource = resource.map_err(Failure::input)?.value;
        loaded.insert(key, Arc::new(resource));
    }
    if let Ok(mut line) = line.lock() {
        line.clear();
    }
    let missing = || Failure::input("the dataset is missing");
    let scores = loaded.get(&key).ok_or_else(missing)?;
    let scores = scores.as_predictions().map_err(Failure::input)?;
    let outcomes = outcomes.first().and_then(|key| loaded.get(key));
    let outcomes = outcomes.ok_or_else(missing)?.as_columns();
    let outcomes = outcomes.map_err(Failure::input)?;
    Ok((outcomes.clone(), scores.scores.clone()))
}

/// Says which rows the model gives no number for; their cells stay empty.
fn note_gaps(scores: &[f32]) {
    let mut gaps = (0..scores.len()).filter(|row| scores[*row].is_nan());
    if let Some(first) = gaps.next() {
        output::note(&format!(
            "note: {} of {} rows have no score, since the model gives no number for them; the \
             first is row {first}, counted from 0",
            gaps.count() + 1,
            scores.len()
        ));
    }
}

fn frame(catalogue: &Catalogue, table: &Table, scores: &[f32]) -> Result<DataFrame, Failure> {
    let target = &catalogue.experiment.dataset.target;
    let (classes, _) = table.column(target).map_err(Failure::input)?.categories();
    let positive = catalogue.positive.as_str();
    let others: Vec<&String> = classes.iter().filter(|c| *c != positive).collect();
    let negative = match others.as_slice() {
        [only] => only.as_str(),
        _ => "other",
    };
    let threshold = catalogue.threshold();
    let label = |score: f32| {
        if f64::from(score) >= threshold {
            positive
        } else {
            negative
        }
    };
    let scores = scores.iter().map(|s| Some(*s).filter(|s| !s.is_nan()));
    let scores: Vec<Option<f32>> = scores.collect();
    let labels: Vec<Option<&str>> = scores.iter().map(|s| s.map(label)).collect();
    let rows: Vec<u64> = (0..scores.len() as u64).collect();
    let mut columns = vec![Column::new("row".into(), rows)];
    if catalogue.score_meaning() != ScoreMeaning::Label {
        columns.push(Column::new("score".into(), &scores));
    }
    columns.push(Column::new("label".into(), labels));
    DataFrame::new(scores.len(), columns).map_err(Failure::input)
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(Failure::input(format!(
                "{}: predictions are written to .csv and .parquet files",
                path.display()
            ))),
        }
    }

    fn write(self, path: &Path, mut frame: DataFrame) -> Result<(), Failure> {
        let at =
            |error: &dyn std::fmt::Display| Failure::input(format!("{}: {error}", path.display()));
        let file = File::create(path).map_err(|e| at(&e))?;
        match self {
            Self::Csv => CsvWriter::new(file).finish(&mut frame),
            Self::Parquet => ParquetWriter::new(file).finish(&mut frame).map(|_| ()),
        }
        .map_err(|e| at(&e))
    }
}
