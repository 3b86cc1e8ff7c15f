//! Rows far from the middle of the data.

use super::moments::Scale;

/// Rows by falling distance from the column means, in columns divided by their population standard
/// deviation: `sum of ((x - mean) / sigma)^2` (the outer sample of PiML). Missing values count as
/// the mean, columns without spread are passed over, equal distances go by row number.
///
/// # Panics
/// If the columns differ in length.
pub fn outer_order(columns: &[&[f64]]) -> Vec<u32> {
    let rows = columns.first().map_or(0, |column| column.len());
    let mut distances = vec![0.0f64; rows];
    for column in columns {
        add_distances(column, Scale::of(column), &mut distances);
    }
    outer_first(&distances)
}

/// Adds what a column has to do with the distances of some rows from the middle; `scale` is that of the
/// whole column. Columns are added in one order, for all rows alike: sums depend on it.
///
/// # Panics
/// If the slices differ in length.
pub fn add_distances(values: &[f64], scale: Scale, distances: &mut [f64]) {
    assert_eq!(values.len(), distances.len(), "columns of one table");
    let (Some(centre), Some(sigma)) = (scale.centre, scale.sigma.filter(|s| *s > 0.0)) else {
        return;
    };
    for (distance, value) in distances.iter_mut().zip(values) {
        let z = (value - centre) / sigma;
        *distance += if z.is_nan() { 0.0 } else { z * z };
    }
}

/// Rows by falling distance; equal distances go by row number.
pub fn outer_first(distances: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).take(distances.len()).collect();
    order.sort_by(|a, b| distances[*b as usize].total_cmp(&distances[*a as usize]));
    order
}
