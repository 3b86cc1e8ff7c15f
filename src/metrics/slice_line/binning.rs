//! A feature cut into bins.

/// A feature as codes, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned {
    /// Codes lie below this.
    pub bins: usize,
    /// A row's bin.
    pub codes: Vec<u16>,
}

/// Numbers cut at `edges` into `(-inf, e1], (e1, e2], ..., (ek, inf)`: a code is the number of edges
/// below the value. Missing ones (NaN) are a bin of their own, the last.
pub fn bin_numbers(values: &[f64], edges: &[f64]) -> Binned {
    let codes = values.iter().map(|&value| {
        if value.is_nan() {
            edges.len() as u16 + 1
        } else {
            edges.partition_point(|&edge| edge < value) as u16
        }
    });
    Binned {
        bins: edges.len() + 2,
        codes: codes.collect(),
    }
}
