//! Demand forecasting: which dimensions will be selected next, by what was selected before. It says with
//! what probability, and so with what probability each resource is needed; it says by which predictor
//! and by what counts; and it knows whether it is worth being listened to.
//!
//! Four small predictors give each possible next selection a probability, a mixture weighs them by their
//! log-loss, and a gate opens only where the mixture beats plain popularity. Everything here is state
//! and arithmetic: who loads what by it is for the session to say.

mod distribution;
mod forecaster;
mod gate;
mod last_selection;
mod markov;
mod mixture;
mod popularity;
mod ppm;
mod predictor;
mod prefetch;
mod rate;
mod selection;
mod sessions;

pub use distribution::Distribution;
pub use forecaster::{Forecaster, Outlook, Share, Surprise};
pub use gate::{Gate, MARGIN, WINDOW};
pub use predictor::Evidence;
pub use prefetch::{Stake, pays};
pub use selection::{SELECTIONS, Selection};
pub use sessions::Continuation;
