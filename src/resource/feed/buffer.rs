//! A chunk row by row, in the types that a model takes.

use super::FeedValues;
use super::chunk::{ChunkColumn, ChunkInput};
use crate::inference::{ElementType, InputBlock};
use crate::resource::table::MISSING;
use crate::vocabulary::Problem;

/// A chunk of one input, row by row, in the type that the model takes.
pub(in crate::resource) enum Buffer<'a> {
    F32(Vec<f32>),
    /// Column by column.
    F32Columns(Vec<f32>),
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
    pub(super) fn fill(chunk: &ChunkInput<'a>, rows: usize) -> Result<Self, Problem> {
        Ok(match chunk.input.element {
            ElementType::Float32 | ElementType::Float16 => {
                Self::F32(numbers(chunk, rows, |v, _| Ok(v as f32))?)
            }
            ElementType::Float64 => Self::F64(numbers(chunk, rows, |v, _| Ok(v))?),
            ElementType::Int64 => Self::I64(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w as i64)
            })?),
            ElementType::Int32 => Self::I32(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w as i32)
            })?),
            ElementType::Int8
            | ElementType::Int16
            | ElementType::Uint8
            | ElementType::Uint16
            | ElementType::Uint32
            | ElementType::Uint64 => Self::I64(numbers(chunk, rows, |v, name| {
                within(v, name, chunk.input.element)
            })?),
            ElementType::Bool => Self::Bool(numbers(chunk, rows, |v, name| {
                whole(v, name).map(|w| w != 0.0)
            })?),
            ElementType::Text => {
                let (texts, codes) = categories(chunk, rows)?;
                Self::Categories { texts, codes }
            }
        })
    }

    /// Of an input of 32-bit floats, column by column.
    pub(super) fn columns(chunk: &ChunkInput<'a>, rows: usize) -> Result<Self, Problem> {
        let mut all = vec![0.0; rows * chunk.columns.len()];
        for (place, column) in of_numbers(chunk, rows)? {
            for (to, value) in all[place * rows..].iter_mut().zip(column) {
                *to = *value as f32;
            }
        }
        Ok(Self::F32Columns(all))
    }

    pub(in crate::resource) fn block(&self) -> InputBlock<'_> {
        match self {
            Self::F32(values) => InputBlock::F32(values),
            Self::F32Columns(values) => InputBlock::F32Columns(values),
            Self::F64(values) => InputBlock::F64(values),
            Self::I64(values) => InputBlock::I64(values),
            Self::I32(values) => InputBlock::I32(values),
            Self::Bool(values) => InputBlock::Bool(values),
            Self::Categories { texts, codes } => InputBlock::Categories { texts, codes },
        }
    }
}

/// A whole number that a narrow type can hold. What a disturbance moves beyond the ends stops there.
fn within(value: f64, column: &str, element: ElementType) -> Result<i64, Problem> {
    let number = whole(value, column)? as i64;
    let Some(range) = element.whole_range() else {
        return Ok(number);
    };
    Ok(number.clamp(*range.start(), *range.end()))
}

/// A whole number for a model that takes whole numbers: rounded, since noise is not whole.
fn whole(value: f64, column: &str) -> Result<f64, Problem> {
    if value.is_nan() {
        let cause = format!(
            "the column `{column}` has missing values, and the model takes whole numbers there, \
             which have no way to say missing"
        );
        return Err(Problem::new(cause).in_column(column).remedy("fill them in"));
    }
    Ok(value.round())
}

/// The columns that are looked at, with their places; what is never looked at is any number.
fn of_numbers<'c>(
    chunk: &'c ChunkInput<'_>,
    rows: usize,
) -> Result<Vec<(usize, &'c [f64])>, Problem> {
    let columns = chunk.columns.iter().enumerate();
    let columns = columns.filter_map(|(place, column)| match column {
        ChunkColumn::Unread => None,
        ChunkColumn::Numbers(values) => Some(Ok((place, &values[..rows]))),
        ChunkColumn::Codes(_) => {
            let words = "a column of texts feeds an input of numbers";
            Some(Err(Problem::new(words)))
        }
    });
    columns.collect()
}

fn numbers<T: Copy + Default>(
    chunk: &ChunkInput<'_>,
    rows: usize,
    convert: impl Fn(f64, &str) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let columns = of_numbers(chunk, rows)?;
    let convert = |value, column: usize| convert(value, chunk.input.columns[column].name);
    let width = chunk.columns.len();
    let mut block = vec![T::default(); rows * width];
    // Four at a time: every row is gone back to for each column, which is where the time goes.
    let (fours, rest) = columns.as_chunks::<4>();
    for columns in fours {
        lay_out(&mut block, width, columns, convert)?;
    }
    for column in rest {
        lay_out(&mut block, width, &[*column], convert)?;
    }
    Ok(block)
}

/// Writes columns side by side, each at its place in every row.
fn lay_out<T, const COLUMNS: usize>(
    block: &mut [T],
    width: usize,
    columns: &[(usize, &[f64]); COLUMNS],
    convert: impl Fn(f64, usize) -> Result<T, Problem>,
) -> Result<(), Problem> {
    for (row, to) in block.chunks_exact_mut(width).enumerate() {
        for (place, column) in columns {
            to[*place] = convert(column[row], *place)?;
        }
    }
    Ok(())
}

/// The distinct texts of an input, the missing one first, and each value's place among them.
fn categories<'a>(
    chunk: &ChunkInput<'a>,
    rows: usize,
) -> Result<(Vec<&'a str>, Vec<u32>), Problem> {
    let width = chunk.columns.len();
    let mut texts = vec![chunk.input.missing_text];
    // What is never looked at is missing.
    let mut places = vec![0; rows * width];
    for (offset, (column, values)) in chunk.input.columns.iter().zip(&chunk.columns).enumerate() {
        if !column.is_read() {
            continue;
        }
        let (FeedValues::Texts { categories, .. }, ChunkColumn::Codes(codes)) =
            (&column.values, values)
        else {
            return Err(Problem::new("a column of numbers feeds an input of texts"));
        };
        let first = texts.len() as u32;
        texts.extend(categories.iter().map(String::as_str));
        for (row, code) in codes.iter().enumerate() {
            if *code != MISSING {
                places[row * width + offset] = first + code;
            }
        }
    }
    Ok((texts, places))
}
