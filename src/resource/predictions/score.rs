//! Scoring one chunk of rows, and telling which row and which values are to blame where that fails.

use super::Feed;
use super::culprit::{self, Culprit};
use crate::engine::LoadError;
use crate::inference::{ElementType, InputBlock, ScoreBlock};
use crate::resource::feed::{Buffer, Chunk, FeedInput};
use crate::resource::kind::model::OpenModel;
use crate::resource::scores::ScoreProblem;
use crate::vocabulary::Problem;

/// What a model says of a chunk.
pub(super) struct Scored {
    /// Row by row.
    pub(super) scores: Vec<f32>,
    /// Rows that the model labels otherwise than its scores say; none where that cannot be told.
    pub(super) disagreeing: Option<u64>,
}

/// How what is wrong with a chunk is told.
struct Told<P, C> {
    problem: P,
    culprit: C,
}

/// Scores a chunk of these inputs. `row_of` says which row of the table a row of the chunk is.
pub(super) fn score(
    model: &OpenModel,
    chunk: &Chunk<'_>,
    feed: Feed<'_>,
    inputs: &[FeedInput<'_>],
    row_of: impl Fn(usize) -> usize,
) -> Result<Scored, LoadError> {
    let told = Told {
        problem: |problem: &ScoreProblem| explain(problem, &row_of, inputs),
        culprit: |culprit: &Culprit| blame(culprit, &row_of, inputs),
    };
    let (scores, disagreeing) = score_or_tell(model, chunk, feed, &told)?;
    Ok(Scored {
        scores,
        disagreeing,
    })
}

/// The scores of a chunk, and how many rows the model labels otherwise.
fn score_or_tell(
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
    let buffers = chunk.buffers(|input| model.takes_columns(input))?;
    let blocks: Vec<InputBlock<'_>> = buffers.iter().map(Buffer::block).collect();
    if together {
        model.run_together(chunk.rows, &blocks)
    } else {
        model.run(chunk.rows, &blocks)
    }
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

/// What in the values of a row explains that it has no score.
pub(super) fn why_not_a_number(row: usize, inputs: &[FeedInput<'_>]) -> Option<String> {
    const LARGEST_HALF: f64 = 65_504.0;
    let (mut missing, mut infinite) = (Vec::new(), Vec::new());
    for input in inputs {
        for column in &input.columns {
            let (name, Some([value])) = (column.name(), column.numbers(row..row + 1)) else {
                continue;
            };
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
