//! What is expected to be asked for next, and what is loaded ahead for it.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{DemandPredictor, Dimension, ResourceName};

/// What earlier selections say of the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemandForecast {
    /// Selections that it has learnt from.
    pub selections: usize,
    /// By how much it was better than popularity lately, in nats a dimension.
    pub gain: f64,
    /// By how much it must be to be acted on.
    pub margin: f64,
    /// Is it acted on? Otherwise history teaches nothing here.
    pub is_open: bool,
    /// That there is another run in this session.
    pub another_run: f64,
    /// That each dimension is in it, in running order.
    pub dimensions: Vec<(Dimension, f64)>,
    /// Who says so.
    pub predictors: Vec<PredictorShare>,
    /// What pays to be loaded ahead, in the order in which it is.
    pub ahead: Vec<PlannedPrefetch>,
}

/// What a predictor has in a forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictorShare {
    /// Which one.
    pub predictor: DemandPredictor,
    /// What it counts, as a share of 1.
    pub weight: f64,
    /// What it says of each dimension, in running order.
    pub opinions: Vec<Opinion>,
}

/// What a predictor says of a dimension, and by which counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// That it is selected next.
    pub probability: f64,
    /// Was it selected last? None where that is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_selected: Option<bool>,
    /// The selections that came right before, the oldest first, where these are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Vec<Dimension>>,
    /// Times that it was so.
    pub times: u32,
    /// Times of these that the dimension came next.
    pub followed: u32,
}

/// A load ahead, and what is at stake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedPrefetch {
    /// Of what.
    pub name: ResourceName,
    /// That it is needed.
    pub probability: f64,
    /// Seconds of the load that nobody would wait for.
    pub hidden_seconds: f64,
    /// Seconds that it takes.
    pub load_seconds: f64,
    /// Seconds that loading what goes for it will cost, as likely as that is needed.
    pub harm_seconds: f64,
}
