//! A model's scores for a table, or for a disturbed copy of it that never exists as a whole: rows
//! are disturbed chunk by chunk, on their way into the model.

mod culprit;

use self::culprit::Culprit;
use super::feed::{Buffer, Chunk, FeedInput, feed_columns};
use super::key::Disturbance;
use super::kind::model::OpenModel;
use super::matching::InputPlan;
use super::scores::{ScoreProblem, ScoreReading};
use super::stored_scores::StoredScores;
use super::table::Table;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::engine::{LoadContext, LoadError, Loaded, Packed};
use crate::inference::{ElementType, InputBlock, ScoreBlock};
use crate::vocabulary::{Codec, Problem};

/// What a model says of every row.
#[derive(Debug)]
pub struct Predictions {
    stored: StoredScores,
    /// Scores a row.
    pub columns: usize,
    /// The columns of numbers that reached the model with gaps, and how many.
    pub missing: Vec<(String, usize)>,
    /// Rows that the model labels otherwise than its scores say; none where that cannot be told.
    pub disagreeing: Option<u64>,
    /// The rows without a score, where rows may be without.
    pub gaps: Option<Gaps>,
}

/// Rows for which a model gives no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps {
    /// How many.
    pub rows: usize,
    /// The first of them; of those whose values do not explain it, if there are any.
    pub first: usize,
    /// What in its values explains it.
    pub why: Option<String>,
}

impl Gaps {
    fn of(scores: &[f32], width: usize, inputs: &[FeedInput<'_>]) -> Option<Self> {
        let rows = scores.chunks_exact(width).enumerate();
        let gaps = rows.filter(|(_, row)| row.iter().any(|score| score.is_nan()));
        let gaps: Vec<usize> = gaps.map(|(row, _)| row).collect();
        let unexplained = gaps
            .iter()
            .find(|row| why_not_a_number(**row, inputs).is_none());
        let first = *unexplained.or(gaps.first())?;
        Some(Self {
            rows: gaps.len(),
            first,
            why: why_not_a_number(first, inputs),
        })
    }
}

impl Predictions {
    /// Of scores row by row, `columns` a row.
    pub(super) fn new(scores: Vec<f32>, columns: usize, missing: Vec<(String, usize)>) -> Self {
        Self {
            stored: StoredScores::new(scores),
            columns,
            missing,
            disagreeing: None,
            gaps: None,
        }
    }

    /// Row by row: the positive class's score, one score a class, or the predicted number.
    pub fn scores(&self) -> Arc<Vec<f32>> {
        self.stored.get()
    }

    /// The scores as f64, as the metrics want them.
    pub fn scores_f64(&self) -> Vec<f64> {
        self.scores().iter().map(|s| f64::from(*s)).collect()
    }

    /// Says in how many rows the model's own label is another than that by the scores; none where there
    /// are no such rows.
    pub fn label_note(&self) -> Option<String> {
        let differing = self.disagreeing.filter(|rows| *rows > 0)?;
        let rows = self.scores().len() / self.columns.max(1);
        Some(format!(
            "the model's own label is another than its score says in {differing} of {rows} rows: \
             decisions go by the score here; `output = \"labels\"` under [model] takes the model's own"
        ))
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> u64 {
        self.stored.bytes()
    }

    /// Packs the scores while nobody works with them, if that makes them smaller.
    pub(super) fn pack(&self, codec: Codec) -> Packed {
        self.stored.pack(codec)
    }
}

/// How a table is fed to a model.
#[derive(Clone, Copy)]
pub(super) struct Feed<'a> {
    /// The columns of every input.
    pub(super) plans: &'a [InputPlan],
    /// How the scores are read.
    pub(super) reading: &'a ScoreReading,
    /// What a missing text becomes.
    pub(super) missing_text: &'a str,
    /// Rows a chunk.
    pub(super) chunk_rows: usize,
    /// How the table is disturbed, if it is.
    pub(super) disturbed: Option<Disturbed<'a>>,
    /// May rows be without a score?
    pub(super) gaps: bool,
    /// Do the scores of a row depend on the rows beside it?
    pub(super) together: bool,
    /// Where the model's own labels are expected to be cut; none where the user cuts elsewhere.
    pub(super) own_threshold: Option<f64>,
}

/// Rows of a table that are scored in one batch where the scores of a row depend on the others: most
/// tables as a whole.
pub(super) const MOST_TOGETHER: usize = 100_000;

/// How a table is disturbed, and what it scores as it is.
#[derive(Clone, Copy)]
pub(super) struct Disturbed<'a> {
    pub(super) disturbance: &'a Disturbance,
    pub(super) seed: u64,
    /// A row that stays as it is keeps its score from here.
    pub(super) calm: &'a Predictions,
}

