//! The Hedge mixture: each expert weighs by the exponential of its log-loss so far, which is Bayes' rule
//! from equal shares (Freund and Schapire 1997; Vovk 1990). With the logarithm as the loss and a rate of
//! 1 the mixture's loss never exceeds the best expert's by more than the logarithm of their number, in
//! all predictions together.

use super::distribution::Distribution;

/// Losses of experts so far, in nats.
#[derive(Clone, Debug)]
pub(super) struct Hedge {
    losses: Vec<f64>,
}

impl Hedge {
    pub(super) fn of(experts: usize) -> Self {
        Self {
            losses: vec![0.0; experts],
        }
    }

    /// The share of each.
    pub(super) fn weights(&self) -> Vec<f64> {
        let least = self.losses.iter().copied().fold(f64::INFINITY, f64::min);
        let shares = self.losses.iter().map(|loss| (least - loss).exp());
        let shares: Vec<f64> = shares.collect();
        let sum: f64 = shares.iter().sum();
        shares.into_iter().map(|share| share / sum).collect()
    }

    /// What they say together.
    pub(super) fn mix(&self, said: &[Distribution]) -> Distribution {
        let mut all = Distribution::nothing();
        for (one, weight) in said.iter().zip(self.weights()) {
            all.add_all(one, weight);
        }
        all
    }

    /// Each has lost so much more.
    pub(super) fn charge(&mut self, lost: &[f64]) {
        for (loss, more) in self.losses.iter_mut().zip(lost) {
            *loss += more;
        }
    }

    pub(super) fn losses(&self) -> &[f64] {
        &self.losses
    }
}
