//! One user's workflows played through: predict, reveal, learn.
//!
//! Each workflow is a session of its own, which begins with nothing in memory. While its user looks
//! around, one idle lane loads what pays, the surest first; when the request comes, what is under way
//! and not part of it is stopped at once.

use super::habits::Habit;
use crate::demand_forecast::{Distribution, Forecaster, Selection, Stake, WINDOW, pays};
use crate::metrics::random::UniformStream;
use crate::vocabulary::{Choice, DemandPredictor, Dimension};

/// What is loaded for the dimensions, with the seconds that it takes here: Table 1 of the paper. The
/// seconds are made up, in proportions that a data set of a million rows has.
pub(super) const RESOURCES: [(&str, f64, &[Dimension]); 8] = [
    ("dataset", 4.0, &Dimension::ALL),
    ("model", 1.0, &Dimension::ALL),
    ("predictions", 2.0, &Dimension::ALL),
    ("protected attributes", 0.5, &[Dimension::Fairness]),
    ("alternative dataset", 3.0, &[Dimension::Resilience]),
    ("its predictions", 1.0, &[Dimension::Resilience]),
    ("disturbed predictions", 2.5, &[Dimension::Robustness]),
    ("hyperparameters", 1.0, &[Dimension::Hyperparameters]),
];

/// Seconds that a user looks around before a run: any from the first to the second.
pub(super) const IDLE_SECONDS: (f64, f64) = (5.0, 20.0);

/// Seconds of loads.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seconds {
    /// Of what the workflows needed.
    pub(super) needed: f64,
    /// Of these, those that were over before anybody asked.
    pub(super) hidden: f64,
    /// Those of what was loaded ahead, as far as it got.
    pub(super) prefetched: f64,
    /// Of these, those for what was not needed.
    pub(super) wasted: f64,
}

impl Seconds {
    pub(super) fn add(&mut self, more: Self) {
        self.needed += more.needed;
        self.hidden += more.hidden;
        self.prefetched += more.prefetched;
        self.wasted += more.wasted;
    }
}

/// What became of one user's workflows.
#[derive(Clone, Debug)]
pub(super) struct Replayed {
    /// Mean log-loss of each predictor, in nats a dimension.
    pub(super) predictors: Vec<f64>,
    /// The mixture's.
    pub(super) mixture: f64,
    /// All workflows.
    pub(super) all: Seconds,
    /// Those that come after as many as the gate looks back on.
    pub(super) later: Seconds,
    /// The most that the mixture was ahead of popularity at any time, in nats a dimension.
    pub(super) most_gain: f64,
    /// The workflow before which the gate was first open, from 1.
    pub(super) opened: Option<usize>,
}

pub(super) fn replay(habit: Habit, seed: u64) -> Replayed {
    let workflows = habit.workflows(seed);
    let mut idle = vec![0.0; workflows.len()];
    UniformStream::new(seed, "idle", 0).fill(0, &mut idle);
    let mut forecaster = Forecaster::default();
    let mut losses = vec![0.0; DemandPredictor::ALL.len()];
    let mut replayed = Replayed {
        predictors: Vec::new(),
        mixture: 0.0,
        all: Seconds::default(),
        later: Seconds::default(),
        most_gain: 0.0,
        opened: None,
    };
    for (place, (workflow, idle)) in workflows.iter().zip(idle).enumerate() {
        let asked: Selection = workflow.iter().copied().collect();
        let gate = forecaster.gate();
        replayed.most_gain = replayed.most_gain.max(gate.gain());
        let chosen = if gate.is_open() {
            replayed.opened.get_or_insert(place + 1);
            chosen(&forecaster.outlook().mixture)
        } else {
            Vec::new()
        };
        let (least, most) = IDLE_SECONDS;
        let seconds = load(&chosen, asked, least + (most - least) * idle);
        replayed.all.add(seconds);
        if place >= WINDOW {
            replayed.later.add(seconds);
        }
        if let Some(surprise) = forecaster.learn(asked) {
            replayed.mixture += surprise.mixture;
            for (loss, more) in losses.iter_mut().zip(surprise.predictors) {
                *loss += more;
            }
        }
    }
    let predictions = (workflows.len() * Dimension::ALL.len()) as f64;
    replayed.mixture /= predictions;
    replayed.predictors = losses.into_iter().map(|loss| loss / predictions).collect();
    replayed
}

/// The places of resources that it pays to load now, the surest first.
fn chosen(next: &Distribution) -> Vec<usize> {
    let stakes = RESOURCES.iter().enumerate();
    let stakes = stakes.map(|(place, (_, seconds, needed_by))| {
        let needed_by = needed_by.iter().copied().collect();
        let stake = Stake {
            probability: next.of_any(needed_by),
            hidden_seconds: *seconds,
            load_seconds: *seconds,
            // There is room for all.
            harm_seconds: 0.0,
        };
        (place, stake)
    });
    let mut paying: Vec<(usize, Stake)> = stakes.filter(|(_, stake)| pays(stake)).collect();
    paying.sort_by(|(_, one), (_, other)| other.probability.total_cmp(&one.probability));
    paying.into_iter().map(|(place, _)| place).collect()
}

/// Loads these one after the other until the request comes, and then what it lacks.
fn load(chosen: &[usize], asked: Selection, idle: f64) -> Seconds {
    let mut seconds = Seconds::default();
    let mut left = idle;
    let mut hidden = [0.0; RESOURCES.len()];
    for place in chosen {
        let (_, cost, _) = RESOURCES[*place];
        hidden[*place] = cost.min(left);
        left -= hidden[*place];
    }
    for ((_, cost, needed_by), hidden) in RESOURCES.iter().zip(hidden) {
        let needed_by: Selection = needed_by.iter().copied().collect();
        seconds.prefetched += hidden;
        if needed_by.meets(asked) {
            seconds.needed += cost;
            // What is under way goes on for whoever asks.
            seconds.hidden += hidden;
        } else {
            seconds.wasted += hidden;
        }
    }
    seconds
}
