//! Turns the caller's blocks into tensors, a range of rows at a time.

use std::borrow::Cow;
use std::ops::Range;

use super::numbers::NumberRows;
use super::tensor::{Data, Tensor, to_half};
use crate::inference::InputBlock;
use crate::inference::signature::{ElementType, InputSpec};

/// Some rows of a block, filled up to `size` rows with the last of them.
pub(super) fn tensor<'a>(
    spec: &InputSpec,
    block: InputBlock<'a>,
    all_rows: usize,
    rows: &Range<usize>,
    size: usize,
) -> Tensor<'a> {
    let width = block.len() / all_rows.max(1);
    let range = rows.start * width..rows.end * width;
    let missing = size - rows.len();
    let data = match block {
        InputBlock::F32(v) if spec.element == ElementType::Float16 => {
            let values = filled(&v[range], width, missing);
            Data::F16(values.iter().map(|x| to_half(*x)).collect())
        }
        InputBlock::F32(v) => Data::F32(filled(&v[range], width, missing)),
        // A tensor of another shape or type is made of rows.
        InputBlock::F32Columns(v)
            if missing > 0 || spec.rank != 2 || spec.element == ElementType::Float16 =>
        {
            let rows = columns(v, all_rows, rows, width).by_row();
            let values = filled(&rows, width, missing);
            match spec.element {
                ElementType::Float16 => Data::F16(values.iter().map(|x| to_half(*x)).collect()),
                _ => Data::F32(Cow::Owned(values.into_owned())),
            }
        }
        InputBlock::F32Columns(v) => Data::F32Columns(columns(v, all_rows, rows, width)),
        InputBlock::F64(v) => Data::F64(filled(&v[range], width, missing)),
        InputBlock::I64(v) => Data::I64(filled(&v[range], width, missing)),
        InputBlock::I32(v) => Data::I64(
            filled(&v[range], width, missing)
                .iter()
                .map(|x| i64::from(*x))
                .collect(),
        ),
        InputBlock::Bool(v) => Data::Bool(filled(&v[range], width, missing)),
        InputBlock::Text(v) => Data::Text(filled(&v[range], width, missing)),
        InputBlock::Categories { texts, codes } => Data::Categories {
            texts,
            codes: filled(&codes[range], width, missing),
        },
    };
    let shape = if spec.rank == 1 {
        vec![size]
    } else {
        vec![size, width]
    };
    Tensor { shape, data }
}

/// Some rows of columns that lie one after the other.
fn columns<'a>(
    values: &'a [f32],
    all_rows: usize,
    rows: &Range<usize>,
    width: usize,
) -> NumberRows<'a> {
    let values = values.get(rows.start..).unwrap_or_default();
    NumberRows::column_by_column(values, all_rows, (rows.len(), width))
}

fn filled<T: Copy>(values: &[T], width: usize, missing: usize) -> Cow<'_, [T]> {
    if missing == 0 {
        return Cow::Borrowed(values);
    }
    let last = &values[values.len() - width..];
    let mut all = values.to_vec();
    for _ in 0..missing {
        all.extend_from_slice(last);
    }
    Cow::Owned(all)
}