/// Scores every row of a table, chunk by chunk.
pub(super) fn load(
    model: &OpenModel,
    table: &Table,
    feed: Feed<'_>,
    context: &LoadContext<'_>,
) -> Result<Loaded<Predictions>, LoadError> {
    let disturbance = feed.disturbed.map(|d| (d.disturbance, d.seed));
    let columns = feed_columns(table, feed.plans, feed.missing_text, disturbance);
    let columns = columns?;
    let total = table.rows;
    let width = feed.reading.columns();
    let calm = feed.disturbed.map(|disturbed| disturbed.calm.scores());
    // A row that stays as it is has another score among other rows.
    let calm = calm.filter(|_| !feed.together);
    let chunk_rows = if feed.together {
        MOST_TOGETHER
    } else {
        feed.chunk_rows.max(1)
    };
    let mut disagreeing = Some(0);
    let mut scores = Vec::with_capacity(total * width);
    let mut predicted = 0;
    let mut start = 0;
    while start < total {
        context.cancel.check()?;
        let end = total.min(start + chunk_rows);
        let (mut chunk, changed) = Chunk::cut(&columns, start, end);
        let rows = calm.as_ref().map(|calm| {
            scores.extend_from_slice(&calm[start * width..end * width]);
            let changed = changed.unwrap_or_default().into_iter().enumerate();
            let rows = changed.filter_map(|(row, changed)| changed.then_some(row));
            rows.collect::<Vec<usize>>()
        });
        if let Some(rows) = rows.as_ref().filter(|rows| rows.len() < chunk.rows) {
            chunk.keep(rows);
        }
        let row_of = |place: usize| start + rows.as_ref().map_or(place, |rows| rows[place]);
        let told = Told {
            problem: |problem: &ScoreProblem| explain(problem, row_of, &columns),
            culprit: |culprit: &Culprit| blame(culprit, row_of, &columns),
        };
        let (fresh, differing) = score(model, &chunk, feed, &told)?;
        disagreeing = disagreeing.zip(differing).map(|(all, more)| all + more);
        predicted += fresh.len() / width;
        match &rows {
            None => scores.extend(fresh),
            Some(rows) => {
                for (row, fresh) in rows.iter().zip(fresh.chunks_exact(width)) {
                    let at = (start + row) * width;
                    scores[at..at + width].copy_from_slice(fresh);
                }
            }
        }
        start = end;
        (context.progress)(start as u64, total as u64);
    }
    let missing = missing_numbers(&columns);
    let gaps = Gaps::of(&scores, width, &columns);
    let mut predictions = Predictions::new(scores, width, missing);
    predictions.disagreeing = disagreeing.filter(|_| total > 0);
    predictions.gaps = gaps;
    Ok(Loaded {
        bytes: predictions.bytes(),
        mapped_bytes: 0,
        value: predictions,
        exact: true,
        detail: if predicted < total {
            format!("{total} rows, {predicted} changed")
        } else {
            format!("{total} rows")
        },
    })
}

/// How what is wrong with a chunk is told.
struct Told<P, C> {
    problem: P,
    culprit: C,
}

