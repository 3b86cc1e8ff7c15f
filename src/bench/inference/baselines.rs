//! The libraries that train models: a Python process trains them, exports them, and times itself
//! when it is asked.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::Family;
use crate::bench::python::Python;
use crate::bench::subject::bundled_adult;
use crate::child::Scratch;
use crate::files;
use crate::resource::Reading;
use crate::resource::source::Source;
use crate::resource::table::{Column, MISSING};
use crate::resource::table_file::{read_schema, read_table};
use crate::vocabulary::{Problem, TableOptions};

const SCRIPT: &str = include_str!("../../../benches/baselines.py");
/// What it needs.
const NEEDS: &str = "scikit-learn, xgboost, skl2onnx, onnxmltools and pandas";

/// A model that Python has trained, and knows by its file's stem.
#[derive(Deserialize)]
pub(super) struct Trained {
    pub(super) family: Family,
    pub(super) library: String,
    /// The exported model.
    pub(super) file: PathBuf,
    /// The rows to score; the bundled ones where there is none.
    pub(super) table: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Prepared {
    models: Vec<Trained>,
    versions: serde_json::Map<String, serde_json::Value>,
}

/// How long a library takes.
#[derive(Deserialize)]
pub(super) struct Answer {
    /// For a pass over all rows.
    pub(super) seconds: f64,
    /// By which of its calls.
    pub(super) how: String,
}

/// The Python process, and the folder that it works in.
pub(super) struct Baselines {
    python: Python,
    prepared: Prepared,
    _temporary: Scratch,
}

impl Baselines {
    /// Starts Python and waits until its models are trained; they are kept in `keep`.
    pub(super) fn start(python: &Path, keep: Option<&Path>, rows: usize) -> Result<Self, Problem> {
        let at = |error: std::io::Error| Problem::new(error.to_string()).in_file(python);
        let temporary = Scratch::new().map_err(at)?;
        let folder = match keep {
            Some(folder) => &std::path::absolute(folder).map_err(at)?,
            None => temporary.path(),
        };
        let at = |error: std::io::Error| Problem::new(error.to_string()).in_file(folder);
        fs::create_dir_all(folder).map_err(at)?;
        let [train, test] = bundled_tables()?;
        let train_file = folder.join("adult_train.csv");
        let test_file = folder.join("adult_test.csv");
        files::write_whole(&train_file, train.as_bytes()).map_err(at)?;
        files::write_whole(&test_file, test.as_bytes()).map_err(at)?;
        let rows = rows.to_string();
        let arguments = [folder, &train_file, &test_file, Path::new(&rows)];
        let mut python = Python::start(python, SCRIPT, &arguments, &temporary, NEEDS)?;
        Ok(Self {
            prepared: python.read()?,
            python,
            _temporary: temporary,
        })
    }

    pub(super) fn models(&self) -> &[Trained] {
        &self.prepared.models
    }

    /// The libraries and their versions.
    pub(super) fn versions(&self) -> Vec<(String, String)> {
        let versions = self.prepared.versions.iter();
        versions
            .map(|(name, version)| (name.clone(), version.as_str().unwrap_or("").to_owned()))
            .collect()
    }

    /// Lets the library that trained a model score all rows.
    pub(super) fn time(&mut self, model: &str, threads: usize) -> Result<Answer, Problem> {
        self.python
            .ask(&json!({ "model": model, "threads": threads }))
    }
}

/// The bundled rows to train on, and those to score, as CSV text.
fn bundled_tables() -> Result<[String; 2], Problem> {
    let adult = bundled_adult()?;
    let train = adult.dataset.calibration.as_deref();
    let train = train.ok_or("the bundled experiment has no calibration table")?;
    Ok([csv(train)?, csv(&adult.dataset.path)?])
}

fn csv(path: &Path) -> Result<String, Problem> {
    let source = Source::open(path)?;
    let options = TableOptions::default();
    let schema = read_schema(&source, &options)?;
    let names: Vec<String> = schema.names().map(str::to_owned).collect();
    let wanted = names.iter().map(|name| (name.clone(), Reading::NAMES));
    let table = read_table(&source, &wanted.collect::<Vec<_>>(), &options)?;
    let columns = names.iter().map(|name| table.column(name));
    let columns: Vec<&Column> = columns.collect::<Result<_, _>>()?;
    let mut text = names.join(",") + "\n";
    for row in 0..table.rows {
        let cells: Vec<String> = columns.iter().map(|column| cell(column, row)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    Ok(text)
}

/// The bundled tables hold neither commas nor quotes.
fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Numbers { values, .. } if values[row].is_nan() => String::new(),
        Column::Numbers { values, .. } => values[row].to_string(),
        Column::Texts { codes, .. } if codes[row] == MISSING => String::new(),
        Column::Texts { categories, codes } => categories[codes[row] as usize].clone(),
    }
}
