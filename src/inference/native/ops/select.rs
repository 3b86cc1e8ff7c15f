//! Operators that take some of the elements: by index, by range, or the largest.

use crate::inference::native::footprint;
use crate::inference::native::operator::{Built, Operator, Outputs, Refusal, input, optional};
use crate::inference::native::tensor::{Data, Failure, Tensor, elements};
use crate::inference::onnx::Node;

#[derive(Debug)]
struct Gather(i64);

#[derive(Debug, Default)]
struct Slice {
    starts: Vec<i64>,
    ends: Vec<i64>,
    axes: Vec<i64>,
}

#[derive(Debug)]
struct ArgBest {
    axis: i64,
    keeps_axis: bool,
    takes_last: bool,
    is_min: bool,
}

#[derive(Debug)]
struct TopK {
    /// Before opset 10 it was an attribute.
    k: Option<i64>,
    axis: i64,
    is_largest: bool,
}

pub(super) fn build(node: &Node<'_>) -> Option<Built> {
    Some(match node.op {
        "Gather" => node
            .integer("axis")
            .map_err(Refusal::from)
            .map(|axis| Box::new(Gather(axis.unwrap_or(0))) as _),
        "Slice" => build_slice(node),
        "ArgMax" | "ArgMin" => build_arg_best(node),
        "TopK" => build_top_k(node),
        _ => return None,
    })
}

fn build_slice(node: &Node<'_>) -> Built {
    Ok(Box::new(Slice {
        starts: node.integers("starts")?,
        ends: node.integers("ends")?,
        axes: node.integers("axes")?,
    }))
}

fn build_arg_best(node: &Node<'_>) -> Built {
    Ok(Box::new(ArgBest {
        axis: node.integer("axis")?.unwrap_or(0),
        keeps_axis: node.flag("keepdims", true)?,
        takes_last: node.flag("select_last_index", false)?,
        is_min: node.op == "ArgMin",
    }))
}

fn build_top_k(node: &Node<'_>) -> Built {
    Ok(Box::new(TopK {
        k: node.integer("k")?,
        axis: node.integer("axis")?.unwrap_or(-1),
        is_largest: node.flag("largest", true)?,
    }))
}

/// Sizes before, along and after an axis.
pub(super) fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (
        shape[..axis].iter().product(),
        shape[axis],
        shape[axis + 1..].iter().product(),
    )
}

/// Negative indices count from the end.
pub(super) fn absolute_index(index: i64, size: usize) -> Result<usize, Failure> {
    let from_front = if index < 0 {
        index + size as i64
    } else {
        index
    };
    usize::try_from(from_front)
        .ok()
        .filter(|index| *index < size)
        .ok_or_else(|| format!("there is no element {index} among {size}"))
}

impl Operator for Gather {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let (x, indices) = (input(inputs, 0)?, input(inputs, 1)?);
        let axis = x.axis(self.0)?;
        let (outer, size, inner) = around(&x.shape, axis);
        let wanted = indices
            .integers()?
            .iter()
            .map(|index| absolute_index(*index, size))
            .collect::<Result<Vec<_>, _>>()?;
        let mut shape = x.shape[..axis].to_vec();
        shape.extend(&indices.shape);
        shape.extend(&x.shape[axis + 1..]);
        let mut places = Vec::with_capacity(elements(&shape)?);
        for before in 0..outer {
            for index in &wanted {
                let first = (before * size + index) * inner;
                places.extend(first..first + inner);
            }
        }
        Ok(vec![Tensor::new(shape, x.data.pick(&places)?)?])
    }
}

/// The indices that a slice keeps, as Python's do.
fn kept(start: i64, end: i64, step: i64, size: usize) -> Result<Vec<usize>, Failure> {
    let size = size as i64;
    let bound = |place: i64, low: i64, high: i64| {
        let place = if place < 0 {
            place.saturating_add(size)
        } else {
            place
        };
        place.clamp(low, high)
    };
    let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(match step {
        0 => return Err("its step is zero".into()),
        1.. => (bound(start, 0, size)..bound(end, 0, size))
            .step_by(stride)
            .map(|index| index as usize)
            .collect(),
        _ => ((bound(end, -1, size - 1) + 1)..=bound(start, -1, size - 1))
            .rev()
            .step_by(stride)
            .map(|index| index as usize)
            .collect(),
    })
}

