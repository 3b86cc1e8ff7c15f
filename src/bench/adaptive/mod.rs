//! `bench adaptive`: does the forecast of demand pay? Users with habits and one without, fifty workflows
//! each in the paper's mix, evaluated prequentially (Dawid 1984): predict, reveal, learn.

mod habits;
mod render;
mod replay;

use rayon::prelude::*;
use serde::Serialize;

pub use habits::Habit;
pub use render::{markdown, text};

use crate::demand_forecast::{MARGIN, WINDOW};
use crate::vocabulary::{Choice, DemandPredictor};
use replay::{Replayed, Seconds, replay};

/// How far the mixture may be behind the best predictor, in nats a dimension.
const MOST_BEHIND: f64 = 0.012;
/// The least share of load time that is hidden from a user with a habit.
const LEAST_HIDDEN: f64 = 0.8;
/// The most of what is loaded ahead that is not needed then.
const MOST_WASTED: f64 = 0.2;

/// The whole table.
#[derive(Clone, Debug, Serialize)]
pub struct AdaptiveTable {
    /// Users of each kind.
    pub seeds: u64,
    /// Selections that the gate looks back on.
    pub window: usize,
    /// By how much the mixture must be ahead of popularity for it to open, in nats a dimension.
    pub margin: f64,
    /// A line a habit.
    pub habits: Vec<HabitMeasured>,
    /// What is asked of it.
    pub requirements: Vec<Requirement>,
}

/// What became of the users with one habit.
#[derive(Clone, Debug, Serialize)]
pub struct HabitMeasured {
    /// Which.
    pub habit: Habit,
    /// Mean log-loss of each predictor, in nats a dimension.
    pub log_loss: Vec<(DemandPredictor, f64)>,
    /// The mixture's.
    pub mixture_log_loss: f64,
    /// The most that the mixture was behind the best predictor, of all users.
    pub most_behind: f64,
    /// The most that the mixture was ahead of popularity at any time, of all users, as the gate counts it.
    pub most_gain: f64,
    /// All fifty workflows.
    pub all: Shares,
    /// Those after the first twenty.
    pub later: Shares,
    /// Users for whom anything was loaded ahead.
    pub prefetched_for: u64,
    /// The workflow before which the gate opened, on average where it did.
    pub opened: Option<f64>,
}

/// What loading ahead came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shares {
    /// Of the load time that workflows needed, the share that was over before they asked.
    pub hidden: f64,
    /// Of the load time spent ahead, the share that was for nothing; none where none was spent.
    pub wasted: Option<f64>,
}

/// Something that is asked of the forecast, and whether it is so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// What.
    pub what: String,
    /// What it is here.
    pub found: String,
    /// Is it met?
    pub is_met: bool,
}

impl HabitMeasured {
    /// Is there nothing that history teaches?
    pub fn teaches_nothing(&self) -> bool {
        self.prefetched_for == 0
    }
}

/// Measures every habit with so many users.
pub fn measure(seeds: u64) -> AdaptiveTable {
    let habits: Vec<HabitMeasured> = Habit::ALL
        .iter()
        .map(|habit| {
            let users = (0..seeds).into_par_iter();
            let users: Vec<Replayed> = users.map(|seed| replay(*habit, seed)).collect();
            sum_up(*habit, &users)
        })
        .collect();
    AdaptiveTable {
        seeds,
        window: WINDOW,
        margin: MARGIN,
        requirements: requirements(&habits),
        habits,
    }
}

fn sum_up(habit: Habit, users: &[Replayed]) -> HabitMeasured {
    let number = users.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Replayed) -> f64| users.iter().map(of).sum::<f64>() / number;
    let most = |of: &dyn Fn(&Replayed) -> f64| users.iter().map(of).fold(0.0, f64::max);
    let predictors = DemandPredictor::ALL.iter().enumerate();
    let best = |user: &Replayed| {
        user.predictors
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min)
    };
    let opened: Vec<f64> = users
        .iter()
        .filter_map(|user| Some(user.opened? as f64))
        .collect();
    HabitMeasured {
        habit,
        log_loss: predictors
            .map(|(place, predictor)| (*predictor, mean(&|user| user.predictors[place])))
            .collect(),
        mixture_log_loss: mean(&|user| user.mixture),
        most_behind: most(&|user| user.mixture - best(user)),
        most_gain: most(&|user| user.most_gain),
        all: shares(users, |user| user.all),
        later: shares(users, |user| user.later),
        prefetched_for: users.iter().filter(|u| u.all.prefetched > 0.0).count() as u64,
        opened: (!opened.is_empty()).then(|| opened.iter().sum::<f64>() / opened.len() as f64),
    }
}

fn shares(users: &[Replayed], of: fn(&Replayed) -> Seconds) -> Shares {
    let mut sum = Seconds::default();
    for user in users {
        sum.add(of(user));
    }
    Shares {
        hidden: sum.hidden / sum.needed,
        wasted: (sum.prefetched > 0.0).then(|| sum.wasted / sum.prefetched),
    }
}

fn requirements(habits: &[HabitMeasured]) -> Vec<Requirement> {
    let control = habits.iter().filter(|h| h.habit == Habit::NoHabit);
    let prefetched: u64 = control.map(|h| h.prefetched_for).sum();
    let behind = habits.iter().map(|h| h.most_behind).fold(0.0, f64::max);
    let with_habit = || habits.iter().filter(|h| h.habit != Habit::NoHabit);
    let hidden = with_habit().map(|h| h.later.hidden).fold(1.0, f64::min);
    let wasted = with_habit().map(|h| h.later.wasted.unwrap_or(0.0));
    let wasted = wasted.fold(0.0, f64::max);
    vec![
        Requirement {
            what: "without a habit nothing is loaded ahead".to_owned(),
            found: format!("for {prefetched} users"),
            is_met: prefetched == 0,
        },
        Requirement {
            what: format!(
                "the mixture is never more than {MOST_BEHIND} nats a dimension behind the best predictor"
            ),
            found: format!("{behind:.4} at most"),
            is_met: behind <= MOST_BEHIND,
        },
        Requirement {
            what: format!(
                "with a habit, {:.0}% of load time or more is hidden, once there are {WINDOW} selections to \
                 look back on",
                100.0 * LEAST_HIDDEN
            ),
            found: format!("{:.1}% at least", 100.0 * hidden),
            is_met: hidden >= LEAST_HIDDEN,
        },
        Requirement {
            what: format!(
                "and {:.0}% or less of what is loaded ahead is loaded in vain",
                100.0 * MOST_WASTED
            ),
            found: format!("{:.1}% at most", 100.0 * wasted),
            is_met: wasted <= MOST_WASTED,
        },
    ]
}
