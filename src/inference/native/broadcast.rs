//! Numpy's broadcasting, as ONNX defines it for operators of two or three inputs.

use super::tensor::{Failure, elements};

/// The common shape of two.
pub(super) fn shape_of(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Failure> {
    let rank = a.len().max(b.len());
    let size = |shape: &[usize], axis: usize| {
        (axis + shape.len())
            .checked_sub(rank)
            .map_or(1, |axis| shape[axis])
    };
    let shape = (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (left, right) if left == right => Ok(left),
            (1, other) | (other, 1) => Ok(other),
            _ => Err(format!("the shapes {a:?} and {b:?} do not fit")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    elements(&shape)?;
    Ok(shape)
}

/// For every element of `shape`, where in a value of the shape `from` it comes from. The two must
/// fit.
pub(super) struct Source {
    steps: Vec<usize>,
}

impl Source {
    pub(super) fn new(from: &[usize], shape: &[usize]) -> Self {
        let mut steps = vec![0; shape.len()];
        let mut step = 1;
        for (axis, size) in from.iter().enumerate().rev() {
            let axis = axis + shape.len() - from.len();
            if *size != 1 {
                steps[axis] = step;
            }
            step *= size;
        }
        Source { steps }
    }
}

/// Walks through all elements of `shape`, giving each one's place in two sources.
pub(super) fn for_each(
    shape: &[usize],
    a: &Source,
    b: &Source,
    mut visit: impl FnMut(usize, usize),
) {
    let Some((inner, outer)) = shape.split_last() else {
        visit(0, 0);
        return;
    };
    if shape.contains(&0) {
        return;
    }
    let last = outer.len();
    let mut counter = vec![0_usize; last];
    let (mut at_a, mut at_b) = (0, 0);
    loop {
        for i in 0..*inner {
            visit(at_a + i * a.steps[last], at_b + i * b.steps[last]);
        }
        let mut axis = last;
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            counter[axis] += 1;
            at_a += a.steps[axis];
            at_b += b.steps[axis];
            if counter[axis] < shape[axis] {
                break;
            }
            at_a -= a.steps[axis] * shape[axis];
            at_b -= b.steps[axis] * shape[axis];
            counter[axis] = 0;
        }
    }
}

/// Applies a function of two elements to two values.
pub(super) fn zip<A: Copy, B: Copy, T>(
    (a, a_shape): (&[A], &[usize]),
    (b, b_shape): (&[B], &[usize]),
    f: impl Fn(A, B) -> T,
) -> Result<(Vec<usize>, Vec<T>), Failure> {
    if a_shape == b_shape {
        let all = a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect();
        return Ok((a_shape.to_vec(), all));
    }
    let shape = shape_of(a_shape, b_shape)?;
    if let ([y], true) = (b, a_shape == shape) {
        return Ok((shape, a.iter().map(|x| f(*x, *y)).collect()));
    }
    if let ([x], true) = (a, b_shape == shape) {
        return Ok((shape, b.iter().map(|y| f(*x, *y)).collect()));
    }
    let mut all = Vec::with_capacity(elements(&shape)?);
    // A row against every row: the most frequent case.
    if a_shape == shape && !b.is_empty() && shape.ends_with(trimmed(b_shape)) {
        for row in a.chunks(b.len()) {
            all.extend(row.iter().zip(b).map(|(x, y)| f(*x, *y)));
        }
        return Ok((shape, all));
    }
    let (from_a, from_b) = (Source::new(a_shape, &shape), Source::new(b_shape, &shape));
    for_each(&shape, &from_a, &from_b, |i, j| all.push(f(a[i], b[j])));
    Ok((shape, all))
}

/// Without the ones in front.
fn trimmed(shape: &[usize]) -> &[usize] {
    let ones = shape.iter().take_while(|size| **size == 1).count();
    &shape[ones..]
}
