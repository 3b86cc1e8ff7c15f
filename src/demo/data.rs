//! What the two are asked about: a dataset, and what an experiment gathers over time besides, such as
//! tables of other populations. Fairness needs the first; the others are named for other questions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::generate::{self, EXPERIMENT, Order, TableFormat};
use crate::vocabulary::Problem;

/// Tables of other populations, each as large as the dataset.
const POPULATIONS: u64 = 3;

/// How much is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows of the dataset.
    pub rows: usize,
    /// Features that the model takes.
    pub features: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            rows: 250_000,
            features: 60,
        }
    }
}

/// What has been generated.
#[derive(Clone, Debug)]
pub struct Data {
    /// The experiment's file.
    pub experiment: PathBuf,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Generates it all in a folder; `progress` is told in words how far it is.
pub fn generate(folder: &Path, size: Size, progress: &dyn Fn(&str)) -> Result<Data, Problem> {
    let order = |seed: u64| Order {
        rows: size.rows,
        features: size.features,
        seed,
        format: TableFormat::Csv,
        folder: folder.to_owned(),
    };
    let mut written = generate::generate(&order(42), progress)?;
    let mut others = Vec::new();
    for number in 1..=POPULATIONS {
        let name = format!("population_{number}");
        let table = generate::generate_table(&order(42 + number), &name, progress)?;
        others.push(format!("\"{}\"", table.name));
        written.push(table);
    }
    let experiment = folder.join(EXPERIMENT);
    let at = |error: std::io::Error| Problem::new(error.to_string()).in_file(&experiment);
    let text = fs::read_to_string(&experiment).map_err(at)?;
    let more = format!("alternative = [{}, ", others.join(", "));
    let text = text.replacen("alternative = [", &more, 1);
    crate::files::write_whole(&experiment, text.as_bytes())
        .map_err(|error| Problem::new(error.to_string()).in_file(&experiment))?;
    let bytes = written.iter().map(|file| file.bytes).sum();
    Ok(Data { experiment, bytes })
}
