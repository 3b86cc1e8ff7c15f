//! Operators that keep every element and change its type, its place or the shape around it.

use std::borrow::Cow;

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor, absolute_axis, elements, to_half};
use crate::inference::onnx::{Node, Numbers, element};

/// `Identity`, `Dropout` outside training, and `ZipMap`, whose maps nobody here wants.
#[derive(Debug)]
pub(super) struct Pass;

#[derive(Debug)]
struct Cast(i64);

#[derive(Debug)]
struct Concat(i64);

#[derive(Debug)]
struct Reshape {
    shape: Option<Vec<i64>>,
    keeps_zero: bool,
}

#[derive(Debug)]
struct Flatten(i64);

#[derive(Debug)]
struct Squeeze {
    axes: Option<Vec<i64>>,
    is_unsqueeze: bool,
}

#[derive(Debug)]
struct Transpose(Vec<i64>);

/// From one axis to before another.
#[derive(Debug)]
struct Shape(i64, Option<i64>);

#[derive(Debug)]
struct Constant {
    shape: Vec<usize>,
    numbers: Numbers,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "Identity" | "Dropout" => Ok(Box::new(Pass)),
        "Cast" => build_cast(node),
        "Concat" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(Concat(axis.unwrap_or(1))) as _),
        "Reshape" => build_reshape(node),
        "Flatten" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(Flatten(axis.unwrap_or(1))) as _),
        "Squeeze" | "Unsqueeze" => build_squeeze(node),
        "Transpose" => node
            .integers("perm")
            .map_err(Refusal::from)
            .map(|perm| Box::new(Transpose(perm)) as _),
        "Shape" => build_shape(node),
        "Constant" => build_constant(node),
        _ => return None,
    })
}

fn build_cast(node: &Node<'_>) -> Built {
    // Before opset 6 the type was a text.
    match node.integer("to")? {
        Some(
            to @ (element::FLOAT
            | element::DOUBLE
            | element::FLOAT16
            | element::INT64
            | element::INT32
            | element::BOOL),
        ) => Ok(Box::new(Cast(to))),
        Some(other) => Err(Refusal::Uncovered(format!("Cast to type {other}"))),
        None => Err(Refusal::Uncovered("Cast of opset 5".into())),
    }
}

fn build_reshape(node: &Node<'_>) -> Built {
    let shape = node.integers("shape")?;
    Ok(Box::new(Reshape {
        shape: (!shape.is_empty()).then_some(shape),
        keeps_zero: node.flag("allowzero", false)?,
    }))
}

fn build_shape(node: &Node<'_>) -> Built {
    let start = node.integer("start")?.unwrap_or(0);
    Ok(Box::new(Shape(start, node.integer("end")?)))
}

fn build_squeeze(node: &Node<'_>) -> Built {
    let axes = node.integers("axes")?;
    Ok(Box::new(Squeeze {
        axes: node.has("axes").then_some(axes),
        is_unsqueeze: node.op == "Unsqueeze",
    }))
}

/// Whether it is of a type that is not read here, or kept in another file.
pub(super) fn check_constant(node: &Node<'_>) -> Result<(), Refusal> {
    match node.tensor("value")? {
        Some(tensor) if !tensor.is_readable() => Err(unusual_constant()),
        Some(_) => Ok(()),
        None => build_constant(node).map(drop),
    }
}

fn unusual_constant() -> Refusal {
    Refusal::Uncovered("Constant of an unusual type".into())
}

fn build_constant(node: &Node<'_>) -> Built {
    let content = match node.tensor("value")? {
        Some(tensor) => tensor.content()?,
        None if node.has("value_float") => node
            .float("value_float")?
            .map(|value| (Vec::new(), Numbers::F32(vec![value]))),
        None if node.has("value_int") => node
            .integer("value_int")?
            .map(|value| (Vec::new(), Numbers::I64(vec![value]))),
        None if node.has("value_floats") => {
            let all = node.floats("value_floats")?;
            Some((vec![all.len()], Numbers::F32(all)))
        }
        None if node.has("value_ints") => {
            let all = node.integers("value_ints")?;
            Some((vec![all.len()], Numbers::I64(all)))
        }
        None => None,
    };
    match content {
        Some((shape, numbers)) => Ok(Box::new(Constant { shape, numbers })),
        None => Err(unusual_constant()),
    }
}

