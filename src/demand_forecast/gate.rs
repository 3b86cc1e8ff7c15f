//! The gate: is there anything in the order of selections that their popularity does not tell?

use std::collections::VecDeque;

use crate::vocabulary::Dimension;

/// Selections that are looked back on.
pub const WINDOW: usize = 20;
/// By how much the mixture must have beaten popularity over these, in nats a dimension. Of selections
/// drawn by chance one sequence of fifty in some thousands comes near it.
pub const MARGIN: f64 = 0.1;
/// Who has always done the same has this much uncertainty left, in nats a dimension, though nothing
/// beats popularity there.
const SURE: f64 = 0.1;

/// What the last predictions have cost.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// Losses of popularity and of the mixture, in nats a dimension.
    last: VecDeque<(f64, f64)>,
}

impl Gate {
    /// Takes what a selection has cost, in nats.
    pub(super) fn take(&mut self, popularity: f64, mixture: f64) {
        if self.last.len() == WINDOW {
            self.last.pop_front();
        }
        let dimensions = Dimension::ALL.len() as f64;
        self.last
            .push_back((popularity / dimensions, mixture / dimensions));
    }

    /// By how much the mixture has beaten popularity, in nats a dimension, as if it had not before there
    /// were so many.
    pub fn gain(&self) -> f64 {
        let gains = self
            .last
            .iter()
            .map(|(popularity, mixture)| popularity - mixture);
        gains.sum::<f64>() / WINDOW as f64
    }

    /// Is it always the same, so that popularity tells it as well as anything?
    pub fn is_always_the_same(&self) -> bool {
        let mixture = self.last.iter().map(|(_, mixture)| mixture);
        self.last.len() == WINDOW && mixture.sum::<f64>() < SURE * WINDOW as f64
    }

    /// Is the forecast to be acted on?
    pub fn is_open(&self) -> bool {
        self.gain() > MARGIN || self.is_always_the_same()
    }
}
