//! Models as they are fed and read, and the columns that they take.

use std::collections::HashSet;
use std::sync::Arc;

use super::Catalogue;
use crate::inference::{Header, OpenOptions};
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::matching::InputPlan;
use crate::resource::scores::ScoreReading;
use crate::vocabulary::{Backend, BackendChoice, Device, Problem, RunsOn};

/// How a model is fed and read.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundModel {
    /// What its file says of itself.
    pub header: Arc<Header>,
    /// The columns of every input.
    pub inputs: Vec<InputPlan>,
    /// What runs it, and why.
    pub backend: BackendChoice,
    /// How the scores are read; none until a sample of them has been seen, where it takes one.
    pub reading: Option<ScoreReading>,
    /// By how much the scores of a row change with the rows beside it, where a trial has shown that
    /// they do: each table is then scored in one batch.
    pub mixing: Option<f32>,
}

impl BoundModel {
    pub(in crate::resource) fn open_options(&self) -> OpenOptions {
        OpenOptions {
            backend: match self.backend.runs_on() {
                RunsOn::Native => Backend::Native,
                RunsOn::OnnxRuntime => Backend::OnnxRuntime,
            },
            ..OpenOptions::default()
        }
    }
}

impl Catalogue {
    /// How a model is fed and read, as far as that is known.
    pub fn bound(&self, id: &ModelId) -> Option<&BoundModel> {
        self.bound.get(id)?.as_ref().ok().map(Arc::as_ref)
    }

    /// What a model runs on, as far as that is known.
    pub fn device(&self, id: &ModelId) -> Device {
        match self.bound(id).map(|bound| bound.backend.runs_on()) {
            Some(RunsOn::OnnxRuntime) => self.settings.device,
            Some(RunsOn::Native) | None => Device::Cpu,
        }
    }

    /// What stands against running a model.
    pub fn unfit(&self, id: &ModelId) -> Option<&Problem> {
        self.bound.get(id)?.as_ref().err()
    }

    /// What runs a resource and why, for a model whose header is known.
    pub fn backend(&self, key: &Key) -> Option<&BackendChoice> {
        match key {
            Key::Model(id) => Some(&self.bound(id)?.backend),
            _ => None,
        }
    }

    /// The features of the validated model, in the order of its inputs; none where its scores come
    /// from a file.
    pub fn features(&self) -> Vec<String> {
        let model = self.bound(&self.validated());
        let inputs = model.iter().flat_map(|m| &m.inputs);
        inputs.flat_map(|i| i.columns.iter().cloned()).collect()
    }

    /// The features of the validated model, each once, in the order of its inputs.
    pub fn distinct_features(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let features = self.features().into_iter();
        features.filter(|name| seen.insert(name.clone())).collect()
    }

    /// The features by which slices are made, in the order of the dataset's columns.
    pub fn sliced_features(&self) -> Vec<String> {
        let mut features = self.distinct_features();
        if let Some(schema) = self.schema(&TableId::Dataset) {
            let place = |name: &String| schema.columns.iter().position(|(n, _)| n == name);
            features.sort_by_cached_key(place);
        }
        features
    }

    /// The columns that a model takes and never looks at, in the order of its inputs: whatever they hold,
    /// its scores are the same.
    pub fn never_looked_at(&self, model: &ModelId) -> Vec<String> {
        let inputs = || self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let read: HashSet<&String> = inputs().flat_map(InputPlan::read).collect();
        let mut seen = HashSet::new();
        let all = inputs().flat_map(|input| &input.columns);
        all.filter(|name| !read.contains(name) && seen.insert(*name))
            .cloned()
            .collect()
    }
}
