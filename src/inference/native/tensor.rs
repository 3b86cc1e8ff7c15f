//! The values that flow through a graph while a block of rows is computed.

use std::borrow::Cow;

use half::f16;

use super::numbers::NumberRows;
use crate::inference::onnx::Numbers;

/// More elements than any tabular graph makes of one block; a hostile one ends here.
pub(super) const MAX_ELEMENTS: usize = 1 << 24;
/// Deeper shapes than the operators here understand.
const MAX_RANK: usize = 6;

/// Why a step could not be computed, in words.
pub(super) type Failure = String;

/// Elements of one type. Whole numbers of either width are held as 64 bits.
#[derive(Debug, Clone)]
pub(super) enum Data<'r> {
    F32(Cow<'r, [f32]>),
    /// 32-bit floats as well, column by column, of rows and columns. Operators get them as
    /// [`Data::F32`] unless they say that they take them so.
    F32Columns(NumberRows<'r>),
    F64(Cow<'r, [f64]>),
    I64(Cow<'r, [i64]>),
    Bool(Cow<'r, [bool]>),
    Text(Cow<'r, [&'r str]>),
    /// Texts as well, each by its place among the distinct ones. Operators get them as
    /// [`Data::Text`] unless they say that they take them so.
    Categories {
        texts: &'r [&'r str],
        codes: Cow<'r, [u32]>,
    },
    /// 16-bit floats, each held as the 32-bit float of the same value.
    F16(Cow<'r, [f32]>),
}

/// A value: elements row by row, and their shape.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'r> {
    pub(super) shape: Vec<usize>,
    pub(super) data: Data<'r>,
}

/// The number of elements of a shape, refused where it is absurd.
pub(super) fn elements(shape: &[usize]) -> Result<usize, Failure> {
    shape
        .iter()
        .try_fold(1_usize, |n, d| n.checked_mul(*d))
        .filter(|n| *n <= MAX_ELEMENTS && shape.len() <= MAX_RANK)
        .ok_or_else(|| format!("a value would have the shape {shape:?}"))
}

impl<'r> Tensor<'r> {
    /// Refuses elements that do not fill the shape.
    pub(super) fn new(shape: Vec<usize>, data: Data<'r>) -> Result<Self, Failure> {
        if elements(&shape)? == data.len() {
            Ok(Tensor { shape, data })
        } else {
            Err(format!("{} elements for the shape {shape:?}", data.len()))
        }
    }

    pub(super) fn f32(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, Failure> {
        Self::new(shape, Data::F32(Cow::Owned(values)))
    }

    pub(super) fn i64(shape: Vec<usize>, values: Vec<i64>) -> Result<Self, Failure> {
        Self::new(shape, Data::I64(Cow::Owned(values)))
    }

    pub(super) fn of_numbers(shape: &[usize], numbers: &'r Numbers) -> Self {
        let data = match numbers {
            Numbers::F32(v) => Data::F32(Cow::Borrowed(v)),
            Numbers::F64(v) => Data::F64(Cow::Borrowed(v)),
            Numbers::I64(v) => Data::I64(Cow::Borrowed(v)),
            Numbers::Bool(v) => Data::Bool(Cow::Borrowed(v)),
            Numbers::F16(v) => Data::F16(Cow::Borrowed(v)),
            Numbers::Text(v) => Data::Text(v.iter().map(String::as_str).collect()),
        };
        Tensor {
            shape: shape.to_vec(),
            data,
        }
    }

    pub(super) fn to_numbers(&self) -> Numbers {
        match &self.data {
            Data::F32(v) => Numbers::F32(v.to_vec()),
            Data::F32Columns(v) => Numbers::F32(v.by_row().into_owned()),
            Data::F64(v) => Numbers::F64(v.to_vec()),
            Data::I64(v) => Numbers::I64(v.to_vec()),
            Data::Bool(v) => Numbers::Bool(v.to_vec()),
            Data::F16(v) => Numbers::F16(v.to_vec()),
            Data::Text(v) => Numbers::Text(v.iter().map(|text| (*text).to_owned()).collect()),
            Data::Categories { texts, codes } => {
                let texts = codes.iter().map(|code| texts[*code as usize].to_owned());
                Numbers::Text(texts.collect())
            }
        }
    }

    pub(super) fn rank(&self) -> usize {
        self.shape.len()
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    /// The same elements under another shape.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Result<Self, Failure> {
        Self::new(shape, self.data.clone())
    }

    /// Rows and columns, as the operators of `ai.onnx.ml` see any input: one dimension is one row.
    pub(super) fn as_rows(&self) -> Result<(usize, usize), Failure> {
        match self.shape[..] {
            [width] => Ok((1, width)),
            [rows, width] => Ok((rows, width)),
            _ => Err(format!("rows and columns wanted, {:?} given", self.shape)),
        }
    }

    /// An axis counted from the front.
    pub(super) fn axis(&self, axis: i64) -> Result<usize, Failure> {
        absolute_axis(axis, self.rank())
    }

    /// The elements as 32-bit floats: a view where they are.
    pub(super) fn to_f32(&self) -> Result<Cow<'_, [f32]>, Failure> {
        Ok(match &self.data {
            Data::F32(v) | Data::F16(v) => Cow::Borrowed(v.as_ref()),
            Data::F32Columns(v) => v.by_row(),
            Data::F64(v) => v.iter().map(|x| *x as f32).collect(),
            Data::I64(v) => v.iter().map(|x| *x as f32).collect(),
            Data::Bool(v) => v.iter().map(|x| f32::from(u8::from(*x))).collect(),
            Data::Text(_) | Data::Categories { .. } => {
                return Err("numbers wanted, texts given".into());
            }
        })
    }

    pub(super) fn to_f64(&self) -> Result<Cow<'_, [f64]>, Failure> {
        Ok(match &self.data {
            Data::F32(v) | Data::F16(v) => v.iter().map(|x| f64::from(*x)).collect(),
            Data::F32Columns(v) => v.by_row().iter().map(|x| f64::from(*x)).collect(),
            Data::F64(v) => Cow::Borrowed(v.as_ref()),
            Data::I64(v) => v.iter().map(|x| *x as f64).collect(),
            Data::Bool(v) => v.iter().map(|x| f64::from(u8::from(*x))).collect(),
            Data::Text(_) | Data::Categories { .. } => {
                return Err("numbers wanted, texts given".into());
            }
        })
    }

    pub(super) fn to_i64(&self) -> Result<Cow<'_, [i64]>, Failure> {
        Ok(match &self.data {
            Data::F32(v) | Data::F16(v) => v.iter().map(|x| *x as i64).collect(),
            Data::F32Columns(v) => v.by_row().iter().map(|x| *x as i64).collect(),
            Data::F64(v) => v.iter().map(|x| *x as i64).collect(),
            Data::I64(v) => Cow::Borrowed(v.as_ref()),
            Data::Bool(v) => v.iter().map(|x| i64::from(*x)).collect(),
            Data::Text(_) | Data::Categories { .. } => {
                return Err("numbers wanted, texts given".into());
            }
        })
    }

    /// Rows and columns of 32-bit floats, in the order in which they lie.
    pub(super) fn numbers(&self) -> Result<NumberRows<'_>, Failure> {
        match &self.data {
            Data::F32(v) | Data::F16(v) => Ok(NumberRows::row_by_row(v, self.as_rows()?.1)),
            Data::F32Columns(v) => Ok(*v),
            other => Err(format!("float32 wanted, {} given", other.type_name())),
        }
    }

    /// Integers that the operator's definition says are integers: axes, shapes, indices.
    pub(super) fn integers(&self) -> Result<&[i64], Failure> {
        match &self.data {
            Data::I64(v) => Ok(v),
            _ => Err("whole numbers wanted".into()),
        }
    }

    /// 16-bit floats are computed as 32-bit ones and rounded afterwards, as ONNX Runtime does on
    /// processors without such arithmetic.
    pub(super) fn widened(&self) -> Tensor<'r> {
        let data = match &self.data {
            Data::F16(v) => Data::F32(v.clone()),
            other => other.clone(),
        };
        Tensor {
            shape: self.shape.clone(),
            data,
        }
    }

    pub(super) fn narrowed(self) -> Tensor<'r> {
        match self.data {
            Data::F32(v) => Tensor {
                shape: self.shape,
                data: Data::F16(v.iter().map(|x| to_half(*x)).collect()),
            },
            _ => self,
        }
    }

    pub(super) fn is_half(&self) -> bool {
        matches!(self.data, Data::F16(_))
    }

    /// Categories become the texts that they stand for, and columns lie row by row.
    pub(super) fn spelled_out(&self) -> Tensor<'r> {
        let data = match &self.data {
            Data::F32Columns(v) => Data::F32(v.by_row()),
            Data::Categories { texts, codes } => {
                Data::Text(codes.iter().map(|code| texts[*code as usize]).collect())
            }
            other => other.clone(),
        };
        Tensor {
            shape: self.shape.clone(),
            data,
        }
    }

    pub(super) fn is_categories(&self) -> bool {
        matches!(self.data, Data::Categories { .. })
    }

    pub(super) fn is_column_by_column(&self) -> bool {
        matches!(self.data, Data::F32Columns(_))
    }
}

