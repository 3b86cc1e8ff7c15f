//! All predictors together: what they say of the next selection, and what it teaches them.

use super::distribution::Distribution;
use super::gate::Gate;
use super::last_selection::LastSelection;
use super::markov::Markov;
use super::mixture::Hedge;
use super::popularity::Popularity;
use super::ppm::Ppm;
use super::predictor::{Evidence, Predictor};
use super::selection::Selection;
use crate::vocabulary::{Choice, DemandPredictor, Dimension};

/// What is thought of the next selection.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The mixture.
    pub mixture: Distribution,
    /// What it is mixed from.
    pub shares: Vec<Share>,
}

/// What a predictor has in the mixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Which one.
    pub predictor: DemandPredictor,
    /// What it counts, as a share of 1.
    pub weight: f64,
    /// Its own opinion.
    pub distribution: Distribution,
    /// What its opinion of each dimension rests on, in running order.
    pub evidence: Vec<Evidence>,
}

/// What a selection has cost those who were to foresee it: minus the logarithm of the probability that
/// they gave it, in nats.
#[derive(Clone, Debug, PartialEq)]
pub struct Surprise {
    /// Each predictor, in the order of [`DemandPredictor`].
    pub predictors: Vec<f64>,
    /// The mixture.
    pub mixture: f64,
}

/// Learns selection by selection.
#[derive(Debug)]
pub struct Forecaster {
    before: Vec<Selection>,
    predictors: Vec<Box<dyn Predictor>>,
    hedge: Hedge,
    gate: Gate,
}

impl Default for Forecaster {
    fn default() -> Self {
        let predictors: Vec<Box<dyn Predictor>> = DemandPredictor::ALL
            .iter()
            .map(|kind| -> Box<dyn Predictor> {
                match kind {
                    DemandPredictor::Popularity => Box::new(Popularity::default()),
                    DemandPredictor::LastSelection => Box::new(LastSelection::default()),
                    DemandPredictor::Markov => Box::new(Markov::default()),
                    DemandPredictor::Ppm => Box::new(Ppm::default()),
                }
            })
            .collect();
        Self {
            before: Vec::new(),
            hedge: Hedge::of(predictors.len()),
            predictors,
            gate: Gate::default(),
        }
    }
}

impl Forecaster {
    /// One that has learnt these, the oldest first.
    pub fn of(selections: impl IntoIterator<Item = Selection>) -> Self {
        let mut forecaster = Self::default();
        for selection in selections {
            forecaster.learn(selection);
        }
        forecaster
    }

    /// What is thought of the next selection.
    pub fn outlook(&self) -> Outlook {
        let said = self.said();
        let weights = self.hedge.weights().into_iter();
        let shares = self.predictors.iter().zip(weights).zip(&said);
        let shares = shares.map(|((predictor, weight), distribution)| Share {
            predictor: predictor.kind(),
            weight,
            distribution: *distribution,
            evidence: Dimension::ALL
                .iter()
                .map(|dimension| predictor.evidence(&self.before, *dimension))
                .collect(),
        });
        Outlook {
            mixture: self.hedge.mix(&said),
            shares: shares.collect(),
        }
    }

    /// This was selected next; an empty selection teaches nothing.
    pub fn learn(&mut self, selection: Selection) -> Option<Surprise> {
        if selection.is_empty() {
            return None;
        }
        let said = self.said();
        let lost = |by: &Distribution| -by.of(selection).ln();
        let surprise = Surprise {
            mixture: lost(&self.hedge.mix(&said)),
            predictors: said.iter().map(lost).collect(),
        };
        self.hedge.charge(&surprise.predictors);
        // Popularity is the first of them.
        self.gate.take(surprise.predictors[0], surprise.mixture);
        for predictor in &mut self.predictors {
            predictor.learn(&self.before, selection);
        }
        self.before.push(selection);
        Some(surprise)
    }

    /// Is it worth being listened to?
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// How many selections it has learnt.
    pub fn learnt(&self) -> usize {
        self.before.len()
    }

    /// What each predictor has lost so far, in nats.
    pub fn losses(&self) -> &[f64] {
        self.hedge.losses()
    }

    fn said(&self) -> Vec<Distribution> {
        let predictors = self.predictors.iter();
        predictors.map(|one| one.predict(&self.before)).collect()
    }
}
