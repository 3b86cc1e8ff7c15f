//! What is known of the files so far, and what must be known for more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Catalogue, variants_with_models};
use crate::engine::graph::closure;
use crate::experiment::Sweep;
use crate::inference::Header;
use crate::resource::Resource;
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::kind::score_sample::ScoreSample;
use crate::resource::kind::target_values::TargetValues;
use crate::resource::table_file::TableSchema;
use crate::vocabulary::{Problem, Problems};

/// Why something cannot be told yet, or at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// These must be loaded first.
    Lacks(Vec<Key>),
    /// Files and experiment do not fit together.
    Unsound(Problems),
}

/// Facts by the keys under which they are loaded.
#[derive(Clone, Default)]
pub(super) struct Facts(BTreeMap<Key, Arc<Resource>>);

impl Facts {
    pub(super) fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn schema(&self, id: &TableId) -> Option<&TableSchema> {
        match self.0.get(&Key::Table(id.clone()))?.as_ref() {
            Resource::Schema(schema) => Some(schema),
            _ => None,
        }
    }

    pub(super) fn header(&self, id: &ModelId) -> Option<&Arc<Header>> {
        match self.0.get(&Key::Header(id.clone()))?.as_ref() {
            Resource::Header(header) => Some(header),
            _ => None,
        }
    }

    pub(super) fn target(&self) -> Option<&TargetValues> {
        match self.0.get(&Key::TargetValues)?.as_ref() {
            Resource::TargetValues(values) => Some(values),
            _ => None,
        }
    }

    pub(super) fn sample(&self, id: &ModelId) -> Option<&ScoreSample> {
        match self.0.get(&Key::ScoreSample(id.clone()))?.as_ref() {
            Resource::ScoreSample(sample) => Some(sample),
            _ => None,
        }
    }

    pub(super) fn runtime(&self) -> Option<&str> {
        match self.0.get(&Key::Runtime)?.as_ref() {
            Resource::Runtime(identity) => Some(identity),
            _ => None,
        }
    }

    pub(super) fn sweep(&self) -> Option<&Sweep> {
        match self.0.get(&Key::Hyperparameters)?.as_ref() {
            Resource::Sweep(sweep) => Some(sweep),
            _ => None,
        }
    }
}

/// Does it settle what others are?
fn is_fact(key: &Key) -> bool {
    match key {
        Key::Table(_)
        | Key::Header(_)
        | Key::TargetValues
        | Key::ScoreSample(_)
        | Key::Runtime
        | Key::Hyperparameters => true,
        Key::File(_)
        | Key::Columns { .. }
        | Key::Model(_)
        | Key::Predictions { .. }
        | Key::Parity
        | Key::Constraints
        | Key::ProtectedAttributes(_)
        | Key::Statistics(_)
        | Key::Drift
        | Key::WorstSlices
        | Key::UnusualRows { .. } => false,
    }
}

impl Catalogue {
    /// The facts on which these keys rest, known or not, and those on which the understanding of the
    /// whole experiment rests. Loading them may bring up more.
    pub fn facts_behind(&self, keys: &[Key]) -> Vec<Key> {
        let all = closure(self, keys).unwrap_or_default();
        let mut facts = self.core_facts();
        facts.extend(all.into_iter().filter(is_fact));
        let mut seen = std::collections::BTreeSet::new();
        facts.retain(|key| seen.insert(key.clone()));
        facts
    }

    /// The facts on which the understanding of the whole experiment rests, as far as that can be
    /// told.
    pub fn core_facts(&self) -> Vec<Key> {
        let mut facts = vec![Key::Table(TableId::Dataset)];
        for id in [TableId::Scores, TableId::ExpectedScores] {
            if self.has_table(&id) {
                facts.push(Key::Table(id));
            }
        }
        if !self.is_labelled(&TableId::Dataset) && self.has_table(&TableId::Calibration) {
            facts.push(Key::Table(TableId::Calibration));
        }
        let validated = self.validated();
        if self.models.contains_key(&validated) {
            facts.push(Key::Header(validated.clone()));
            if self.needs_sample(&validated) {
                facts.push(Key::ScoreSample(validated));
            }
        }
        if self.facts.runtime().is_some() {
            facts.push(Key::Runtime);
        }
        if self.facts.target().is_some() {
            facts.push(Key::TargetValues);
        }
        match &self.core {
            Err(Unbound::Lacks(more)) => {
                let more = more.iter().filter(|key| !facts.contains(key));
                facts.extend(more.cloned().collect::<Vec<_>>());
            }
            Err(Unbound::Unsound(_)) | Ok(_) => {}
        }
        facts
    }

    /// Is this known already?
    pub fn knows(&self, key: &Key) -> bool {
        !is_fact(key) || self.facts.has(key)
    }

    /// This catalogue and what follows from what was loaded; none if that says nothing new.
    pub fn learn(&self, loaded: impl IntoIterator<Item = (Key, Arc<Resource>)>) -> Option<Self> {
        let is_new = |(key, value): &(Key, Arc<Resource>)| {
            let known = self.facts.0.get(key);
            is_fact(key) && known.is_none_or(|known| !Arc::ptr_eq(known, value))
        };
        let new: Vec<(Key, Arc<Resource>)> = loaded.into_iter().filter(is_new).collect();
        if new.is_empty() {
            return None;
        }
        let mut next = self.clone();
        for (key, _) in &new {
            if let Key::Header(id) = key {
                next.refused.remove(id);
            }
        }
        next.facts.0.extend(new);
        next.bind();
        Some(next)
    }

    /// Draws what follows from the facts.
    pub(super) fn bind(&mut self) {
        if let Some(sweep) = self.facts.sweep() {
            let variants: Vec<_> = variants_with_models(sweep)
                .map(|(id, path)| (id, path.to_owned()))
                .collect();
            self.models
                .retain(|id, _| !matches!(id, ModelId::Variant(_)));
            self.models.extend(variants);
            self.name_files();
        }
        let weights = self.find_weights();
        if weights != self.weights {
            self.weights = weights;
            self.name_files();
        }
        self.columns.clear();
        self.bound.clear();
        self.core = Err(Unbound::Lacks(Vec::new()));
        self.core = self.bind_core().map(Arc::new);
        self.bind_others();
    }

    fn find_weights(&self) -> BTreeMap<ModelId, Vec<PathBuf>> {
        let models = self.models.iter();
        let weights = models.filter_map(|(id, path)| {
            let header = self.facts.header(id)?;
            let names = &header.signature.external_data;
            let folder = path.parent().unwrap_or(Path::new(""));
            let files: Vec<PathBuf> = names.iter().map(|name| folder.join(name)).collect();
            (!files.is_empty()).then(|| (id.clone(), files))
        });
        weights.collect()
    }

    /// A schema that is known.
    pub fn schema(&self, id: &TableId) -> Option<&TableSchema> {
        self.facts.schema(id)
    }

    pub(super) fn schema_or_lack(&self, id: TableId) -> Result<&TableSchema, Unbound> {
        let schema = self.facts.schema(&id);
        schema.ok_or_else(|| Unbound::Lacks(vec![Key::Table(id)]))
    }
}

impl From<Problem> for Unbound {
    fn from(problem: Problem) -> Self {
        Self::Unsound(problem.into())
    }
}
