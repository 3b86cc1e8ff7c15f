//! How often something happened, as a probability.

/// Times that something could happen, and times that it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) happened: u32,
    pub(super) times: u32,
}

impl Rate {
    /// One more time.
    pub(super) fn count(&mut self, happened: bool) {
        self.times += 1;
        self.happened += u32::from(happened);
    }

    /// That it happens next, by the estimator of Krichevsky and Trofimov (1981): as if it had happened
    /// half a time and not happened half a time before. Never 0 and never 1.
    pub(super) fn probability(self) -> f64 {
        (f64::from(self.happened) + 0.5) / (f64::from(self.times) + 1.0)
    }
}
