//! A model that is ready to run.

use std::path::Path;

use crate::engine::memory::give_back_freed_memory;
use crate::engine::{LoadError, Loaded};
use crate::inference::{self, InferenceError, InputBlock, OpenOptions, ScoreBlock, Signature};
use crate::vocabulary::{Backend, Problem};

/// An opened model.
pub struct OpenModel(Box<dyn inference::Model>);

impl OpenModel {
    /// What it takes and gives.
    pub fn signature(&self) -> Signature {
        self.0.signature().clone()
    }

    /// Scores one batch.
    pub fn run(&self, rows: usize, inputs: &[InputBlock<'_>]) -> Result<ScoreBlock, LoadError> {
        let block = self.0.run(rows, inputs);
        block.map_err(|error| LoadError::Failed(error.to_string().into()))
    }
}

/// Opens a model.
pub(super) fn load(path: &Path, options: &OpenOptions) -> Result<Loaded<OpenModel>, LoadError> {
    let model = inference::open(path, options).map_err(|error| failed(&error, options))?;
    // Building a session leaves twice its final size in freed blocks.
    give_back_freed_memory();
    let memory = model.memory();
    let detail = model.engine().to_owned();
    Ok(Loaded {
        value: OpenModel(model),
        bytes: memory.bytes,
        mapped_bytes: 0,
        exact: memory.exact,
        detail,
    })
}

/// The native backend is chosen only for what it covers: what it refuses later is another file.
fn failed(error: &InferenceError, options: &OpenOptions) -> LoadError {
    let has_changed =
        matches!(error, InferenceError::Uncovered { .. }) && options.backend == Backend::Native;
    LoadError::Failed(Problem::new(if has_changed {
        format!(
            "{error}; it has changed since the experiment was opened: open the experiment again"
        )
    } else {
        error.to_string()
    }))
}
