//! What a predictor is, and by which evidence it speaks.

use std::fmt::Debug;

use super::distribution::Distribution;
use super::selection::Selection;
use crate::vocabulary::{DemandPredictor, Dimension};

/// The counts that a prediction for a dimension rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Was the dimension in the last selection? None where the predictor does not ask.
    pub was_selected: Option<bool>,
    /// The selections that came right before, the oldest first; empty where it does not ask for these.
    pub after: Vec<Selection>,
    /// Times that it was so.
    pub times: u32,
    /// Times of these that the dimension came next.
    pub followed: u32,
}

/// Says what is selected next, and learns from what was. `before` are all selections up to then, the
/// oldest first.
pub(super) trait Predictor: Debug + Send {
    /// Which one it is.
    fn kind(&self) -> DemandPredictor;
    /// What comes next.
    fn predict(&self, before: &[Selection]) -> Distribution;
    /// This came next.
    fn learn(&mut self, before: &[Selection], next: Selection);
    /// By which counts it predicts a dimension.
    fn evidence(&self, before: &[Selection], dimension: Dimension) -> Evidence;
}