/// The scores of a chunk, and how many rows the model labels otherwise.
fn score(
    model: &OpenModel,
    chunk: &Chunk<'_>,
    feed: Feed<'_>,
    told: &Told<impl Fn(&ScoreProblem) -> String, impl Fn(&Culprit) -> String>,
) -> Result<(Vec<f32>, Option<u64>), LoadError> {
    if chunk.rows == 0 {
        return Ok((Vec::new(), Some(0)));
    }
    let width = feed.reading.columns();
    let block = run(model, chunk, feed.together).map_err(|problem| {
        let cause = culprit::find(chunk, |part| run(model, part, false).is_ok());
        LoadError::Failed(match cause {
            Some(culprit) => Problem {
                cause: format!("{}; {}", problem.cause, (told.culprit)(&culprit)),
                ..problem
            },
            None => problem,
        })
    })?;
    let scores = feed.reading.read(&block).and_then(|scores| {
        feed.reading.meaning.check(&scores, width, feed.gaps)?;
        Ok(scores)
    });
    let scores = scores.map_err(|problem| LoadError::Failed((told.problem)(&problem).into()))?;
    if scores.len() != chunk.rows * width {
        let words = format!(
            "the model gave {} scores for {} rows, and {} were expected",
            scores.len(),
            chunk.rows,
            chunk.rows * width
        );
        return Err(LoadError::Failed(words.into()));
    }
    let differing = feed.own_threshold.and_then(|threshold| {
        let reading = feed.reading;
        reading.disagreements(&block, &scores, threshold)
    });
    Ok((scores, differing))
}

fn run(model: &OpenModel, chunk: &Chunk<'_>, together: bool) -> Result<ScoreBlock, Problem> {
    let buffers = chunk.buffers()?;
    let blocks: Vec<InputBlock<'_>> = buffers.iter().map(Buffer::block).collect();
    if together {
        model.run_together(chunk.rows, &blocks)
    } else {
        model.run(chunk.rows, &blocks)
    }
}

fn missing_numbers(inputs: &[FeedInput<'_>]) -> Vec<(String, usize)> {
    let columns = inputs.iter().flat_map(|input| &input.columns);
    let missing = columns.filter_map(|column| {
        let missing = column.numbers()?.iter().filter(|v| v.is_nan()).count();
        (missing > 0).then(|| (column.name().to_owned(), missing))
    });
    missing.collect()
}

/// Says which row has no usable score, and, as far as the data show it, why.
fn explain(
    problem: &ScoreProblem,
    row_of: impl Fn(usize) -> usize,
    inputs: &[FeedInput<'_>],
) -> String {
    match problem {
        ScoreProblem::Absent(reason) => reason.clone(),
        ScoreProblem::NoProbability(row, score) => format!(
            "the model's score of row {} is {score}, which is no probability: set `output` under \
             [model] to \"logit\" or \"margin\"",
            row_of(*row)
        ),
        ScoreProblem::NotANumber(row) => {
            let row = row_of(*row);
            format!(
                "the model's score of row {row} (counted from 0) is not a number{}",
                why_not_a_number(row, inputs).unwrap_or_default()
            )
        }
    }
}

/// Says which row and which values the model fails on.
fn blame(culprit: &Culprit, row_of: impl Fn(usize) -> usize, inputs: &[FeedInput<'_>]) -> String {
    const SHOWN: usize = 4;
    let row = row_of(culprit.row);
    let value = |name: &String| {
        let mut columns = inputs.iter().flat_map(|input| &input.columns);
        let value = columns.find(|column| column.name() == name);
        let value = value.and_then(|column| column.shown(row));
        format!(
            "`{name}` is {}",
            value.unwrap_or_else(|| "missing".to_owned())
        )
    };
    let shown: Vec<String> = culprit.columns.iter().take(SHOWN).map(value).collect();
    let more = match culprit.columns.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" (and {more} more columns)"),
    };
    format!(
        "it fails on row {row} (counted from 0), where {}{more}",
        shown.join(", ")
    )
}

fn why_not_a_number(row: usize, inputs: &[FeedInput<'_>]) -> Option<String> {
    const LARGEST_HALF: f64 = 65_504.0;
    let (mut missing, mut infinite) = (Vec::new(), Vec::new());
    for input in inputs {
        for column in &input.columns {
            let (name, Some(values)) = (column.name(), column.numbers()) else {
                continue;
            };
            let value = values[row];
            if value.is_nan() {
                missing.push(format!("`{name}`"));
            } else if value.is_infinite() {
                infinite.push(format!("`{name}` is infinite there"));
            } else if input.element == ElementType::Float16 && value.abs() > LARGEST_HALF {
                let text = format!("`{name}` is {value} there, more than float16 can hold");
                infinite.push(text);
            }
        }
    }
    if missing.is_empty() {
        return infinite.first().map(|reason| format!(": {reason}"));
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    Some(format!(
        ": {} {verb} missing there, and this model cannot work without: fill missing numbers in, \
         or leave such rows out",
        missing.join(", ")
    ))
}
