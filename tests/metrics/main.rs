//! The metrics against values that other libraries computed and against their definitions.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bootstrap;
mod forest;
mod importance;
mod inference;
mod influence;
mod no_labels;
mod paired;
mod perturbation;
mod predictions;
mod rates;
mod resilience;
mod rows;
mod slice_line;
mod support;
mod uncertainty;
