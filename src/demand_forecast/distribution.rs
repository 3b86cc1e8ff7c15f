//! A probability for each selection.

use super::selection::{SELECTIONS, Selection};
use crate::vocabulary::Dimension;

/// Probabilities of what is selected next. The empty selection has none: nobody runs nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution([f64; SELECTIONS]);

impl Distribution {
    /// Where each dimension is selected with its probability, whatever the others are, and at least one
    /// is.
    pub(super) fn of_independent(dimensions: [f64; Dimension::ALL.len()]) -> Self {
        let mut all = [0.0; SELECTIONS];
        for selection in Selection::all() {
            let of_one = |dimension: Dimension| {
                let p = dimensions[dimension as usize];
                if selection.contains(dimension) {
                    p
                } else {
                    1.0 - p
                }
            };
            all[selection.place()] = Dimension::ALL.into_iter().map(of_one).product();
        }
        Self(all).scaled_to_one()
    }

    /// Nothing yet, to add to.
    pub(super) fn nothing() -> Self {
        Self([0.0; SELECTIONS])
    }

    /// Gives a selection more.
    pub(super) fn add(&mut self, selection: Selection, probability: f64) {
        self.0[selection.place()] += probability;
    }

    /// Adds another one, weighed.
    pub(super) fn add_all(&mut self, other: &Self, weight: f64) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += weight * more;
        }
    }

    /// That just this is selected.
    pub fn of(&self, selection: Selection) -> f64 {
        self.0[selection.place()]
    }

    /// That this dimension is selected.
    pub fn of_dimension(&self, dimension: Dimension) -> f64 {
        self.of_any(Selection::from_iter([dimension]))
    }

    /// That at least one of these dimensions is selected: so that what they need is needed.
    pub fn of_any(&self, dimensions: Selection) -> f64 {
        let meeting = Selection::all().filter(|selection| selection.meets(dimensions));
        meeting.map(|selection| self.of(selection)).sum()
    }

    /// Given that these dimensions are selected; as it is where that was thought impossible.
    #[must_use]
    pub fn given(&self, dimensions: Selection) -> Self {
        let mut given = *self;
        for (place, probability) in given.0.iter_mut().enumerate() {
            if !Selection::at(place).includes(dimensions) {
                *probability = 0.0;
            }
        }
        if given.0.iter().sum::<f64>() > 0.0 {
            given.scaled_to_one()
        } else {
            *self
        }
    }

    fn scaled_to_one(mut self) -> Self {
        let sum: f64 = self.0.iter().sum();
        for probability in &mut self.0 {
            *probability /= sum;
        }
        self
    }
}
