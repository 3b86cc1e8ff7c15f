//! `lazydebugger predict`: the model's scores for the dataset, in a file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::output::{self, Failure};
use super::{ExperimentArgs, destinations, loading, runtime};
use crate::files::Output;
use crate::metrics::multi_class::most_likely;
use crate::resource::directly::Loaded;
use crate::resource::table::Table;
use crate::resource::{Catalogue, Gaps, Key, LoadSettings, ScoreMeaning, TableId, directly};
use crate::table_writer::{Block, BlockValues, TableFormat, TableWriter};
use crate::vocabulary::{Problem, Task};

/// Arguments of `predict`.
#[derive(Args)]
pub(super) struct PredictArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
    /// Where to write: .csv or .parquet, with row, score or one column a class, and label
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn predict(args: &PredictArgs) -> Result<u8, Failure> {
    let mut experiment = args.experiment.resolve()?;
    if experiment.model.path.is_none() {
        let problem = Problem::new("predict runs a model, and the experiment names none");
        let problem = problem.remedy("give `path` under [model]");
        return Err(problem.setting("model.path").into());
    }
    // The scores that are already there are what this makes anew.
    experiment.model.predictions = None;
    let format = format_of(&args.output)?;
    destinations::check(&[("--output", &args.output)], &experiment, &[])?;
    experiment.model.expected = None;
    let load_settings = LoadSettings::of(&experiment);
    let mut catalogue =
        runtime::with_runtime(|| directly::understand(experiment.clone(), load_settings))?
            .with_gaps();
    let (table, scores, loaded) = load(&mut catalogue)?;
    for note in catalogue.notes() {
        output::note(&format!("note: {}", note.text));
    }
    if let Some(note) = &scores.label_note {
        output::note(&format!("note: {note}"));
    }
    let target = &catalogue.experiment.dataset.target;
    let outcomes = match table {
        Some(table) => table.column(target).map_err(Failure::input)?.categories().0,
        None => catalogue.known_classes(),
    };
    directly::check_files(&catalogue, &loaded)?;
    drop(loaded);
    let rows = scores.values.len() / scores.columns;
    let block = block(&catalogue, &outcomes, rows, &scores);
    write(&args.output, format, &block)?;
    match &scores.gaps {
        // Nothing in the row is to blame: the file is of no use to whoever goes on with it.
        Some(gaps) if gaps.why.is_none() => {
            let words = gaps_in_words(gaps, &scores);
            Err(Problem::new(words).in_file(&args.output).into())
        }
        Some(gaps) => {
            output::note(&format!("note: {}", gaps_in_words(gaps, &scores)));
            Ok(0)
        }
        None => Ok(0),
    }
}

/// The dataset's outcomes, where it has labels, and its scores, and all that these came of.
fn load(catalogue: &mut Catalogue) -> Result<(Option<Table>, Scores, Loaded), Failure> {
    let key = Key::predictions(catalogue.validated(), TableId::Dataset);
    let target = &catalogue.experiment.dataset.target;
    let outcomes = catalogue.columns(&TableId::Dataset, [target]);
    let wanted = [outcomes.as_slice(), std::slice::from_ref(&key)].concat();
    let loaded = loading::load(catalogue, &wanted)?;
    let missing = || Failure::input("the dataset is missing");
    let scores = loaded.get(&key).ok_or_else(missing)?;
    let scores = scores.as_predictions().map_err(Failure::input)?;
    let outcomes = outcomes.first().and_then(|key| loaded.get(key));
    let outcomes = outcomes.map(|outcomes| outcomes.as_columns()).transpose();
    let outcomes = outcomes.map_err(Failure::input)?.cloned();
    let scores = Scores {
        values: scores.scores(),
        label_note: scores.label_note(),
        gaps: scores.gaps.clone(),
        columns: scores.columns.max(1),
    };
    Ok((outcomes, scores, loaded))
}

/// Scores row by row, `columns` a row.
struct Scores {
    values: Arc<Vec<f32>>,
    columns: usize,
    label_note: Option<String>,
    gaps: Option<Gaps>,
}

/// Says which rows the model gives no number for; their cells stay empty.
fn gaps_in_words(gaps: &Gaps, predictions: &Scores) -> String {
    let count = predictions.values.len() / predictions.columns;
    let why = match &gaps.why {
        Some(why) => why.as_str(),
        None => ": every value is there, so the model itself gives no number for them",
    };
    format!(
        "{} of {count} rows have no score, since the model gives no number for them; the first is row \
         {}, counted from 0{why}",
        gaps.rows, gaps.first
    )
}

/// The rows to write; `outcomes` are the different values of the target.
fn block<'a>(
    catalogue: &'a Catalogue,
    outcomes: &'a [String],
    rows: usize,
    predictions: &Scores,
) -> Block<'a> {
    let mut columns = vec![("row", BlockValues::Counts((0..rows as u64).collect()))];
    let has_scores = catalogue.score_meaning() != ScoreMeaning::Label;
    match catalogue.task() {
        Task::MultiClass(classes) => {
            if has_scores {
                for (place, class) in classes.iter().enumerate() {
                    columns.push((class, score_column(predictions, place)));
                }
            }
            let labels = predictions.values.chunks(classes.len()).map(|row| {
                let is_whole = !row.iter().any(|score| score.is_nan());
                let winner = is_whole.then(|| most_likely(row)).flatten();
                winner.map(|place| classes[place].as_str())
            });
            columns.push(("label", BlockValues::Texts(labels.collect())));
        }
        Task::Binary { positive } => {
            if has_scores {
                columns.push(("score", score_column(predictions, 0)));
            }
            let labels = binary_labels(catalogue.threshold(), outcomes, positive, predictions);
            columns.push(("label", labels));
        }
        Task::Regression => columns.push(("score", score_column(predictions, 0))),
    }
    Block { columns }
}

/// One of the scores of every row; none where it is not a number.
fn score_column(predictions: &Scores, place: usize) -> BlockValues<'static> {
    let scores = predictions.values.iter().skip(place);
    let scores = scores.step_by(predictions.columns);
    BlockValues::Scores(scores.map(|s| Some(*s).filter(|s| !s.is_nan())).collect())
}

fn binary_labels<'a>(
    threshold: f64,
    outcomes: &'a [String],
    positive: &'a str,
    predictions: &Scores,
) -> BlockValues<'a> {
    let others: Vec<&String> = outcomes.iter().filter(|c| *c != positive).collect();
    let negative = match others.as_slice() {
        [only] => only.as_str(),
        _ => "other",
    };
    let label = |score: &f32| match f64::from(*score) {
        score if score.is_nan() => None,
        score if score >= threshold => Some(positive),
        _ => Some(negative),
    };
    BlockValues::Texts(predictions.values.iter().map(label).collect())
}

fn format_of(path: &Path) -> Result<TableFormat, Failure> {
    TableFormat::of(path).ok_or_else(|| {
        let problem = Problem::new("predictions are written to .csv and .parquet files");
        problem.in_file(path).into()
    })
}

fn write(path: &Path, format: TableFormat, block: &Block<'_>) -> Result<(), Failure> {
    let written = || {
        let mut file = Output::create(path)?;
        let mut writer = TableWriter::new(format, &mut file, block)?;
        writer.write(block)?;
        writer.finish()?;
        file.finish()
    };
    let problem = |e: std::io::Error| Problem::new(e.to_string()).in_file(path);
    written().map_err(|error| problem(error).into())
}
