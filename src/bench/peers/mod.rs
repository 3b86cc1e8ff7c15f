//! `bench peers`: what other libraries take for the same, in a Python of the user's; nothing is timed
//! whose answers are not the same.
//!
//! | file | what it does |
//! |---|---|
//! | [`metrics`] | whole dimensions, beside what a notebook would do |
//! | [`trees`] | scoring alone: trees by the libraries that are quick at them |
//! | [`sheet`] | a table, and its forms |

mod metrics;
mod sheet;
mod trees;

use std::path::PathBuf;

use serde::Serialize;

use super::paper::{Machine, Size};
use crate::vocabulary::Problem;

pub use sheet::{Sheet, markdown, text};

const SCRIPT: &str = include_str!("../../../benches/peers.py");

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Python whose libraries are measured.
    pub python: PathBuf,
    /// The generated data of the dimensions.
    pub size: Size,
    /// Rows to score with trees.
    pub rows: usize,
    /// Times that everything is measured.
    pub rounds: usize,
    /// Where generated data stays.
    pub data: Option<PathBuf>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Peers {
    /// Where.
    pub machine: Machine,
    /// Libraries, their versions, and why some are not there.
    pub libraries: Vec<(String, String)>,
    /// Dimensions, then trees.
    pub sheets: Vec<Sheet>,
}

/// Measures everything; `progress` hears what is under way.
pub fn measure(options: &Options, progress: &mut dyn FnMut(&str)) -> Result<Peers, Problem> {
    let mut libraries = Vec::new();
    let dimensions = metrics::measure(options, &mut libraries, progress)?;
    let trees = trees::measure(options, &mut libraries, progress)?;
    libraries.sort();
    libraries.dedup();
    Ok(Peers {
        machine: Machine::here(),
        libraries,
        sheets: vec![dimensions, trees],
    })
}

/// What Python says of its libraries.
#[derive(serde::Deserialize)]
struct Told {
    versions: std::collections::BTreeMap<String, String>,
    missing: std::collections::BTreeMap<String, String>,
}

impl Told {
    fn push_to(self, libraries: &mut Vec<(String, String)>) {
        libraries.extend(self.versions);
        let missing = self.missing.into_iter();
        libraries.extend(missing.map(|(name, why)| (name, format!("missing ({why})"))));
    }
}
