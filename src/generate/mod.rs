//! Data sets of any size with a model that fits them, for measuring and for trying things out.
//! Everything is drawn from a seed: the same order gives the same bytes.
//!
//! | file | what it does |
//! |---|---|
//! | [`formula`] | the columns and the outcome, as drawn from a stated formula |
//! | [`boosting`] | a small trainer: gradient-boosted trees |
//! | [`trials`] | models by several settings, and what each scores on held-out rows |
//! | [`onnx`] | trees as an ONNX file |
//! | [`table`] | rows into a table file, block by block |
//! | [`experiment_file`] | the experiment.toml that names it all |

mod boosting;
mod experiment_file;
mod formula;
mod onnx;
mod table;
mod trials;

use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::resource::source::Source;
use crate::vocabulary::{ContentId, Problem};
use formula::{Formula, Part};
use trials::Trials;

pub use crate::table_writer::TableFormat;

/// The fewest and the most rows of a data set.
pub const ROWS: std::ops::RangeInclusive<usize> = 100..=1_000_000_000;
/// The fewest and the most features.
pub const FEATURES: std::ops::RangeInclusive<usize> = 4..=2_000;

/// The calibration and the alternative table have so many times fewer rows than the dataset, but
/// not fewer than 100.
const SIDE_TABLES: usize = 5;

/// The experiment's file, in the folder.
pub const EXPERIMENT: &str = "experiment.toml";

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Order {
    /// Rows of the dataset, within [`ROWS`].
    pub rows: usize,
    /// Features that the model takes, within [`FEATURES`].
    pub features: usize,
    /// Of all draws.
    pub seed: u64,
    /// Of the tables.
    pub format: TableFormat,
    /// A folder; it is made where it is missing, and files of the same names are replaced.
    pub folder: PathBuf,
}

/// A file that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Of a table.
    pub rows: Option<usize>,
    /// Of its bytes.
    pub content: ContentId,
}

fn at(path: &Path, error: impl std::fmt::Display) -> Problem {
    Problem::new(error.to_string()).in_file(path)
}

/// Writes a data set and its experiment; `progress` is told in words how far it is. The experiment's
/// file comes last, so a folder that has one is whole.
pub fn generate(order: &Order, progress: &dyn Fn(&str)) -> Result<Vec<Written>, Problem> {
    let folder = &order.folder;
    fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
    let experiment = folder.join(EXPERIMENT);
    if experiment.exists() {
        fs::remove_file(&experiment).map_err(|e| at(&experiment, e))?;
    }
    let formula = Formula::new(order.seed, order.features);

    progress("training models");
    let trials = Trials::run(&formula);
    let mut written = Vec::new();
    let columns = formula.inputs();
    for (name, trees) in [
        (experiment_file::MODEL, trials.best()),
        (experiment_file::SMALL_MODEL, trials.smallest()),
    ] {
        let bytes = onnx::classifier(&columns, trees);
        written.push(write(folder, name, &bytes)?);
    }
    written.push(write(
        folder,
        experiment_file::TRIALS,
        trials.csv().as_bytes(),
    )?);

    let side_rows = (order.rows / SIDE_TABLES).max(*ROWS.start());
    for (part, rows) in [
        (Part::Test, order.rows),
        (Part::Calibration, side_rows),
        (Part::Shifted, side_rows),
    ] {
        let name = order.format.file_name(part.name());
        let path = folder.join(&name);
        table::write(&path, order.format, &formula, part, rows, |done| {
            progress(&format!("{name}: {done} of {rows} rows"));
        })
        .map_err(|e| at(&path, e))?;
        progress(&format!("{name}: content id"));
        written.push(look_at(folder, &name, Some(rows))?);
    }
    let text = experiment_file::text(order, &formula);
    written.push(write(folder, EXPERIMENT, text.as_bytes())?);
    Ok(written)
}

/// Writes one table of another population under this name, with as many rows as are ordered, and nothing
/// else.
pub fn generate_table(
    order: &Order,
    name: &str,
    progress: &dyn Fn(&str),
) -> Result<Written, Problem> {
    let folder = &order.folder;
    fs::create_dir_all(folder).map_err(|e| at(folder, e))?;
    let formula = Formula::new(order.seed, order.features);
    let name = order.format.file_name(name);
    let path = folder.join(&name);
    let (format, rows) = (order.format, order.rows);
    table::write(&path, format, &formula, Part::Shifted, rows, |done| {
        progress(&format!("{name}: {done} of {rows} rows"));
    })
    .map_err(|e| at(&path, e))?;
    look_at(folder, &name, Some(rows))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<Written, Problem> {
    let path = folder.join(name);
    files::write_whole(&path, bytes).map_err(|e| at(&path, e))?;
    look_at(folder, name, None)
}

fn look_at(folder: &Path, name: &str, rows: Option<usize>) -> Result<Written, Problem> {
    let path = folder.join(name);
    let bytes = fs::metadata(&path).map(|m| m.len());
    let found = bytes.and_then(|bytes| Ok((bytes, content_of(&path)?)));
    let (bytes, content) = found.map_err(|e| at(&path, e))?;
    Ok(Written {
        name: name.to_owned(),
        bytes,
        rows,
        content,
    })
}

fn content_of(path: &Path) -> std::io::Result<ContentId> {
    let source = Source::open(path).map_err(std::io::Error::other)?;
    Ok(source.identify()?.content)
}
