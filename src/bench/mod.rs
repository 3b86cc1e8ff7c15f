//! Measuring: the paper's tables, a folder each, and what they are measured with.
//!
//! [`inference`] sets the native backend beside ONNX Runtime and the libraries that trained the
//! models; [`comparison`] does the same for one model on its user's data; [`overhead`] sets lazy
//! loading beside eager, [`memory`] their peaks, [`dimensions`] times the presets, and [`paper`] holds the
//! paper's figures against ours; [`adaptive`] tells whether
//! loading ahead pays; [`peers`] sets what other libraries take beside what we take. What is timed is what a run of the
//! program does: tables are fed through the resource room, and whole runs go through a session.

pub mod adaptive;
mod columns;
pub mod comparison;
mod difference;
pub mod dimensions;
mod footprint;
pub mod inference;
pub mod memory;
pub mod overhead;
pub mod paper;
pub mod peers;
mod python;
mod spread;
mod subject;
mod timing;
mod whole_run;

pub use difference::{Difference, Tolerance};
pub use footprint::Footprint;
pub use spread::Spread;
pub use subject::{ColumnChoice, Subject, bundled, in_folder};

use crate::vocabulary::Problem;

/// An error of another room as a problem, in its words.
fn problem(error: impl std::fmt::Display) -> Problem {
    Problem::new(error.to_string())
}
