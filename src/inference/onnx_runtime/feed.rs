//! Turns the caller's blocks into the values that a session takes.

use std::ops::Range;

use half::f16;
use ort::session::SessionInputValue;
use ort::value::{PrimitiveTensorElementType, Tensor, TensorRef};

use super::Batch;
use crate::inference::InputBlock;
use crate::inference::signature::{ElementType, InputSpec};

/// Numbers are passed as a view; texts and float16 have to be copied.
pub(super) fn value<'a>(
    spec: &InputSpec,
    rows: usize,
    block: InputBlock<'a>,
) -> ort::Result<SessionInputValue<'a>> {
    let shape: Vec<usize> = if spec.rank == 1 {
        vec![rows]
    } else {
        vec![rows, block.len() / rows.max(1)]
    };
    Ok(match block {
        InputBlock::F32(values) if spec.element == ElementType::Float16 => {
            let halves: Vec<f16> = values.iter().map(|value| f16::from_f32(*value)).collect();
            Tensor::from_array((shape, halves))?.into()
        }
        InputBlock::F32(values) => TensorRef::from_array_view((shape, values))?.into(),
        InputBlock::F32Columns(values) => {
            let rows = 0..rows;
            Tensor::from_array((shape, row_by_row(values, rows.len(), &rows)))?.into()
        }
        InputBlock::F64(values) => TensorRef::from_array_view((shape, values))?.into(),
        InputBlock::I64(values) if spec.element.is_narrowed() => {
            narrowed(spec.element, shape, values)?
        }
        InputBlock::I64(values) => TensorRef::from_array_view((shape, values))?.into(),
        InputBlock::I32(values) => TensorRef::from_array_view((shape, values))?.into(),
        InputBlock::Bool(values) => TensorRef::from_array_view((shape, values))?.into(),
        InputBlock::Text(values) => {
            // ort wants texts that outlive every borrow, so they are copied here once more.
            let texts: Vec<String> = values.iter().map(|text| (*text).to_owned()).collect();
            Tensor::from_string_array((shape, texts.as_slice()))?.into()
        }
        InputBlock::Categories { texts, codes } => {
            let texts: Vec<String> = codes
                .iter()
                .map(|code| texts[*code as usize].to_owned())
                .collect();
            Tensor::from_string_array((shape, texts.as_slice()))?.into()
        }
    })
}

/// Whole numbers in another type; that they fit has been seen to.
fn narrowed<'a>(
    element: ElementType,
    shape: Vec<usize>,
    values: &[i64],
) -> ort::Result<SessionInputValue<'a>> {
    Ok(match element {
        ElementType::Int8 => tensor_of(shape, values, |v| v as i8)?,
        ElementType::Int16 => tensor_of(shape, values, |v| v as i16)?,
        ElementType::Uint8 => tensor_of(shape, values, |v| v as u8)?,
        ElementType::Uint16 => tensor_of(shape, values, |v| v as u16)?,
        ElementType::Uint32 => tensor_of(shape, values, |v| v as u32)?,
        _ => tensor_of(shape, values, |v| v as u64)?,
    })
}

fn tensor_of<'a, T>(
    shape: Vec<usize>,
    values: &[i64],
    convert: impl Fn(i64) -> T,
) -> ort::Result<SessionInputValue<'a>>
where
    T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static,
{
    let values: Vec<T> = values.iter().map(|value| convert(*value)).collect();
    Ok(Tensor::from_array((shape, values))?.into())
}

/// Rows whose copied texts take more are fed in parts, if not fewer than the least: each thread has such
/// copies, and larger ones are no quicker.
pub(super) const TEXTS_AT_ONCE: u64 = 32 << 20;

/// The bytes of texts that are copied for a batch: of all its rows, and of one row at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TextBytes {
    all: u64,
    pub(super) of_a_row: u64,
}

impl TextBytes {
    /// Here and in the library.
    const COPIES: u64 = 2;