impl Operator for Slice {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        fn list<'i>(
            inputs: &[Option<&'i Tensor<'_>>],
            index: usize,
            attribute: &'i [i64],
        ) -> Result<&'i [i64], Failure> {
            optional(inputs, index).map_or(Ok(attribute), |tensor| tensor.integers())
        }
        let x = input(inputs, 0)?;
        let starts = list(inputs, 1, &self.starts)?;
        let ends = list(inputs, 2, &self.ends)?;
        let axes = list(inputs, 3, &self.axes)?;
        let steps = list(inputs, 4, &[])?;
        if ends.len() != starts.len() {
            return Err("starts and ends differ in number".into());
        }
        let mut result = x.clone();
        for (position, (start, end)) in starts.iter().zip(ends).enumerate() {
            let axis = match axes.get(position) {
                Some(axis) => result.axis(*axis)?,
                None => result.axis(position as i64)?,
            };
            let step = steps.get(position).copied().unwrap_or(1);
            let (outer, size, inner) = around(&result.shape, axis);
            let kept = kept(*start, *end, step, size)?;
            let mut places = Vec::new();
            for before in 0..outer {
                for index in &kept {
                    let first = (before * size + index) * inner;
                    places.extend(first..first + inner);
                }
            }
            let mut shape = result.shape.clone();
            shape[axis] = kept.len();
            result = Tensor::new(shape, result.data.pick(&places)?)?;
        }
        Ok(vec![result])
    }

    fn bytes(&self) -> usize {
        footprint::list(&self.starts) + footprint::list(&self.ends) + footprint::list(&self.axes)
    }
}

/// The place of the first best element of every run of `size` elements, `inner` apart.
fn best<T: Copy + PartialOrd>(
    all: &[T],
    (outer, size, inner): (usize, usize, usize),
    is_better: impl Fn(T, T) -> bool,
) -> Vec<i64> {
    let mut found = Vec::with_capacity(outer * inner);
    for before in 0..outer {
        for after in 0..inner {
            let at = |index: usize| all[(before * size + index) * inner + after];
            let mut winner = 0;
            for index in 1..size {
                if is_better(at(index), at(winner)) {
                    winner = index;
                }
            }
            found.push(winner as i64);
        }
    }
    found
}

impl ArgBest {
    fn find<T: Copy + PartialOrd>(&self, all: &[T], sizes: (usize, usize, usize)) -> Vec<i64> {
        match (self.is_min, self.takes_last) {
            (false, false) => best(all, sizes, |new, old| new > old),
            (false, true) => best(all, sizes, |new, old| new >= old),
            (true, false) => best(all, sizes, |new, old| new < old),
            (true, true) => best(all, sizes, |new, old| new <= old),
        }
    }
}

impl Operator for ArgBest {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axis = x.axis(self.axis)?;
        let sizes = around(&x.shape, axis);
        if sizes.1 == 0 {
            return Err("there is nothing to choose from".into());
        }
        let found = match &x.data {
            Data::F32(v) => self.find(v, sizes),
            Data::F64(v) => self.find(v, sizes),
            Data::I64(v) => self.find(v, sizes),
            other => return Err(format!("not defined for {}", other.type_name())),
        };
        let mut shape = x.shape.clone();
        if self.keeps_axis {
            shape[axis] = 1;
        } else {
            shape.remove(axis);
        }
        Ok(vec![Tensor::i64(shape, found)?])
    }
}

impl Operator for TopK {
    fn run<'r>(&'r self, inputs: &[Option<&Tensor<'r>>]) -> Outputs<'r> {
        let x = input(inputs, 0)?;
        let axis = x.axis(self.axis)?;
        let (outer, size, inner) = around(&x.shape, axis);
        let k = match (self.k, optional(inputs, 1)) {
            (_, Some(k)) => k.integers()?.first().copied(),
            (k, None) => k,
        };
        let k = k.ok_or("it has no k")?;
        let k = usize::try_from(k)
            .ok()
            .filter(|k| *k <= size)
            .ok_or("its k does not fit")?;
        let keys = x.to_f64()?;
        let mut shape = x.shape.clone();
        shape[axis] = k;
        let mut places = vec![0; elements(&shape)?];
        let mut indices = vec![0; places.len()];
        for before in 0..outer {
            for after in 0..inner {
                let place = |index: usize| (before * size + index) * inner + after;
                let mut order: Vec<usize> = (0..size).collect();
                // Stable: of equal elements, the one with the lower index comes first.
                order.sort_by(|a, b| {
                    let order = keys[place(*a)].total_cmp(&keys[place(*b)]);
                    if self.is_largest {
                        order.reverse()
                    } else {
                        order
                    }
                });
                for (rank, index) in order.into_iter().take(k).enumerate() {
                    let to = (before * k + rank) * inner + after;
                    places[to] = place(index);
                    indices[to] = index as i64;
                }
            }
        }
        let values = Tensor::new(shape.clone(), x.data.pick(&places)?)?;
        Ok(vec![values, Tensor::i64(shape, indices)?])
    }
}
