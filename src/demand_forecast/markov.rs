//! A Markov chain of order 1 for each dimension: whether it was selected last decides how often it is
//! selected next.

use super::distribution::Distribution;
use super::predictor::{Evidence, Predictor};
use super::rate::Rate;
use super::selection::Selection;
use crate::vocabulary::{DemandPredictor, Dimension};

/// How often each dimension was selected, by whether it was before: without a last selection, after one
/// without it, after one with it.
#[derive(Debug, Default)]
pub(super) struct Markov {
    rates: [[Rate; 3]; Dimension::ALL.len()],
}

fn state(before: &[Selection], dimension: Dimension) -> usize {
    before
        .last()
        .map_or(0, |last| 1 + usize::from(last.contains(dimension)))
}

impl Predictor for Markov {
    fn kind(&self) -> DemandPredictor {
        DemandPredictor::Markov
    }

    fn predict(&self, before: &[Selection]) -> Distribution {
        Distribution::of_independent(Dimension::ALL.map(|dimension| {
            let rate = self.rates[dimension as usize][state(before, dimension)];
            rate.probability()
        }))
    }

    fn learn(&mut self, before: &[Selection], next: Selection) {
        for dimension in Dimension::ALL {
            let rate = &mut self.rates[dimension as usize][state(before, dimension)];
            rate.count(next.contains(dimension));
        }
    }

    fn evidence(&self, before: &[Selection], dimension: Dimension) -> Evidence {
        let rate = self.rates[dimension as usize][state(before, dimension)];
        Evidence {
            was_selected: before.last().map(|last| last.contains(dimension)),
            after: Vec::new(),
            times: rate.times,
            followed: rate.happened,
        }
    }
}
