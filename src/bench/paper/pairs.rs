//! Runs of the same round, one beside the other.

use super::campaign::Measured;
use super::run::MeasuredRun;
use super::verdict::Estimate;

/// What a run took, of many things.
pub(super) type Part = fn(&MeasuredRun) -> f64;

pub(super) const SETUP: Part = |run| run.setup_seconds;
pub(super) const FIRST: Part = |run| run.first_seconds;
pub(super) const TOTAL: Part = |run| run.total_seconds;
pub(super) const PEAK: Part = |run| run.peak_rss_bytes as f64;
/// What the run itself took of memory: the process that has done nothing yet is no part of it.
pub(super) const ADDED: Part =
    |run| run.peak_rss_bytes.saturating_sub(run.baseline_rss_bytes) as f64;

/// Two jobs of a block.
pub(super) struct Pairs<'m> {
    pub(super) base: &'m [MeasuredRun],
    pub(super) other: &'m [MeasuredRun],
}

impl<'m> Pairs<'m> {
    /// The second job of a block beside its first.
    pub(super) fn of(measured: &'m Measured) -> Self {
        Self::between(measured, 0, 1)
    }

    pub(super) fn between(measured: &'m Measured, base: usize, other: usize) -> Self {
        Self {
            base: &measured[base],
            other: &measured[other],
        }
    }

    fn each(&self, part: Part) -> impl Iterator<Item = (f64, f64)> {
        let pairs = self.base.iter().zip(self.other);
        pairs.map(move |(base, other)| (part(base), part(other)))
    }

    /// The share of the first that the second does without.
    pub(super) fn saved(&self, part: Part) -> Option<Estimate> {
        Estimate::of(self.each(part).map(|(base, other)| 1.0 - other / base))
    }

    /// How many times the second is in the first.
    pub(super) fn factor(&self, part: Part) -> Option<Estimate> {
        Estimate::of(self.each(part).map(|(base, other)| base / other))
    }

    /// By how much the second is less.
    pub(super) fn less(&self, part: Part) -> Option<Estimate> {
        Estimate::of(self.each(part).map(|(base, other)| base - other))
    }

    pub(super) fn of_base(&self, part: Part) -> Option<Estimate> {
        estimate(self.base, part)
    }

    pub(super) fn of_other(&self, part: Part) -> Option<Estimate> {
        estimate(self.other, part)
    }
}

pub(super) fn estimate(runs: &[MeasuredRun], part: Part) -> Option<Estimate> {
    Estimate::of(runs.iter().map(part))
}
