//! Scoring rows with an ONNX model: one trait and two implementations, our own and ONNX Runtime, and
//! the reading of ONNX files, which needs neither.
//!
//! A model is opened, and fed a block of values an input, here of one row:
//!
//! ```
//! use lazydebugger::inference::InputBlock::{F32, Text};
//! use lazydebugger::inference::{OpenOptions, open};
//!
//! # fn main() -> Result<(), lazydebugger::inference::InferenceError> {
//! let model = open("sample_data/wage/ridge.onnx".as_ref(), &OpenOptions::default())?;
//! let columns = [
//!     F32(&[2006.0]), F32(&[18.0]), Text(&["Never Married"]), Text(&["White"]),
//!     Text(&["< HS Grad"]), Text(&["Industrial"]), Text(&["<=Good"]), Text(&["No"]),
//! ];
//! let wage = model.run(1, &columns)?.scores[0];
//! assert!((30.0..120.0).contains(&wage));
//! # Ok(())
//! # }
//! ```
//!
//! [`read_header`] tells what a model takes and gives, what is likely to run it, and about what it will
//! take in memory, from the small parts of its file; [`choose`] settles what is to run it; [`open`] and
//! [`open_bytes`] make it ready to run, and the first model that needs the runtime library opens it;
//! [`runtime`] finds and installs that library. A program that opens models of others calls
//! [`answer_trials`] first: then ONNX Runtime is tried on each in a process of its own.

mod batch;
mod choice;
mod class_index;
mod error;
mod file;
mod header;
mod inspect;
pub mod native;
mod onnx;
mod onnx_runtime;
pub mod runtime;
mod signature;
mod sum_of_trees;

use std::path::{Path, PathBuf};

use crate::files::Map;
use crate::vocabulary::{Backend, Device, RunsOn};

pub use choice::choose;
pub use error::{INSTALL_COMMAND, InferenceError};
pub use header::{Coverage, EstimatedMemory, Header, read_header, read_header_for};
pub use onnx_runtime::cage::answer as answer_trials;
pub use signature::{Doubt, ElementType, InputSpec, RowMixing, ScoreKind, ScoreScale, Signature};
pub use sum_of_trees::{Drop, InputColumn, Monotone, Mover, Proof, SumOfTrees};

/// Batches that start at multiples of this many rows give every row the same scores, bit for bit,
/// however the rows are cut. The runtime computes what is left over from a vector register, and
/// what lies at another place in it, with other last bits; 16 is the widest register of floats.
pub const BATCH_STEP: usize = 16;

/// How a model is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Threads that one run may use; one unless said otherwise. With more, ONNX Runtime adds up
    /// trees in another order, and results would depend on the machine: callers run models, or
    /// batches of a native one, side by side instead.
    pub threads: usize,
    /// Do ONNX Runtime's threads wait actively? Quicker where nothing else runs, and a burden on
    /// everything else: of use to benchmarks only.
    pub spinning: bool,
    /// Who runs it.
    pub backend: Backend,
    /// What ONNX Runtime runs it on; natively, models run on the processor.
    pub device: Device,
    /// The output to read, for a model that has several and does not say which matters: `NAME`, or
    /// `NAME[COLUMN]` for one column of it.
    pub output: Option<String>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        OpenOptions {
            threads: 1,
            spinning: false,
            backend: Backend::default(),
            device: Device::default(),
            output: None,
        }
    }
}

/// A model that is ready to run.
pub trait Model: Send + Sync + std::fmt::Debug {
    /// What it takes and gives.
    fn signature(&self) -> &Signature;