    pub(super) fn of(rows: usize, inputs: &[InputBlock<'_>]) -> Self {
        let mut sum = Self::default();
        for block in inputs {
            let mut longest = 0;
            let mut add = |text: &str| {
                sum.all += text.len() as u64 * Self::COPIES;
                longest = longest.max(text.len() as u64 * Self::COPIES);
            };
            match block {
                InputBlock::Text(texts) => texts.iter().for_each(|text| add(text)),
                InputBlock::Categories { texts, codes } => {
                    codes.iter().for_each(|code| add(texts[*code as usize]));
                }
                _ => {}
            }
            let width = (block.len() / rows.max(1)) as u64;
            sum.of_a_row += longest * width;
        }
        sum
    }

    /// The most rows that fit into so many bytes, of so many.
    pub(super) fn most_rows(self, rows: usize, bytes: u64) -> usize {
        if self.all <= bytes {
            return rows;
        }
        let most = bytes.checked_div(self.of_a_row);
        most.map_or(rows, |most| most as usize).min(rows)
    }
}

/// The rows of a block that make up one batch.
#[derive(Debug)]
pub(super) enum Part<'a> {
    Whole(InputBlock<'a>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<&'a str>),
    Categories {
        texts: &'a [&'a str],
        codes: Vec<u32>,
    },
}

impl<'a> Part<'a> {
    /// The rows that a batch uses, filled up to its size with the last of them.
    pub(super) fn cut(block: InputBlock<'a>, rows: usize, batch: Batch) -> Self {
        let width = block.len() / rows.max(1);
        let range = batch.start * width..(batch.start + batch.used) * width;
        let missing = batch.size - batch.used;
        match block {
            InputBlock::F32(v) if missing > 0 => Part::F32(filled(&v[range], width, missing)),
            InputBlock::F32Columns(v) => {
                let used = row_by_row(v, rows, &(batch.start..batch.start + batch.used));
                Part::F32(filled(&used, width, missing))
            }
            InputBlock::F64(v) if missing > 0 => Part::F64(filled(&v[range], width, missing)),
            InputBlock::I64(v) if missing > 0 => Part::I64(filled(&v[range], width, missing)),
            InputBlock::I32(v) if missing > 0 => Part::I32(filled(&v[range], width, missing)),
            InputBlock::Bool(v) if missing > 0 => Part::Bool(filled(&v[range], width, missing)),
            InputBlock::Text(v) if missing > 0 => Part::Text(filled(&v[range], width, missing)),
            InputBlock::Categories { texts, codes } if missing > 0 => Part::Categories {
                texts,
                codes: filled(&codes[range], width, missing),
            },
            InputBlock::F32(v) => Part::Whole(InputBlock::F32(&v[range])),
            InputBlock::F64(v) => Part::Whole(InputBlock::F64(&v[range])),
            InputBlock::I64(v) => Part::Whole(InputBlock::I64(&v[range])),
            InputBlock::I32(v) => Part::Whole(InputBlock::I32(&v[range])),
            InputBlock::Bool(v) => Part::Whole(InputBlock::Bool(&v[range])),
            InputBlock::Text(v) => Part::Whole(InputBlock::Text(&v[range])),
            InputBlock::Categories { texts, codes } => Part::Whole(InputBlock::Categories {
                texts,
                codes: &codes[range],
            }),
        }
    }

    pub(super) fn block(&self) -> InputBlock<'_> {
        match self {
            Part::Whole(block) => *block,
            Part::F32(values) => InputBlock::F32(values),
            Part::F64(values) => InputBlock::F64(values),
            Part::I64(values) => InputBlock::I64(values),
            Part::I32(values) => InputBlock::I32(values),
            Part::Bool(values) => InputBlock::Bool(values),
            Part::Text(values) => InputBlock::Text(values),
            Part::Categories { texts, codes } => InputBlock::Categories { texts, codes },
        }
    }
}

/// Some rows of columns that lie one after the other, each of `all_rows` values.
fn row_by_row(columns: &[f32], all_rows: usize, rows: &Range<usize>) -> Vec<f32> {
    let columns = || columns.chunks_exact(all_rows.max(1));
    let row = |row: usize| columns().map(move |column| column[row]);
    rows.clone().flat_map(row).collect()
}

fn filled<T: Copy>(values: &[T], width: usize, missing: usize) -> Vec<T> {
    let last = &values[values.len() - width..];
    let mut all = values.to_vec();
    for _ in 0..missing {
        all.extend_from_slice(last);
    }
    all
}