impl Operator for Pass {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        Ok(vec![input(inputs, 0)?.clone()])
    }
}

impl Operator for Cast {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let data = match self.0 {
            element::FLOAT => Data::F32(Cow::Owned(x.to_f32()?.into_owned())),
            element::DOUBLE => Data::F64(Cow::Owned(x.to_f64()?.into_owned())),
            element::FLOAT16 => Data::F16(x.to_f32()?.iter().map(|v| to_half(*v)).collect()),
            element::INT64 => Data::I64(Cow::Owned(x.to_i64()?.into_owned())),
            element::INT32 => Data::I64(x.to_i64()?.iter().map(|v| i64::from(*v as i32)).collect()),
            _ => Data::Bool(x.to_f64()?.iter().map(|v| *v != 0.0).collect()),
        };
        Ok(vec![Tensor::new(x.shape.clone(), data)?])
    }

    fn takes_half(&self) -> bool {
        true
    }
}

impl Operator for Concat {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let parts: Vec<&Tensor<'r>> = inputs.iter().flatten().copied().collect();
        let first = *parts.first().ok_or("it has no inputs")?;
        let axis = first.axis(self.0)?;
        let mut shape = first.shape.clone();
        shape[axis] = 0;
        for part in &parts {
            let fits = part.rank() == shape.len()
                && (0..shape.len()).all(|a| a == axis || part.shape[a] == shape[a]);
            if !fits {
                return Err(format!("{:?} does not fit {:?}", part.shape, first.shape));
            }
            shape[axis] += part.shape[axis];
        }
        elements(&shape)?;
        let outer: usize = shape[..axis].iter().product();
        let widths: Vec<usize> = parts
            .iter()
            .map(|part| part.shape[axis..].iter().product())
            .collect();
        macro_rules! join {
            ($variant:ident) => {{
                let slices: Vec<_> = parts
                    .iter()
                    .map(|part| match &part.data {
                        Data::$variant(v) => Ok(&v[..]),
                        other => Err(format!("{} among others", other.type_name())),
                    })
                    .collect::<Result<_, Failure>>()?;
                Data::$variant(Cow::Owned(interleave(&slices, &widths, outer)))
            }};
        }
        let data = match &first.data {
            Data::F32(_) | Data::F32Columns(_) => join!(F32),
            Data::F64(_) => join!(F64),
            Data::I64(_) => join!(I64),
            Data::Bool(_) => join!(Bool),
            Data::Text(_) | Data::Categories { .. } => join!(Text),
            Data::F16(_) => join!(F16),
        };
        Ok(vec![Tensor::new(shape, data)?])
    }
}

fn interleave<T: Copy>(parts: &[&[T]], widths: &[usize], outer: usize) -> Vec<T> {
    let mut all = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    // One value of each, as where every feature is an input of its own: copying slices would cost more
    // than what they hold.
    if widths.iter().all(|width| *width == 1) {
        for row in 0..outer {
            all.extend(parts.iter().map(|part| part[row]));
        }
        return all;
    }
    for row in 0..outer {
        for (part, width) in parts.iter().zip(widths) {
            all.extend_from_slice(&part[row * width..(row + 1) * width]);
        }
    }
    all
}

impl Operator for Reshape {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let wanted = match (&self.shape, optional(inputs, 1)) {
            (_, Some(shape)) => shape.integers()?,
            (Some(shape), None) => shape,
            _ => return Err("it has no shape".into()),
        };
        let mut shape = Vec::with_capacity(wanted.len());
        let mut open = None;
        for (axis, size) in wanted.iter().enumerate() {
            shape.push(match size {
                -1 if open.is_none() => {
                    open = Some(axis);
                    1
                }
                0 if !self.keeps_zero => *x.shape.get(axis).ok_or("it copies no dimension")?,
                size => usize::try_from(*size).map_err(|_| "a dimension is negative")?,
            });
        }
        if let Some(axis) = open {
            shape[axis] = x.len() / elements(&shape)?.max(1);
        }
        Ok(vec![x.reshaped(shape)?])
    }

    fn bytes(&self) -> usize {
        self.shape.as_ref().map_or(0, footprint::list)
    }
}

