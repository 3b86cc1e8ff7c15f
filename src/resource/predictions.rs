//! A model's scores for a table, or for a disturbed copy of it that never exists as a whole: rows
//! are disturbed chunk by chunk, on their way into the model.

use super::key::Noise;
use super::matching::InputPlan;
use super::model::OpenModel;
use super::scores::{ScoreProblem, ScoreReading};
use super::table::{Column, MISSING, NumberKind, Table};
use crate::engine::{LoadContext, LoadError, Loaded};
use crate::inference::{ElementType, InputBlock};
use crate::metrics::moments::population_std;
use crate::metrics::perturbation::add_gaussian_noise;
use crate::metrics::random::NormalStream;

/// What a model says of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Row by row: the positive class's score, one score a class, or the predicted number.
    pub scores: Vec<f32>,
    /// Scores a row.
    pub columns: usize,
    /// The columns of numbers that reached the model with gaps, and how many.
    pub missing: Vec<(String, usize)>,
}

impl Predictions {
    /// The scores as f64, as the metrics want them.
    pub fn scores_f64(&self) -> Vec<f64> {
        self.scores.iter().map(|s| f64::from(*s)).collect()
    }

    /// Bytes they take.
    pub(super) fn bytes(&self) -> u64 {
        (self.scores.len() * size_of::<f32>()) as u64
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
    /// Noise and its seed, if there is any.
    pub(super) noise: Option<(Noise, u64)>,
    /// May rows be without a score?
    pub(super) gaps: bool,
}

/// Scores every row of a table, chunk by chunk.
pub(super) fn load(
    model: &OpenModel,
    table: &Table,
    feed: Feed<'_>,
    context: &LoadContext<'_>,
) -> Result<Loaded<Predictions>, LoadError> {
    let columns = feed_columns(table, feed.plans, feed.missing_text, feed.noise);
    let columns = columns.map_err(LoadError::Failed)?;
    let total = table.rows;
    let width = feed.reading.columns();
    let mut scores = Vec::with_capacity(total * width);
    let mut start = 0;
    while start < total {
        context.cancel.check()?;
        let end = total.min(start + feed.chunk_rows.max(1));
        let buffers: Vec<Buffer<'_>> = columns
            .iter()
            .map(|input| Buffer::fill(input, start, end))
            .collect::<Result<_, _>>()
            .map_err(LoadError::Failed)?;
        let blocks: Vec<InputBlock<'_>> = buffers.iter().map(Buffer::block).collect();
        let block = model.run(end - start, &blocks)?;
        let chunk = feed.reading.read(&block).and_then(|chunk| {
            feed.reading.meaning.check(&chunk, width, feed.gaps)?;
            Ok(chunk)
        });
        let explained = chunk.map_err(|problem| explain(&problem, start, &columns));
        scores.extend(explained.map_err(LoadError::Failed)?);
        start = end;
        (context.progress)(start as u64, total as u64);
    }
    if scores.len() != total * width {
        return Err(LoadError::Failed(format!(
            "the model gave {} scores for {total} rows, and {} were expected",
            scores.len(),
            total * width
        )));
    }
    let missing = missing_numbers(&columns);
    let predictions = Predictions {
        scores,
        columns: width,
        missing,
    };
    Ok(Loaded {
        bytes: predictions.bytes(),
        mapped_bytes: 0,
        value: predictions,
        exact: true,
        detail: format!("{total} rows"),
    })
}

fn missing_numbers(inputs: &[FeedInput<'_>]) -> Vec<(String, usize)> {
    let columns = inputs.iter().flat_map(|input| &input.columns);
    let missing = columns.filter_map(|column| match column {
        FeedColumn::Numbers { name, values, .. } => {
            let missing = values.iter().filter(|v| v.is_nan()).count();
            (missing > 0).then(|| ((*name).to_owned(), missing))
        }
        _ => None,
    });
    missing.collect()
}

/// Says which row has no usable score, and, as far as the data show it, why.
fn explain(problem: &ScoreProblem, start: usize, inputs: &[FeedInput<'_>]) -> String {
    match problem {
        ScoreProblem::Absent(reason) => reason.clone(),
        ScoreProblem::NoProbability(row, score) => format!(
            "the model's score of row {} is {score}, which is no probability: set `output` under \
             [model] to \"logit\" or \"margin\"",
            start + row
        ),
        ScoreProblem::NotANumber(row) => {
            let row = start + row;
            format!(
                "the model's score of row {row} (counted from 0) is not a number{}",
                why_not_a_number(row, inputs).unwrap_or_default()
            )
        }
    }
}

fn why_not_a_number(row: usize, inputs: &[FeedInput<'_>]) -> Option<String> {
    const LARGEST_HALF: f64 = 65_504.0;
    let (mut missing, mut infinite) = (Vec::new(), Vec::new());
    for input in inputs {
        for column in &input.columns {
            let FeedColumn::Numbers { name, values, .. } = column else {
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

/// One model input's columns, ready to be cut into chunks.
pub(super) struct FeedInput<'a> {
    element: ElementType,
    columns: Vec<FeedColumn<'a>>,
    missing_text: &'a str,
}

enum FeedColumn<'a> {
    Numbers {
        name: &'a str,
        values: &'a [f64],
        noise: Option<ColumnNoise>,
    },
    Texts {
        categories: &'a [String],
        codes: &'a [u32],
    },
    /// Numbers for a model that wants texts.
    NumberTexts {
        categories: Vec<String>,
        codes: Vec<u32>,
    },
}

struct ColumnNoise {
    level: f64,
    sigma: f64,
    draws: NormalStream,
}

pub(super) fn feed_columns<'a>(
    table: &'a Table,
    plans: &'a [InputPlan],
    missing_text: &'a str,
    noise: Option<(Noise, u64)>,
) -> Result<Vec<FeedInput<'a>>, String> {
    let inputs = plans.iter().map(|plan| {
        let columns = plan.columns.iter().map(|name| {
            let column = table.column(name)?;
            Ok(match (column, plan.element) {
                (Column::Texts { categories, codes }, ElementType::Text) => {
                    FeedColumn::Texts { categories, codes }
                }
                (Column::Texts { categories, .. }, element) => {
                    return Err(not_numbers(name, categories, element));
                }
                (Column::Numbers { .. }, ElementType::Text) => {
                    let (categories, codes) = column.categories();
                    FeedColumn::NumberTexts { categories, codes }
                }
                (Column::Numbers { values, kind }, _) => FeedColumn::Numbers {
                    name,
                    values,
                    noise: column_noise(name, values, *kind, noise),
                },
            })
        });
        Ok(FeedInput {
            element: plan.element,
            columns: columns.collect::<Result<_, String>>()?,
            missing_text,
        })
    });
    inputs.collect()
}

/// The first rows of a CSV file may hold numbers where a later one does not.
fn not_numbers(name: &str, categories: &[String], element: ElementType) -> String {
    let text = categories.iter().find(|c| c.parse::<f64>().is_err());
    let example = text.map(|t| format!(" such as `{t}`")).unwrap_or_default();
    format!(
        "the column `{name}` holds texts{example} further down, and the model takes {element}: \
         leave missing numbers empty, and encode texts as for training"
    )
}

/// The noise of one column; truth values are no quantities and stay as they are.
fn column_noise(
    name: &str,
    values: &[f64],
    kind: NumberKind,
    noise: Option<(Noise, u64)>,
) -> Option<ColumnNoise> {
    let (noise, seed) = noise.filter(|_| kind != NumberKind::Boolean)?;
    let present: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    Some(ColumnNoise {
        level: noise.level(),
        sigma: population_std(&present)?,
        draws: NormalStream::new(seed, name, noise.repeat),
    })
}

/// A chunk of one input, row by row, in the type that the model takes.
pub(super) enum Buffer<'a> {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Categories {
        texts: Vec<&'a str>,
        codes: Vec<u32>,
    },
}

impl<'a> Buffer<'a> {
    pub(super) fn fill(input: &'a FeedInput<'a>, start: usize, end: usize) -> Result<Self, String> {
        Ok(match input.element {
            ElementType::Float32 | ElementType::Float16 => {
                Self::F32(numbers(input, start, end, |v, _| Ok(v as f32))?)
            }
            ElementType::Float64 => Self::F64(numbers(input, start, end, |v, _| Ok(v))?),
            ElementType::Int64 => Self::I64(numbers(input, start, end, |v, name| {
                whole(v, name).map(|w| w as i64)
            })?),
            ElementType::Int32 => Self::I32(numbers(input, start, end, |v, name| {
                whole(v, name).map(|w| w as i32)
            })?),
            ElementType::Bool => Self::Bool(numbers(input, start, end, |v, name| {
                whole(v, name).map(|w| w != 0.0)
            })?),
            ElementType::Text => {
                let (texts, codes) = categories(input, start, end)?;
                Self::Categories { texts, codes }
            }
        })
    }

    pub(super) fn block(&self) -> InputBlock<'_> {
        match self {
            Self::F32(values) => InputBlock::F32(values),
            Self::F64(values) => InputBlock::F64(values),
            Self::I64(values) => InputBlock::I64(values),
            Self::I32(values) => InputBlock::I32(values),
            Self::Bool(values) => InputBlock::Bool(values),
            Self::Categories { texts, codes } => InputBlock::Categories { texts, codes },
        }
    }
}

/// A whole number for a model that takes whole numbers: rounded, since noise is not whole.
fn whole(value: f64, column: &str) -> Result<f64, String> {
    if value.is_nan() {
        return Err(format!(
            "the column `{column}` has missing values, and the model takes whole numbers there, \
             which have no way to say missing: fill them in"
        ));
    }
    Ok(value.round())
}

fn numbers<T: Copy + Default>(
    input: &FeedInput<'_>,
    start: usize,
    end: usize,
    convert: impl Fn(f64, &str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let (rows, width) = (end - start, input.columns.len());
    let mut block = vec![T::default(); rows * width];
    let (mut draws, mut disturbed) = (Vec::new(), Vec::new());
    for (offset, column) in input.columns.iter().enumerate() {
        let FeedColumn::Numbers {
            name,
            values,
            noise,
        } = column
        else {
            return Err("a column of texts feeds an input of numbers".to_owned());
        };
        let mut values = &values[start..end];
        if let Some(noise) = noise {
            draws.resize(rows, 0.0);
            noise.draws.fill(start as u64, &mut draws);
            disturbed.resize(rows, 0.0);
            add_gaussian_noise(values, noise.level, noise.sigma, &draws, &mut disturbed);
            values = &disturbed;
        }
        for (row, value) in values.iter().enumerate() {
            block[row * width + offset] = convert(*value, name)?;
        }
    }
    Ok(block)
}

/// The distinct texts of an input, the missing one first, and each value's place among them.
fn categories<'a>(
    input: &'a FeedInput<'a>,
    start: usize,
    end: usize,
) -> Result<(Vec<&'a str>, Vec<u32>), String> {
    let (rows, width) = (end - start, input.columns.len());
    let mut texts = vec![input.missing_text];
    let mut places = vec![0; rows * width];
    for (offset, column) in input.columns.iter().enumerate() {
        let (categories, codes): (&[String], &[u32]) = match column {
            FeedColumn::Texts { categories, codes } => (categories, codes),
            FeedColumn::NumberTexts { categories, codes } => (categories, codes),
            FeedColumn::Numbers { .. } => {
                return Err("a column of numbers feeds an input of texts".to_owned());
            }
        };
        let first = texts.len() as u32;
        texts.extend(categories.iter().map(String::as_str));
        for (row, code) in codes[start..end].iter().enumerate() {
            if *code != MISSING {
                places[row * width + offset] = first + code;
            }
        }
    }
    Ok((texts, places))
}
