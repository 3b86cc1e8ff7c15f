//! Last selection: what was selected last is selected again, as often as that was so of any dimension.

use super::distribution::Distribution;
use super::predictor::{Evidence, Predictor};
use super::rate::Rate;
use super::selection::Selection;
use crate::vocabulary::{DemandPredictor, Dimension};

/// How often a dimension stays selected, and how often one comes in, over all of them: it knows that a
/// user stays with a selection long before it is seen of every dimension.
#[derive(Debug, Default)]
pub(super) struct LastSelection {
    stays: Rate,
    comes_in: Rate,
    /// Before there is a last one.
    first: Rate,
}

impl LastSelection {
    fn rate(&self, before: &[Selection], dimension: Dimension) -> Rate {
        match before.last() {
            None => self.first,
            Some(last) if last.contains(dimension) => self.stays,
            Some(_) => self.comes_in,
        }
    }
}

impl Predictor for LastSelection {
    fn kind(&self) -> DemandPredictor {
        DemandPredictor::LastSelection
    }

    fn predict(&self, before: &[Selection]) -> Distribution {
        let rates = Dimension::ALL.map(|dimension| self.rate(before, dimension).probability());
        Distribution::of_independent(rates)
    }

    fn learn(&mut self, before: &[Selection], next: Selection) {
        for dimension in Dimension::ALL {
            let rate = match before.last() {
                None => &mut self.first,
                Some(last) if last.contains(dimension) => &mut self.stays,
                Some(_) => &mut self.comes_in,
            };
            rate.count(next.contains(dimension));
        }
    }

    fn evidence(&self, before: &[Selection], dimension: Dimension) -> Evidence {
        let rate = self.rate(before, dimension);
        Evidence {
            was_selected: before.last().map(|last| last.contains(dimension)),
            after: Vec::new(),
            times: rate.times,
            followed: rate.happened,
        }
    }
}
