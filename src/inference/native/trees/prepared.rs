//! A tree ensemble that encodes its categories itself: a category is marked where the kernel reads
//! it, and the hundred columns of zeros around it are never made as a matrix.

use super::TreeEnsemble;
use super::groups::Part;
use crate::inference::native::footprint;
use crate::inference::native::ops::encode::OneHotEncoder;
use crate::inference::native::ops::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::proto::Node;
use crate::inference::native::tensor::{Data, Tensor};

#[derive(Debug)]
struct PreparedTrees {
    ensemble: TreeEnsemble,
    /// For each input.
    preparations: Vec<Preparation>,
}

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

pub(super) fn build(ensemble: TreeEnsemble, node: &Node<'_>) -> Built {
    if !ensemble.takes_parts() {
        return Err(Refusal::Uncovered("encoders before such trees".into()));
    }
    let preparations = node.encoders.iter().map(|encoder| match encoder {
        None => Ok(Preparation::Numbers),
        Some(encoder) => Ok(Preparation::OneHot {
            encoder: OneHotEncoder::of(&encoder.node)?,
            width: encoder.width,
        }),
    });
    Ok(Box::new(PreparedTrees {
        preparations: preparations.collect::<Result<_, Refusal>>()?,
        ensemble,
    }))
}

impl Operator for PreparedTrees {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let rows = input(inputs, 0)?.shape.first().copied().unwrap_or(0);
        let (mut codes, mut numbers) = (Vec::new(), Vec::new());
        for (index, preparation) in self.preparations.iter().enumerate() {
            let x = input(inputs, index)?;
            match preparation {
                Preparation::OneHot { encoder, width } => {
                    if x.shape.first() != Some(&rows) || x.len() != rows * width {
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
        let part = |preparation: &'r Preparation| match preparation {
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
        let parts: Vec<Part<'_>> = self.preparations.iter().filter_map(part).collect();
        self.ensemble.run_parts(&parts, rows)
    }

    fn bytes(&self) -> usize {
        let encoders: usize = self
            .preparations
            .iter()
            .map(|preparation| match preparation {
                Preparation::OneHot { encoder, .. } => encoder.bytes(),
                Preparation::Numbers => 0,
            })
            .sum();
        self.ensemble.bytes() + encoders + footprint::list(&self.preparations)
    }

    fn block_rows(&self) -> Option<usize> {
        self.ensemble.block_rows()
    }

    fn takes_categories(&self) -> bool {
        true
    }
}
