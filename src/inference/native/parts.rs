//! The columns of an operator that applies the encoders before it itself: see `join`.

use super::footprint;
use super::ops::encode::OneHotEncoder;
use super::ops::{Operator, Refusal, input};
use super::proto::Node;
use super::tensor::{Data, Failure, Tensor};

/// Columns side by side, in one of the forms in which they come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'p> {
    /// Numbers, row by row.
    Numbers { values: &'p [f32], width: usize },
    /// Categories, each of which stands for `categories` columns: zeros, with a one at its place.
    /// `width` of them a row; [`NO_CODE`](super::ops::encode::NO_CODE) is zeros only.
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
            Self::Numbers { width, .. } => *width,
            Self::OneHot {
                width, categories, ..
            } => width * categories,
        }
    }
}

/// What is to be done with each input of an operator.
#[derive(Debug)]
pub(super) struct Preparations(Vec<Preparation>);

#[derive(Debug)]
enum Preparation {
    /// Numbers that are columns as they are.
    Numbers,
    /// `width` values a row to be encoded.
    OneHot {
        encoder: OneHotEncoder,
        width: usize,
    },
}

impl Preparations {
    /// `None` for an operator that takes its input as it is.
    pub(super) fn of(node: &Node<'_>) -> Result<Option<Self>, Refusal> {
        if node.encoders.is_empty() {
            return Ok(None);
        }
        let all = node.encoders.iter().map(|encoder| match encoder {
            None => Ok(Preparation::Numbers),
            Some(encoder) => Ok(Preparation::OneHot {
                encoder: OneHotEncoder::of(&encoder.node)?,
                width: encoder.width,
            }),
        });
        Ok(Some(Preparations(all.collect::<Result<_, Refusal>>()?)))
    }

    /// Calls `run` with the columns of all inputs, from left to right, and the number of rows.
    pub(super) fn with_parts<T>(
        &self,
        inputs: &[Option<&Tensor<'_>>],
        run: impl FnOnce(&[Part<'_>], usize) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let rows = input(inputs, 0)?.shape.first().copied().unwrap_or(0);
        let (mut codes, mut numbers) = (Vec::new(), Vec::new());
        for (index, preparation) in self.0.iter().enumerate() {
            let x = input(inputs, index)?;
            match preparation {
                Preparation::OneHot { encoder, width } => {
                    let wanted = rows.checked_mul(*width);
                    if x.shape.first() != Some(&rows) || wanted != Some(x.len()) {
                        return Err(format!("{rows} rows wanted, {:?} given", x.shape));
                    }
                    codes.push(encoder.codes(x)?);
                }
                Preparation::Numbers => {
                    let fits = x.rank() == 2 && x.shape[0] == rows;
                    if !fits || !matches!(x.data, Data::F32(_)) {
                        return Err(format!(
                            "{rows} rows of float32 wanted, {:?} of {} given",
                            x.shape,
                            x.data.type_name()
                        ));
                    }
                    numbers.push((x.to_f32()?, x.shape[1]));
                }
            }
        }
        let (mut codes, mut numbers) = (codes.iter(), numbers.iter());
        let part = |preparation: &Preparation| match preparation {
            Preparation::OneHot { encoder, width } => Some(Part::OneHot {
                codes: codes.next()?,
                width: *width,
                categories: encoder.count(),
            }),
            Preparation::Numbers => {
                let (values, width) = numbers.next()?;
                Some(Part::Numbers {
                    values,
                    width: *width,
                })
            }
        };
        let parts: Vec<Part<'_>> = self.0.iter().filter_map(part).collect();
        run(&parts, rows)
    }

    pub(super) fn bytes(&self) -> usize {
        let encoder = |preparation: &Preparation| match preparation {
            Preparation::OneHot { encoder, .. } => encoder.bytes(),
            Preparation::Numbers => 0,
        };
        footprint::list(&self.0) + self.0.iter().map(encoder).sum::<usize>()
    }
}
