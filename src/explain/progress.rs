//! How far a load is that counts rows.

use crate::display;
use crate::ledger::{ResourceRecord, ResourceState};

/// A load of which less than this has passed tells nothing of the rest.
const TELLING_SECONDS: f64 = 0.2;

/// How far a load under way is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Rows done.
    pub done: u64,
    /// Of rows in all.
    pub total: u64,
    /// How long the rest takes at the same pace, in seconds; none as long as that cannot be told.
    pub left_seconds: Option<f64>,
}

impl Progress {
    /// Of a load at this time, where it counts rows.
    pub fn of(resource: &ResourceRecord, now: f64) -> Option<Self> {
        let ResourceState::Loading { done, total } = resource.state else {
            return None;
        };
        let passed = resource.load_started_at.map(|began| now - began);
        let pace = passed.filter(|passed| *passed >= TELLING_SECONDS && done > 0);
        let left = total.saturating_sub(done) as f64;
        (total > 0).then(|| Self {
            done,
            total,
            left_seconds: pace.map(|passed| passed / done as f64 * left),
        })
    }

    /// The rows, such as `1,200,000 of 10,000,000 rows`.
    pub fn rows(self) -> String {
        let (done, total) = (display::count(self.done), display::count(self.total));
        format!("{done} of {total} rows")
    }

    /// The time left, such as `2.1 s left`.
    pub fn left(self) -> Option<String> {
        let seconds = self.left_seconds?;
        Some(format!("{} left", display::clock(seconds)))
    }

    /// Both.
    pub fn words(self) -> String {
        match self.left() {
            Some(left) => format!("{}, {left}", self.rows()),
            None => self.rows(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn rows_and_time_are_told_together() {
        let progress = Progress {
            done: 1_200_000,
            total: 10_000_000,
            left_seconds: None,
        };
        assert_eq!(progress.words(), "1,200,000 of 10,000,000 rows");
        let left_seconds = Some(2.14);
        let progress = Progress {
            left_seconds,
            ..progress
        };
        assert_eq!(progress.words(), "1,200,000 of 10,000,000 rows, 2.1 s left");
    }
}