impl Data<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::F32(v) | Self::F16(v) => v.len(),
            Self::F32Columns(v) => v.len(),
            Self::F64(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Categories { codes, .. } => codes.len(),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Categories { .. })
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::F32(_) | Self::F32Columns(_) => "float32",
            Self::F64(_) => "float64",
            Self::I64(_) => "whole numbers",
            Self::Bool(_) => "bool",
            Self::Text(_) | Self::Categories { .. } => "text",
            Self::F16(_) => "float16",
        }
    }
}

pub(super) fn to_half(value: f32) -> f32 {
    f16::from_f32(value).to_f32()
}

pub(super) fn absolute_axis(axis: i64, rank: usize) -> Result<usize, Failure> {
    let from_front = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_front)
        .ok()
        .filter(|axis| *axis < rank)
        .ok_or_else(|| format!("there is no axis {axis} among {rank}"))
}

impl<'r> Data<'r> {
    /// The elements at these places, which must exist.
    pub(super) fn pick(&self, places: &[usize]) -> Result<Data<'r>, Failure> {
        fn each<T: Copy>(all: &[T], places: &[usize]) -> Result<Vec<T>, Failure> {
            places
                .iter()
                .map(|place| all.get(*place).copied())
                .collect::<Option<_>>()
                .ok_or_else(|| "an index points outside".into())
        }
        Ok(match self {
            Self::F32(v) => Self::F32(each(v, places)?.into()),
            Self::F32Columns(v) => Self::F32(each(&v.by_row(), places)?.into()),
            Self::F64(v) => Self::F64(each(v, places)?.into()),
            Self::I64(v) => Self::I64(each(v, places)?.into()),
            Self::Bool(v) => Self::Bool(each(v, places)?.into()),
            Self::Text(v) => Self::Text(each(v, places)?.into()),
            Self::Categories { texts, codes } => Self::Categories {
                texts,
                codes: each(codes, places)?.into(),
            },
            Self::F16(v) => Self::F16(each(v, places)?.into()),
        })
    }
}
