//! The metrics against values that other libraries computed and against their definitions.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bootstrap;
mod forest;
mod importance;
mod inference;
mod paired;
mod perturbation;
mod predictions;
mod rates;
mod resilience;
mod rows;
mod support;
mod uncertainty;
