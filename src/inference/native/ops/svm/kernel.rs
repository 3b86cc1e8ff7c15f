//! Kernel values between rows and vectors: the inner part of every support vector machine.
//!
//! Sixteen vectors are held side by side, so that one row meets all of them at once while each sum
//! is still made from the first feature to the last: the order of ONNX Runtime's RBF kernel.

use crate::inference::native::footprint;
use crate::inference::native::operator::Refusal;
use crate::inference::onnx::Node;

const LANES: usize = 16;
/// Rows that meet a group of vectors while it lies in the nearest cache.
pub(super) const ROWS: usize = 16;

/// The attributes `kernel_type` and `kernel_params`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kernel {
    Linear,
    Poly { gamma: f32, coef0: f32, degree: f32 },
    Rbf { gamma: f32 },
    Sigmoid { gamma: f32, coef0: f32 },
}

impl Kernel {
    pub(super) fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let name = node.text("kernel_type")?.unwrap_or("LINEAR");
        if name == "LINEAR" {
            return Ok(Self::Linear);
        }
        let [gamma, coef0, degree] = node.floats("kernel_params")?[..] else {
            return Err(Refusal::Broken("it needs three kernel_params".into()));
        };
        Ok(match name {
            "POLY" => Self::Poly {
                gamma,
                coef0,
                degree,
            },
            "RBF" => Self::Rbf { gamma },
            "SIGMOID" => Self::Sigmoid { gamma, coef0 },
            other => return Err(Refusal::Broken(format!("there is no kernel {other}"))),
        })
    }
}

/// Vectors that rows are compared with.
#[derive(Debug)]
pub(super) struct Vectors {
    /// For each group of vectors, for each feature, a value a vector; the last group is filled up
    /// with zeros.
    groups: Vec<[f32; LANES]>,
    kernel: Kernel,
    pub(super) width: usize,
}

impl Vectors {
    /// From `count` vectors that lie one after the other.
    pub(super) fn of(all: &[f32], count: usize, kernel: Kernel) -> Result<Self, Refusal> {
        let width = all.len().checked_div(count).unwrap_or(0);
        if width == 0 || width.checked_mul(count) != Some(all.len()) {
            return Err(Refusal::Broken(format!(
                "{} numbers for {count} vectors",
                all.len()
            )));
        }
        let mut groups = vec![[0.0; LANES]; count.div_ceil(LANES) * width];
        for (index, vector) in all.chunks_exact(width).enumerate() {
            let first = index / LANES * width;
            for (features, value) in groups[first..first + width].iter_mut().zip(vector) {
                features[index % LANES] = *value;
            }
        }
        Ok(Vectors {
            groups,
            kernel,
            width,
        })
    }

    /// Kernel values a row, those of the filling included.
    pub(super) fn stride(&self) -> usize {
        self.groups.len() / self.width * LANES
    }

    /// The values for up to [`ROWS`] rows. `offset` is added to each scalar product of the linear
    /// kernel.
    pub(super) fn values(&self, rows: &[f32], offset: f32, into: &mut [f32]) {
        let stride = self.stride();
        for (index, group) in self.groups.chunks_exact(self.width).enumerate() {
            for (row, values) in rows
                .chunks_exact(self.width)
                .zip(into.chunks_exact_mut(stride))
            {
                let values = &mut values[index * LANES..(index + 1) * LANES];
                if matches!(self.kernel, Kernel::Rbf { .. }) {
                    values.copy_from_slice(&distances(row, group));
                } else {
                    values.copy_from_slice(&products(row, group));
                }
            }
        }
        let count = rows.len() / self.width * stride;
        let all = into[..count].iter_mut();
        match self.kernel {
            Kernel::Linear => all.for_each(|v| *v += offset),
            Kernel::Rbf { gamma } => all.for_each(|v| *v = (-gamma * *v).exp()),
            Kernel::Sigmoid { gamma, coef0 } => {
                all.for_each(|v| *v = (gamma * *v + coef0).tanh());
            }
            Kernel::Poly {
                gamma,
                coef0,
                degree,
            } => all.for_each(|v| *v = power(gamma * *v + coef0, degree)),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        footprint::list(&self.groups)
    }
}

/// Squared distances of a row from the vectors of a group.
fn distances(row: &[f32], group: &[[f32; LANES]]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (x, features) in row.iter().zip(group) {
        for (sum, value) in sums.iter_mut().zip(features) {
            let difference = x - value;
            *sum += difference * difference;
        }
    }
    sums
}

/// Scalar products of a row with the vectors of a group.
fn products(row: &[f32], group: &[[f32; LANES]]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for (x, features) in row.iter().zip(group) {
        for (sum, value) in sums.iter_mut().zip(features) {
            *sum += x * value;
        }
    }
    sums
}

/// The two degrees that exporters write are exact products.
fn power(x: f32, degree: f32) -> f32 {
    if degree == 2.0 {
        x * x
    } else if degree == 3.0 {
        x * x * x
    } else {
        x.powf(degree)
    }
}
