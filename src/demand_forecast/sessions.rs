//! Whether a session goes on: what is loaded for a run that never comes is loaded in vain.

use super::rate::Rate;

/// Runs after which sessions are told apart.
const APART: usize = 8;

/// How often sessions went on after so many runs.
#[derive(Clone, Debug, Default)]
pub struct Continuation {
    after: [Rate; APART],
}

impl Continuation {
    /// Of sessions by their number of runs; those without any count too.
    pub fn of(sessions: impl IntoIterator<Item = usize>) -> Self {
        let mut all = Self::default();
        for runs in sessions {
            for (after, rate) in all.after.iter_mut().enumerate() {
                if after <= runs {
                    rate.count(after < runs);
                }
            }
        }
        all
    }

    /// That a session which has had so many runs has another.
    pub fn probability(&self, runs: usize) -> f64 {
        self.after[runs.min(APART - 1)].probability()
    }

    /// Sessions that had so many runs, and those of them that had another.
    pub fn counts(&self, runs: usize) -> (u32, u32) {
        let rate = self.after[runs.min(APART - 1)];
        (rate.times, rate.happened)
    }
}
