//! The feature preparation of `ai.onnx.ml`: scaling, normalizing, filling in, picking, joining.

use std::borrow::Cow;

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input};
use crate::inference::native::tensor::{Data, Tensor, elements};
use crate::inference::onnx::Node;

#[derive(Debug)]
struct Scaler {
    offset: Vec<f32>,
    scale: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
enum Normalizer {
    Max,
    L1,
    L2,
}

#[derive(Debug)]
struct Imputer {
    floats: Vec<f32>,
    replaced_float: f32,
    integers: Vec<i64>,
    replaced_integer: i64,
}

#[derive(Debug)]
struct Binarizer(f32);

#[derive(Debug)]
struct ArrayFeatureExtractor;

#[derive(Debug)]
struct FeatureVectorizer(Vec<i64>);

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "Scaler" => build_scaler(node),
        "Normalizer" => build_normalizer(node),
        "Imputer" => build_imputer(node),
        "Binarizer" => node
            .float("threshold")
            .map_err(Refusal::from)
            .map(|threshold| Box::new(Binarizer(threshold.unwrap_or(0.0))) as _),
        "ArrayFeatureExtractor" => Ok(Box::new(ArrayFeatureExtractor)),
        "FeatureVectorizer" => node
            .integers("inputdimensions")
            .map_err(Refusal::from)
            .map(|widths| Box::new(FeatureVectorizer(widths)) as _),
        _ => return None,
    })
}

fn build_scaler(node: &Node<'_>) -> Built {
    let (offset, scale) = (node.floats("offset")?, node.floats("scale")?);
    if scale.is_empty() || offset.len() != scale.len() {
        return Err(Refusal::Broken(
            "its offset and scale differ in length".into(),
        ));
    }
    Ok(Box::new(Scaler { offset, scale }))
}

fn build_normalizer(node: &Node<'_>) -> Built {
    Ok(Box::new(match node.text("norm")?.unwrap_or("MAX") {
        "MAX" => Normalizer::Max,
        "L1" => Normalizer::L1,
        "L2" => Normalizer::L2,
        other => return Err(Refusal::Broken(format!("there is no norm {other}"))),
    }))
}

fn build_imputer(node: &Node<'_>) -> Built {
    Ok(Box::new(Imputer {
        floats: node.floats("imputed_value_floats")?,
        replaced_float: node.float("replaced_value_float")?.unwrap_or(0.0),
        integers: node.integers("imputed_value_int64s")?,
        replaced_integer: node.integer("replaced_value_int64")?.unwrap_or(0),
    }))
}

impl Operator for Scaler {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let (_, width) = x.as_rows()?;
        if self.scale.len() != width && self.scale.len() != 1 {
            return Err(format!(
                "{} columns wanted, {width} given",
                self.scale.len()
            ));
        }
        let mut all = Vec::with_capacity(x.len());
        if let Data::F64(v) = &x.data {
            let factors = self.offset.iter().zip(&self.scale).cycle();
            all.extend(
                v.iter()
                    .zip(factors)
                    .map(|(x, (o, s))| ((x - f64::from(*o)) * f64::from(*s)) as f32),
            );
        } else {
            for row in x.to_f32()?.chunks(self.scale.len()) {
                let factors = self.offset.iter().zip(&self.scale);
                all.extend(row.iter().zip(factors).map(|(x, (o, s))| (x - o) * s));
            }
        }
        Ok(vec![Tensor::f32(x.shape.clone(), all)?])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.offset) + footprint::list(&self.scale)
    }
}

impl Operator for Normalizer {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let (_, width) = x.as_rows()?;
        let mut all = x.to_f32()?.into_owned();
        for row in all.chunks_mut(width.max(1)) {
            let norm = match self {
                Self::Max => row.iter().fold(f32::MIN, |max, x| max.max(*x)),
                Self::L1 => row.iter().map(|x| x.abs()).sum(),
                Self::L2 => row.iter().map(|x| x * x).sum(),
            };
            if norm == 0.0 {
                continue;
            }
            for x in row {
                *x = match self {
                    Self::Max | Self::L1 => *x / norm,
                    Self::L2 => (*x * *x / norm).sqrt().copysign(*x),
                };
            }
        }
        Ok(vec![Tensor::f32(x.shape.clone(), all)?])
    }
}

fn replaced<T: Copy>(
    all: &[T],
    fill: &[T],
    width: usize,
    is_missing: impl Fn(T) -> bool,
) -> Vec<T> {
    all.iter()
        .enumerate()
        .map(|(place, x)| match is_missing(*x) {
            true if fill.len() == width => fill[place % width],
            true => fill[0],
            false => *x,
        })
        .collect()
}

impl Operator for Imputer {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let (_, width) = x.as_rows()?;
        let data = match &x.data {
            Data::F32(v) if !self.floats.is_empty() => {
                let old = self.replaced_float;
                let is_missing = |x: f32| x == old || (x.is_nan() && old.is_nan());
                Data::F32(Cow::Owned(replaced(v, &self.floats, width, is_missing)))
            }
            Data::I64(v) if !self.integers.is_empty() => {
                let old = self.replaced_integer;
                Data::I64(Cow::Owned(replaced(v, &self.integers, width, |x| x == old)))
            }
            other => return Err(format!("it has nothing to fill {} with", other.type_name())),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.floats) + footprint::list(&self.integers)
    }
}

impl Operator for Binarizer {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let values = x.to_f32()?;
        // The standard does not say on which side it is; ONNX Runtime refuses it.
        if values.iter().any(|x| x.is_nan()) {
            return Err("a missing value (NaN) is on neither side of a threshold".into());
        }
        let bit = |x: &f32| if *x > self.0 { 1.0 } else { 0.0 };
        let all = values.iter().map(bit).collect();
        Ok(vec![Tensor::f32(x.shape.clone(), all)?])
    }
}

impl Operator for ArrayFeatureExtractor {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, indices) = (input(inputs, 0)?, input(inputs, 1)?);
        let width = *x.shape.last().ok_or("its input has no columns")?;
        let indices = indices.integers()?;
        if !indices.iter().all(|i| (0..width as i64).contains(i)) || indices.is_empty() {
            return Err("it asks for a column that is not there".into());
        }
        let outer: usize = x.shape[..x.rank() - 1].iter().product();
        // One dimension counts as one row.
        let mut shape = if x.rank() == 1 {
            vec![1]
        } else {
            x.shape[..x.rank() - 1].to_vec()
        };
        shape.push(indices.len());
        let mut places = Vec::with_capacity(elements(&shape)?);
        for row in 0..outer {
            places.extend(indices.iter().map(|index| row * width + *index as usize));
        }
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }
}

impl Operator for FeatureVectorizer {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (rows, _) = input(inputs, 0)?.as_rows()?;
        let mut parts = Vec::new();
        for (index, x) in inputs.iter().flatten().enumerate() {
            let (part_rows, width) = x.as_rows()?;
            if part_rows != rows || self.0.get(index) != Some(&(width as i64)) {
                return Err("its inputs do not fit inputdimensions".into());
            }
            parts.push((x.to_f32()?, width));
        }
        let width: usize = parts.iter().map(|(_, width)| width).sum();
        let mut all = Vec::with_capacity(elements(&[rows, width])?);
        for row in 0..rows {
            for (part, width) in &parts {
                all.extend_from_slice(&part[row * width..(row + 1) * width]);
            }
        }
        Ok(vec![Tensor::f32(vec![rows, width], all)?])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.0)
    }
}
