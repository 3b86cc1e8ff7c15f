//! A recording in the formats of other tools. Nothing is decided here: every line is an event, or a
//! sum over events.

mod accesses;
mod chrome;
mod chrome_workers;
mod openmetrics;

pub use accesses::{csv, oracle_general};
pub use chrome::chrome;
pub use openmetrics::openmetrics;
