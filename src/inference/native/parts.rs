//! The columns of an operator that applies the encoders before it itself: see `fusion`.

use super::call::Source;
use super::footprint;
use super::numbers::NumberRows;
use super::one_hot::OneHotEncoder;
use super::operator::{Operator, Refusal, input};
use super::tensor::{Data, Failure, Tensor};

/// Columns side by side, in one of the forms in which they come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'p> {
    /// Numbers.
    Numbers(NumberRows<'p>),
    /// Categories, each of which stands for `categories` columns: zeros, with a one at its place.
    /// `width` of them a row; [`NO_CODE`](super::one_hot::NO_CODE) is zeros only.
    OneHot {
        codes: &'p [u32],
        width: usize,
        categories: usize,
    },
}

impl Part<'_> {
    /// Columns that it stands for.
    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.width(),
            Self::OneHot {
                width, categories, ..
            } => width * categories,
        }
    }
}

/// Columns that stand for categories, a value after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OneHotColumns {
    pub(super) first: usize,
    /// Values a row.
    pub(super) width: usize,
    /// Columns of a value.
    pub(super) categories: usize,
}

impl OneHotColumns {
    /// Which value a column is about, and which of its categories.
    pub(super) fn find(&self, column: u32) -> Option<(usize, usize)> {
        let place = (column as usize).checked_sub(self.first)?;
        (place < self.width * self.categories)
            .then(|| (place / self.categories, place % self.categories))
    }
}

/// What is to be done with each input of an operator.
#[derive(Debug)]
pub(super) struct FusedInputs(Vec<FusedInput>);

#[derive(Debug)]
enum FusedInput {
    /// Numbers that are columns as they are; how many, if the graph tells.
    Numbers { width: Option<usize> },
    /// `width` values a row to be encoded.
    OneHot {
        encoder: OneHotEncoder,
        width: usize,
    },
}

impl FusedInputs {
    /// `None` for an operator that takes its input as it is.
    pub(super) fn of(sources: &[Source<'_, '_>]) -> Result<Option<Self>, Refusal> {
        if sources.is_empty() {
            return Ok(None);
        }
        let all = sources.iter().map(|source| match source {
            Source::Numbers { width } => Ok(FusedInput::Numbers { width: *width }),
            Source::OneHot { encoder, width } => Ok(FusedInput::OneHot {
                encoder: OneHotEncoder::of(encoder)?,
                width: *width,
            }),
        });
        Ok(Some(FusedInputs(all.collect::<Result<_, Refusal>>()?)))
    }

    /// Where the columns of categories are; `None` if the graph does not tell.
    pub(super) fn one_hot_columns(&self) -> Option<Vec<OneHotColumns>> {
        let mut all = Vec::new();
        let mut first = 0_usize;
        for fused in &self.0 {
            let columns = match fused {
                FusedInput::Numbers { width } => (*width)?,
                FusedInput::OneHot { encoder, width } => {
                    let categories = encoder.count();
                    all.push(OneHotColumns {
                        first,
                        width: *width,
                        categories,
                    });
                    width.checked_mul(categories)?
                }
            };
            first = first.checked_add(columns)?;
        }
        Some(all)
    }

    /// Calls `run` with the columns of all inputs, from left to right, and the number of rows.
    pub(super) fn with_parts<T>(
        &self,
        inputs: &[Option<&Tensor<'_>>],
        run: impl FnOnce(&[Part<'_>], usize) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let rows = input(inputs, 0)?.shape.first().copied().unwrap_or(0);
        let (mut codes, mut numbers) = (Vec::new(), Vec::new());
        for (index, fused) in self.0.iter().enumerate() {
            let x = input(inputs, index)?;
            match fused {
                FusedInput::OneHot { encoder, width } => {
                    let wanted = rows.checked_mul(*width);
                    if x.shape.first() != Some(&rows) || wanted != Some(x.len()) {
                        return Err(format!("{rows} rows wanted, {:?} given", x.shape));
                    }
                    codes.push(encoder.codes(x)?);
                }
                FusedInput::Numbers { width } => {
                    let fits = x.rank() == 2
                        && x.shape[0] == rows
                        && width.is_none_or(|width| x.shape[1] == width);
                    if !fits || !matches!(x.data, Data::F32(_) | Data::F32Columns(_)) {
                        return Err(format!(
                            "{rows} rows of float32 wanted, {:?} of {} given",
                            x.shape,
                            x.data.type_name()
                        ));
                    }
                    numbers.push(x.numbers()?);
                }
            }
        }
        let (mut codes, mut numbers) = (codes.iter(), numbers.iter());
        let part = |fused: &FusedInput| match fused {
            FusedInput::OneHot { encoder, width } => Some(Part::OneHot {
                codes: codes.next()?,
                width: *width,
                categories: encoder.count(),
            }),
            FusedInput::Numbers { .. } => numbers.next().map(|numbers| Part::Numbers(*numbers)),
        };
        let parts: Vec<Part<'_>> = self.0.iter().filter_map(part).collect();
        run(&parts, rows)
    }

    pub(super) fn bytes(&self) -> usize {
        let encoder = |fused: &FusedInput| match fused {
            FusedInput::OneHot { encoder, .. } => encoder.bytes(),
            FusedInput::Numbers { .. } => 0,
        };
        footprint::list(&self.0) + self.0.iter().map(encoder).sum::<usize>()
    }
}
