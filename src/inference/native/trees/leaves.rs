//! What a leaf holds where only one number fits.

use std::collections::HashMap;

use super::load::Weight;

/// Where the values of leaves are that give several targets something: many leaves of a deep forest
/// give the same.
#[derive(Debug, Default)]
pub(super) struct LeafValues(HashMap<Vec<u32>, u32>);

impl LeafValues {
    /// For one target, its value; for several, bits that are the place of the first among `values`,
    /// to which new ones are added.
    pub(super) fn hold(&mut self, weights: &[Weight], values: &mut Vec<f32>) -> f32 {
        if let [weight] = weights {
            return weight.value;
        }
        let bits = weights.iter().map(|weight| weight.value.to_bits());
        let place = *self.0.entry(bits.collect()).or_insert_with(|| {
            let place = values.len() as u32;
            values.extend(weights.iter().map(|weight| weight.value));
            place
        });
        f32::from_bits(place)
    }
}
