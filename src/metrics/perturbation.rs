//! Gaussian noise on numeric columns (Sietsma & Dow 1991; Bishop 1995).

/// Noise in units of the column's standard deviation: `x + level * sigma * z`, into `out`.
/// `sigma` is the population standard deviation of the whole evaluated column
/// ([`population_std`](super::moments::population_std)), not of a chunk; `z` are standard-normal
/// draws, one a row, the same at every level so that levels are compared pairwise. Nothing is
/// clipped or rounded; a missing value (NaN) stays missing.
///
/// # Panics
/// If the slices differ in length.
pub fn add_gaussian_noise(values: &[f64], level: f64, sigma: f64, z: &[f64], out: &mut [f64]) {
    assert_eq!(values.len(), z.len(), "one draw a row");
    assert_eq!(values.len(), out.len(), "one result a row");
    for ((result, &value), &draw) in out.iter_mut().zip(values).zip(z) {
        *result = value + level * sigma * draw;
    }
}
