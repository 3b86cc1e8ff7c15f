//! Popularity: each dimension by itself, as often as it was selected so far.

use super::distribution::Distribution;
use super::predictor::{Evidence, Predictor};
use super::rate::Rate;
use super::selection::Selection;
use crate::vocabulary::{DemandPredictor, Dimension};

/// How often each dimension was selected.
#[derive(Debug, Default)]
pub(super) struct Popularity {
    rates: [Rate; Dimension::ALL.len()],
}

impl Predictor for Popularity {
    fn kind(&self) -> DemandPredictor {
        DemandPredictor::Popularity
    }

    fn predict(&self, _: &[Selection]) -> Distribution {
        Distribution::of_independent(self.rates.map(Rate::probability))
    }

    fn learn(&mut self, _: &[Selection], next: Selection) {
        for (rate, dimension) in self.rates.iter_mut().zip(Dimension::ALL) {
            rate.count(next.contains(dimension));
        }
    }

    fn evidence(&self, _: &[Selection], dimension: Dimension) -> Evidence {
        let rate = self.rates[dimension as usize];
        Evidence {
            was_selected: None,
            after: Vec::new(),
            times: rate.times,
            followed: rate.happened,
        }
    }
}
