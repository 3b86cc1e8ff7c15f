//! The lowest and the highest of a rate of the groups: what a gap and its interval are of.

use crate::metrics::bootstrap::Interval;
use crate::metrics::rate_intervals::{Rate, difference_interval, extremes, ratio_interval};

/// A rate of every group, and the groups of the lowest and of the highest.
pub(super) struct Rates {
    rates: Vec<Rate>,
    /// Their places.
    pub(super) pair: Option<(usize, usize)>,
}

impl Rates {
    /// Of each group.
    pub(super) fn of<G>(groups: &[G], rate: impl Fn(&G) -> Rate) -> Self {
        let rates: Vec<Rate> = groups.iter().map(rate).collect();
        let pair = extremes(&rates);
        Self { rates, pair }
    }

    fn ends(&self) -> Option<(Rate, Rate)> {
        self.pair
            .map(|(low, high)| (self.rates[low], self.rates[high]))
    }

    /// The highest less the lowest.
    pub(super) fn gap(&self) -> Option<f64> {
        let share = |(events, rows): Rate| events as f64 / rows as f64;
        self.ends().map(|(low, high)| share(high) - share(low))
    }

    /// The interval of that.
    pub(super) fn difference(&self) -> Option<Interval> {
        self.ends()
            .and_then(|(low, high)| difference_interval(high, low))
    }

    /// The interval of the lowest over the highest.
    pub(super) fn ratio(&self) -> Option<Interval> {
        self.ends()
            .and_then(|(low, high)| ratio_interval(low, high))
    }

    /// Has one of the two no events, so that a half is added to the counts?
    pub(super) fn is_halved(&self) -> bool {
        self.ends()
            .is_some_and(|(low, high)| low.0 == 0 || high.0 == 0)
    }
}