    /// Scores one batch. Every block holds `rows` rows; the blocks are in the order of
    /// the signature's inputs. A model with a fixed batch is fed in parts of that size. Start
    /// batches at multiples of [`BATCH_STEP`] rows, so that their size changes nothing. The native
    /// backend scores batches of several threads side by side; ONNX Runtime, one after the other.
    fn run(&self, rows: usize, inputs: &[InputBlock<'_>]) -> Result<ScoreBlock, InferenceError>;

    /// As [`Model::run`], with all rows in one batch and nothing beside them: for models whose scores
    /// depend on the rows that are scored together.
    fn run_together(
        &self,
        rows: usize,
        inputs: &[InputBlock<'_>],
    ) -> Result<ScoreBlock, InferenceError> {
        self.run(rows, inputs)
    }

    /// Whether it goes through an input of float32 column by column itself, so that it is quicker given as
    /// [`InputBlock::F32Columns`]. By the input's place in the signature.
    fn takes_columns(&self, _input: usize) -> bool {
        false
    }

    /// Who computes, such as `ONNX Runtime 1.31.1, 2 threads`: shown to users, and part of the key
    /// of predictions, since the last bits depend on it.
    fn engine(&self) -> &str;

    /// What the model takes in memory.
    fn memory(&self) -> MemoryFigure;

    /// Bytes of a mapped file that it uses on top of that.
    fn mapped_bytes(&self) -> u64 {
        0
    }

    /// The model as bytes that [`restore`] takes, where that is worth it; `onnx` is its file.
    fn compiled_form(&self, _onnx: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// The values of one input for some rows, row by row where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InputBlock<'a> {
    /// For float32 inputs; for float16 ones it is converted.
    F32(&'a [f32]),
    /// For float32 inputs as well, column by column: all rows of the first, then all of the second.
    /// Quicker where [`Model::takes_columns`] says so.
    F32Columns(&'a [f32]),
    /// For float64 inputs.
    F64(&'a [f64]),
    /// For int64 inputs; for narrower ones and those without a sign it is converted.
    I64(&'a [i64]),
    /// For int32 inputs.
    I32(&'a [i32]),
    /// For bool inputs.
    Bool(&'a [bool]),
    /// For text inputs.
    Text(&'a [&'a str]),
    /// For text inputs as well: each value by its place among the distinct texts, so that the
    /// texts are looked at once a block and not once a row. Every code must be a place in `texts`.
    Categories {
        /// The distinct texts.
        texts: &'a [&'a str],
        /// The values, row by row.
        codes: &'a [u32],
    },
}

impl InputBlock<'_> {
    /// Values in the block: rows times columns.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) | Self::F32Columns(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Categories { codes, .. } => codes.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ScoreBlock {
    /// Leaves one column of the scores.
    pub(crate) fn keep_column(&mut self, column: usize) -> Result<(), String> {
        if column >= self.columns {
            let count = self.columns;
            return Err(format!(
                "it gives {count} scores a row, so there is no column {column} (counted from 0)"
            ));
        }
        self.scores = self.column(column).collect();
        self.columns = 1;
        Ok(())
    }
}

/// What a model says about a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreBlock {
    /// As many as were fed.
    pub rows: usize,
    /// One a class; 1 for a single score or a regression; 0 where there are labels only.
    pub columns: usize,
    /// `rows` times `columns`, row by row, in the order of the signature's classes.
    pub scores: Vec<f32>,
    /// The predicted class as an index into the signature's classes, or, where these are not known,
    /// the number that the model gave.
    pub labels: Option<Vec<u32>>,
}

impl ScoreBlock {
    /// The scores of one column, such as those of the positive class.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f32> + '_ {
        self.scores
            .iter()
            .skip(column)
            .step_by(self.columns.max(1))
            .copied()
    }
}

/// Bytes in memory, and how well they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MemoryFigure {
    /// The figure.
    pub bytes: u64,
    /// Whether it was counted; otherwise it is an estimate, and is to be shown as one.
    pub exact: bool,
}

/// Reads what a model takes and gives from its file alone: quick, and no runtime is opened.
pub fn inspect(path: &Path) -> Result<Signature, InferenceError> {
    inspect_file(path, None)
}

/// As [`inspect()`], for a model whose scores are in the named output.
pub fn inspect_output(path: &Path, output: &str) -> Result<Signature, InferenceError> {
    inspect_file(path, Some(output))
}

fn inspect_file(path: &Path, output: Option<&str>) -> Result<Signature, InferenceError> {
    let bytes = file::read(path)?;
    inspect::signature(path, &file::parse(path, &bytes)?, bytes.len(), output)
}

/// The files beside a model that hold its weights; none where it has none, or is none. `bytes` is the
/// whole content of the file at `path`, as for [`read_header`].
pub fn weight_files(path: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let model = file::parse(path, bytes);
    let parts = model.ok().and_then(|m| m.graph.external_data().ok());
    let locations = file::locations(parts.as_deref().unwrap_or_default());
    let files = locations.into_iter();
    files.map(|location| file::beside(path, location)).collect()
}

/// Opens a model for running; the first that needs the runtime library opens it.
pub fn open(path: &Path, options: &OpenOptions) -> Result<Box<dyn Model>, InferenceError> {
    let bytes = file::read(path)?;
    match open_natively(path, &bytes, options)? {
        Opened::Natively(model) => Ok(model),
        Opened::NotYet(signature) => onnx_runtime::open(path, bytes.into(), *signature, options),
    }
}

/// As [`open`], of a file whose whole content is `bytes`. For ONNX Runtime, which reads files itself,
/// and for external data `path` counts.
pub fn open_bytes(
    path: &Path,
    bytes: &[u8],
    options: &OpenOptions,
) -> Result<Box<dyn Model>, InferenceError> {
    file::check_content(path, bytes)?;
    match open_natively(path, bytes, options)? {
        Opened::Natively(model) => Ok(model),
        Opened::NotYet(signature) => onnx_runtime::open(path, bytes.into(), *signature, options),
    }
}

/// A native model, ready to run, from the form that [`Model::compiled_form`] gave; none where that is
/// not as it was. Scores are the same, bit for bit. The file may not be written over in place while the
/// model is there: who maps it makes sure of that.
pub fn restore(path: &Path, form: Map, options: &OpenOptions) -> Option<Box<dyn Model>> {
    native::restore(path, form, options.threads)
}

enum Opened {
    Natively(Box<dyn Model>),
    /// ONNX Runtime is to do it.
    NotYet(Box<Signature>),
}

fn open_natively(
    path: &Path,
    bytes: &[u8],
    options: &OpenOptions,
) -> Result<Opened, InferenceError> {
    let model = file::parse(path, bytes)?;
    let signature = inspect::signature(path, &model, bytes.len(), options.output.as_deref())?;
    let natively = |signature| native::open_graph(path, &model.graph, signature, options.threads);
    match options.backend {
        Backend::OnnxRuntime => Ok(Opened::NotYet(Box::new(signature))),
        Backend::Native => natively(signature).map(Opened::Natively),
        Backend::Auto => match natively(signature.clone()) {
            Err(InferenceError::Uncovered { .. }) => Ok(Opened::NotYet(Box::new(signature))),
            opened => opened.map(Opened::Natively),
        },
    }
}

/// What [`Model::engine`] will say, without opening anything: for the key of predictions that may
/// already be on disk. For ONNX Runtime it looks for the library.
pub fn engine_identity(runs_on: RunsOn, threads: usize) -> String {
    match runs_on {
        RunsOn::OnnxRuntime => onnx_runtime::engine_identity(threads),
        RunsOn::Native => native::engine_identity(),
    }
}
