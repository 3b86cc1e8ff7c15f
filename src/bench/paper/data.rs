//! The data sets that the tables are measured on: generated, each in a folder of its own.

use std::path::{Path, PathBuf};

use super::claims::Size;
use crate::generate::{EXPERIMENT, FEATURES, Order, ROWS, TableFormat, generate};
use crate::vocabulary::Problem;

/// Of all draws.
const SEED: u64 = 42;

/// Where data sets are, and by how much they are smaller than the paper's.
#[derive(Clone, Debug)]
pub(in crate::bench) struct Data {
    folder: PathBuf,
    scale: f64,
}

impl Data {
    pub(in crate::bench) fn new(folder: &Path, scale: f64) -> Self {
        Self {
            folder: folder.to_owned(),
            scale,
        }
    }

    /// Rows and features of a size here.
    pub(in crate::bench) fn counts(&self, size: Size) -> (usize, usize) {
        let (rows, features) = size.counts();
        let rows = (rows as f64 * self.scale).round() as usize;
        (
            rows.clamp(*ROWS.start(), *ROWS.end()),
            features.clamp(*FEATURES.start(), *FEATURES.end()),
        )
    }

    /// The experiment's file of a size; its data is made where it is missing. The experiment's file is
    /// written last, so a folder that has one is whole.
    pub(in crate::bench) fn experiment(
        &self,
        size: Size,
        progress: &dyn Fn(&str),
    ) -> Result<PathBuf, Problem> {
        let (rows, features) = self.counts(size);
        let folder = self.folder.join(format!("{rows}x{features}"));
        let experiment = folder.join(EXPERIMENT);
        if experiment.exists() {
            return Ok(experiment);
        }
        let order = Order {
            rows,
            features,
            seed: SEED,
            format: TableFormat::Parquet,
            folder,
        };
        generate(&order, progress)?;
        Ok(experiment)
    }
}
