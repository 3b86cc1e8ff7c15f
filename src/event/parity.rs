//! Whether the model says what the library that trained it says.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the model's scores compare with those that the training library gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parity {
    /// Rows compared.
    pub rows: u64,
    /// Rows with a score that is off by more than 1e-4.
    pub differing: u64,
    /// The largest difference, relative to the score where that is above 1.
    pub largest: f64,
    /// Its row, from 0.
    pub largest_row: u64,
    /// Rows that are decided otherwise.
    pub flipped: u64,
    /// What usually makes such differences, where they fit a pattern.
    pub cause: Option<String>,
}

impl Parity {
    /// Does the model say the same?
    pub fn is_good(&self) -> bool {
        self.differing == 0 && self.flipped == 0
    }
}

impl fmt::Display for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, largest, .. } = self;
        if self.is_good() {
            return write!(
                f,
                "the scores are those of the training library: {rows} rows, largest difference \
                 {largest:.1e}"
            );
        }
        write!(
            f,
            "the scores are not those of the training library: {} of {rows} rows ({:.2}%) are off by \
             more than 1e-4, the worst by {largest:.2} (row {}, counted from 0), and {} are decided \
             otherwise",
            self.differing,
            100.0 * self.differing as f64 / (*rows).max(1) as f64,
            self.largest_row,
            self.flipped
        )?;
        match &self.cause {
            Some(cause) => write!(f, "; {cause}"),
            None => Ok(()),
        }
    }
}
