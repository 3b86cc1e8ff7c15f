//! A model that is ready to run.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::{exactly, file};
use crate::engine::{LoadError, Loaded, Recipe, Workload};
use crate::inference::{self, InferenceError, InputBlock, OpenOptions, ScoreBlock, Signature};
use crate::process::give_back_freed_memory;
use crate::resource::compiled::Compilable;
use crate::resource::{Catalogue, Key, ModelId, Resource};
use crate::vocabulary::{Backend, BackendChoice, Problem, RunsOn};

/// An opened model.
pub struct OpenModel(Box<dyn inference::Model>);

impl OpenModel {
    /// What it takes and gives.
    pub fn signature(&self) -> Signature {
        self.0.signature().clone()
    }

    /// Is an input quicker given column by column?
    pub fn takes_columns(&self, input: usize) -> bool {
        self.0.takes_columns(input)
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
    inputs: &[Arc<Resource>],
) -> Result<Loaded<Resource>, LoadError> {
    if let Some(problem) = catalogue.unfit(id) {
        return Err(problem.clone().into());
    }
    let path = catalogue.model_path(id)?;
    let bound = catalogue.bound(id);
    let bound = bound.ok_or_else(|| Problem::new("its header is not known").in_file(path))?;
    let options = OpenOptions {
        output: catalogue.score_output(id).map(str::to_owned),
        device: catalogue.device(id),
        ..bound.open_options()
    };
    let model = match open(catalogue, id, &options, inputs) {
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
    let detail = match model.mapped_bytes() {
        0 => model.engine().to_owned(),
        _ => format!("{}, compiled before", model.engine()),
    };
    let mapped_bytes = model.mapped_bytes();
    Ok(Loaded {
        value: Resource::Model(Arc::new(OpenModel(model))),
        bytes: memory.bytes,
        mapped_bytes,
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
    inputs: &[Arc<Resource>],
) -> Result<Box<dyn inference::Model>, InferenceError> {
    let path = catalogue.model_path(id).unwrap_or(Path::new(""));
    if options.backend != Backend::Native {
        return inference::open(path, options);
    }
    let name = catalogue.name(&Key::Model(id.clone()));
    let compilable = Compilable::of(name, options.output.as_deref(), inputs);
    let kept = catalogue.compiled.as_deref().zip(compilable);
    if let Some((models, compilable)) = &kept {
        let mut restored = None;
        let mut restore = |form| {
            restored = inference::restore(path, form, options);
            restored.is_some()
        };
        models.find(&compilable.name, compilable.key, &mut restore);
        if let Some(model) = restored {
            return Ok(model);
        }
    }
    let source = catalogue.files.source(path).ok();
    let Some(bytes) = source.and_then(|source| source.read_whole().ok()) else {
        // What cannot be read is told with the words of who reads it.
        return inference::open(path, options);
    };
    let started = Instant::now();
    let model = inference::open_bytes(path, &bytes, options)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some((models, compilable)) = kept
        && let Some(form) = model.compiled_form(&bytes)
        && Compilable::is_worth(&form, seconds)
    {
        drop(bytes);
        models.keep(&compilable.name, compilable.key, form, seconds);
    }
    Ok(model)
}
