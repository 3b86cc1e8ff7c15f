//! The best slices with their ties.

use std::cmp::Ordering;

use super::Predicate;

/// A slice that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scored {
    pub(super) predicates: Vec<Predicate>,
    pub(super) rows: u64,
    pub(super) errors: f64,
    pub(super) score: f64,
}

/// The best of all that were measured, however they come.
pub(super) struct Best {
    top: usize,
    found: Vec<Scored>,
}

impl Best {
    /// So many, and those that tie with the last.
    pub(super) fn of(top: usize) -> Self {
        Self {
            top: top.max(1),
            found: Vec::new(),
        }
    }

    /// A slice counts from this score on: above 0, and the last of the best.
    pub(super) fn threshold(&self) -> f64 {
        self.found.get(self.top - 1).map_or(0.0, |last| last.score)
    }

    /// Takes those that are among the best.
    pub(super) fn add(&mut self, scored: impl IntoIterator<Item = Scored>) {
        let threshold = self.threshold();
        let scored = scored.into_iter();
        let counted = scored.filter(|s| s.score > 0.0 && s.score >= threshold);
        let before = self.found.len();
        self.found.extend(counted);
        if self.found.len() > before {
            self.found.sort_by(order);
            let threshold = self.threshold();
            self.found.retain(|s| s.score >= threshold);
        }
    }

    /// Hands them out in order.
    pub(super) fn take(&mut self) -> Vec<Scored> {
        std::mem::take(&mut self.found)
    }
}

fn order(a: &Scored, b: &Scored) -> Ordering {
    let size = |s: &Scored| s.predicates.len();
    b.score
        .total_cmp(&a.score)
        .then_with(|| size(a).cmp(&size(b)))
        .then_with(|| a.predicates.cmp(&b.predicates))
}
