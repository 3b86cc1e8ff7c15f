//! A model that is ready to run.

use std::path::Path;
use std::sync::Arc;

use super::{exactly, file};
use crate::engine::{LoadError, Loaded, Recipe};
use crate::inference::{self, InferenceError, InputBlock, OpenOptions, ScoreBlock, Signature};
use crate::process::give_back_freed_memory;
use crate::resource::{Catalogue, Key, ModelId, Resource};
use crate::vocabulary::{Backend, BackendChoice, Problem, RunsOn};

/// An opened model.
pub struct OpenModel(Box<dyn inference::Model>);

impl OpenModel {
    /// What it takes and gives.
    pub fn signature(&self) -> Signature {
        self.0.signature().clone()
    }

    /// Scores one batch.
    pub fn run(&self, rows: usize, inputs: &[InputBlock<'_>]) -> Result<ScoreBlock, Problem> {
        let block = self.0.run(rows, inputs);
        block.map_err(|error| Problem::new(error.to_string()))
    }

    /// Scores one batch by itself, for a model whose scores depend on the rows beside a row.
    pub fn run_together(
        &self,
        rows: usize,
        inputs: &[InputBlock<'_>],
    ) -> Result<ScoreBlock, Problem> {
        let block = self.0.run_together(rows, inputs);
        block.map_err(|error| Problem::new(error.to_string()))
    }
}

pub(in crate::resource) fn inputs(catalogue: &Catalogue, id: &ModelId) -> Vec<Key> {
    let mut inputs = vec![Key::Header(id.clone())];
    inputs.extend(catalogue.model_path(id).ok().map(file));
    let weights = catalogue.weight_files(id).iter();
    inputs.extend(weights.map(|path| file(path)));
    let runs_on = catalogue.bound(id).map(|model| model.backend.runs_on());
    inputs.extend((runs_on == Some(RunsOn::OnnxRuntime)).then_some(Key::Runtime));
    inputs
}

pub(in crate::resource) fn recipe(catalogue: &Catalogue, id: &ModelId) -> Recipe {
    Recipe::new("model").with("engine", catalogue.engine(id))
}

pub(in crate::resource) fn estimated_bytes(catalogue: &Catalogue, id: &ModelId) -> Option<u64> {
    match catalogue.bound(id) {
        Some(model) => Some(
            model
                .header
                .estimated_memory
                .on(model.backend.runs_on())
                .bytes,
        ),
        None => catalogue.length_of_model(id),
    }
}

/// Opens a model, if its header is the one that it was fitted by.
pub(in crate::resource) fn load(
    catalogue: &Catalogue,
    id: &ModelId,
) -> Result<Loaded<Resource>, LoadError> {
    if let Some(problem) = catalogue.unfit(id) {
        return Err(problem.clone().into());
    }
    let path = catalogue.model_path(id)?;
    let bound = catalogue.bound(id);
    let bound = bound.ok_or_else(|| Problem::new("its header is not known").in_file(path))?;
    let options = OpenOptions {
        output: catalogue.score_output(id).map(str::to_owned),
        ..bound.open_options()
    };
    let model = match open(catalogue, id, &options) {
        Ok(model) => model,
        Err(InferenceError::Uncovered { reason, .. })
            if bound.backend == BackendChoice::Covered =>
        {
            let detail = format!("not covered natively after all: {reason}");
            return Ok(exactly(Resource::Refused(reason), 0, detail));
        }
        Err(error) => return Err(Problem::new(error.to_string()).into()),
    };
    if !is_as_bound(model.signature(), &bound.header.signature) {
        let problem = Problem::new("it has changed while it was looked at").in_file(path);
        return Err(problem.remedy("run again").into());
    }
    // Building a session leaves twice its final size in freed blocks.
    give_back_freed_memory();
    let memory = model.memory();
    let detail = model.engine().to_owned();
    Ok(Loaded {
        value: Resource::Model(Arc::new(OpenModel(model))),
        bytes: memory.bytes,
        mapped_bytes: 0,
        exact: memory.exact,
        detail,
    })
}

/// Is it the model that was looked at? How long its weights are in other files says nothing.
fn is_as_bound(opened: &Signature, bound: &Signature) -> bool {
    let opened = Signature {
        file_bytes: bound.file_bytes,
        ..opened.clone()
    };
    opened == *bound
}

fn open(
    catalogue: &Catalogue,
    id: &ModelId,
    options: &OpenOptions,
) -> Result<Box<dyn inference::Model>, InferenceError> {
    let path = catalogue.model_path(id).unwrap_or(Path::new(""));
    let runs_natively = options.backend == Backend::Native;
    let source = catalogue.files.source(path).ok().filter(|_| runs_natively);
    match source.and_then(|source| source.read_whole().ok()) {
        Some(bytes) => inference::open_bytes(path, &bytes, options),
        // ONNX Runtime reads it itself, and what cannot be read is told with its own words.
        None => inference::open(path, options),
    }
}