impl Operator for Flatten {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let rank = x.rank() as i64;
        let axis = if self.0 == rank {
            x.rank()
        } else {
            x.axis(self.0)?
        };
        let outer = x.shape[..axis].iter().product();
        let inner = x.shape[axis..].iter().product();
        Ok(vec![x.reshaped(vec![outer, inner])?])
    }
}

impl Operator for Squeeze {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axes = match optional(inputs, 1) {
            Some(axes) => Some(axes.integers()?),
            None => self.axes.as_deref(),
        };
        let mut shape = x.shape.clone();
        match (axes, self.is_unsqueeze) {
            (None, false) => shape.retain(|size| *size != 1),
            (None, true) => return Err("it has no axes".into()),
            (Some(axes), false) => {
                let marked = marked(axes, x.rank())?;
                if (0..x.rank()).any(|axis| marked[axis] && shape[axis] != 1) {
                    return Err(format!("no such axes to drop in {shape:?}"));
                }
                let mut axis = 0;
                shape.retain(|_| {
                    axis += 1;
                    !marked[axis - 1]
                });
            }
            (Some(axes), true) => {
                let marked = marked(axes, x.rank() + axes.len())?;
                let mut old = shape.into_iter();
                shape = marked
                    .iter()
                    .map(|is_new| if *is_new { Some(1) } else { old.next() })
                    .collect::<Option<_>>()
                    .ok_or("an axis is named twice")?;
            }
        }
        Ok(vec![x.reshaped(shape)?])
    }

    fn bytes(&self) -> usize {
        self.axes.as_ref().map_or(0, footprint::list)
    }
}

fn marked(axes: &[i64], rank: usize) -> Result<Vec<bool>, Failure> {
    if rank > 16 {
        return Err("too many axes".into());
    }
    let mut marked = vec![false; rank];
    for axis in axes {
        marked[absolute_axis(*axis, rank)?] = true;
    }
    Ok(marked)
}

impl Operator for Transpose {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let rank = x.rank();
        let order: Vec<usize> = if self.0.is_empty() {
            (0..rank).rev().collect()
        } else {
            self.0
                .iter()
                .map(|axis| x.axis(*axis))
                .collect::<Result<_, _>>()?
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..rank) {
            return Err("its axes are not a permutation".into());
        }
        let mut steps = vec![1; rank];
        for axis in (1..rank).rev() {
            steps[axis - 1] = steps[axis] * x.shape[axis];
        }
        let shape: Vec<usize> = order.iter().map(|axis| x.shape[*axis]).collect();
        let mut places = vec![0];
        for axis in &order {
            places = places
                .iter()
                .flat_map(|place| {
                    let step = steps[*axis];
                    (0..x.shape[*axis]).map(move |i| place + i * step)
                })
                .collect();
        }
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.0)
    }
}

impl Operator for Shape {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let shape = &input(inputs, 0)?.shape;
        let rank = shape.len() as i64;
        let bound = |axis: i64| {
            let axis = if axis < 0 {
                axis.saturating_add(rank)
            } else {
                axis
            };
            axis.clamp(0, rank) as usize
        };
        let (start, end) = (bound(self.0), self.1.map_or(shape.len(), bound));
        let sizes = shape.get(start..end).unwrap_or_default().iter();
        let sizes: Vec<i64> = sizes.map(|size| *size as i64).collect();
        Ok(vec![Tensor::i64(vec![sizes.len()], sizes)?])
    }
}

impl Operator for Constant {
    fn run<'r>(&'r self, _: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        elements(&self.shape)?;
        Ok(vec![Tensor::of_numbers(&self.shape, &self.numbers)])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.shape) + footprint::numbers(&self.numbers)
    }
}
