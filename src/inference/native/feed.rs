//! Turns the caller's blocks into tensors, a range of rows at a time.

use std::borrow::Cow;
use std::ops::Range;

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
