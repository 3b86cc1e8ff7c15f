//! Prediction by partial matching, of order 2: what followed on the last two selections; what is new
//! there escapes to the last one, then to none, then to popularity. Cleary and Witten 1984; the escape
//! is method C of Moffat 1990, without exclusion.

use std::collections::HashMap;

use super::distribution::Distribution;
use super::popularity::Popularity;
use super::predictor::{Evidence, Predictor};
use super::selection::Selection;
use crate::vocabulary::{DemandPredictor, Dimension};

/// Selections that a context is made of at most.
const ORDER: usize = 2;

/// What followed on each context.
#[derive(Debug, Default)]
pub(super) struct Ppm {
    followers: HashMap<Vec<Selection>, HashMap<Selection, u32>>,
    below: Popularity,
}

impl Ppm {
    /// The contexts that have been here before, the longest first.
    fn known<'p>(
        &'p self,
        before: &'p [Selection],
    ) -> impl Iterator<Item = (&'p [Selection], &'p HashMap<Selection, u32>)> {
        contexts(before).rev().filter_map(|context| {
            let followers = self.followers.get(context)?;
            Some((context, followers))
        })
    }
}

/// What came right before, from nothing to as much as counts.
fn contexts(before: &[Selection]) -> impl DoubleEndedIterator<Item = &[Selection]> {
    (0..=ORDER.min(before.len())).map(|length| &before[before.len() - length..])
}

impl Predictor for Ppm {
    fn kind(&self) -> DemandPredictor {
        DemandPredictor::Ppm
    }

    fn predict(&self, before: &[Selection]) -> Distribution {
        let mut all = Distribution::nothing();
        let mut escaped = 1.0;
        for (_, followers) in self.known(before) {
            let times: u32 = followers.values().sum();
            let shares = f64::from(times) + followers.len() as f64;
            for selection in Selection::all() {
                let count = followers.get(&selection).copied().unwrap_or(0);
                all.add(selection, escaped * f64::from(count) / shares);
            }
            escaped *= followers.len() as f64 / shares;
        }
        all.add_all(&self.below.predict(before), escaped);
        all
    }

    fn learn(&mut self, before: &[Selection], next: Selection) {
        for context in contexts(before) {
            let followers = self.followers.entry(context.to_vec()).or_default();
            *followers.entry(next).or_default() += 1;
        }
        self.below.learn(before, next);
    }

    fn evidence(&self, before: &[Selection], dimension: Dimension) -> Evidence {
        let Some((context, followers)) = self.known(before).next() else {
            return self.below.evidence(before, dimension);
        };
        let with_it = followers
            .iter()
            .filter(|(next, _)| next.contains(dimension));
        Evidence {
            was_selected: None,
            after: context.to_vec(),
            times: followers.values().sum(),
            followed: with_it.map(|(_, count)| count).sum(),
        }
    }
}
