//! Rows far from the middle of the data.

use super::moments::{mean, population_std};

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
        assert_eq!(column.len(), rows, "columns of one table");
        let (Some(centre), Some(sigma)) = (mean(column), population_std(column)) else {
            continue;
        };
        if sigma > 0.0 {
            for (distance, value) in distances.iter_mut().zip(*column) {
                let z = (value - centre) / sigma;
                *distance += if z.is_nan() { 0.0 } else { z * z };
            }
        }
    }
    let mut order: Vec<u32> = (0u32..).take(rows).collect();
    order.sort_by(|a, b| distances[*b as usize].total_cmp(&distances[*a as usize]));
    order
}
