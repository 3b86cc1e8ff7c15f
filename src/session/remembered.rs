//! By what sessions of one experiment know each other: what its names stood for is remembered from one
//! to the next, also where it was moved or copied meanwhile.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::disk_cache::{DiskCache, NamedParts, Seen};
use crate::engine::{Parts, Recipe};
use crate::experiment::Experiment;
use crate::vocabulary::{ContentId, ResourceName};

/// Deeper than any chain of inputs.
const MOST_DEPTH: usize = 16;

/// Names an experiment from one session to the next: by its file, or by its data where it has none.
pub(super) fn scope(experiment: &Experiment) -> (ContentId, String) {
    let file = experiment.file.as_ref().unwrap_or(&experiment.dataset.path);
    let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
    let id = Recipe::new("experiment").with("file", &*file.to_string_lossy());
    (id.derive(&[], &[]), experiment.name.clone())
}

/// Names an experiment by what it and its files are called, wherever they lie: one of the same name may
/// be the same experiment, in another place.
pub(super) fn called_alike(experiment: &Experiment) -> ContentId {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let model = experiment.model.source().map(name);
    let recipe = Recipe::new("experiment elsewhere")
        .with("name", &*experiment.name)
        .with("file", experiment.file.as_deref().map(name).as_deref())
        .with("dataset", &*name(&experiment.dataset.path))
        .with("target", &*experiment.dataset.target)
        .with("model", model.as_deref());
    recipe.derive(&[], &[])
}

/// What earlier sessions have left of this experiment's names, and this one is to leave.
pub(super) struct Remembered {
    disk: Arc<DiskCache>,
    scope: (ContentId, String),
    alike: ContentId,
    seen: OnceLock<Seen>,
    /// Was the experiment never opened where it lies now?
    pub(super) is_new: bool,
}

impl Remembered {
    pub(super) fn of(disk: Arc<DiskCache>, scope: (ContentId, String), alike: ContentId) -> Self {
        let is_new = !disk.recognises(scope.0, alike);
        Self {
            disk,
            scope,
            alike,
            seen: OnceLock::new(),
            is_new,
        }
    }

    /// Is any of these not among the names that are remembered?
    pub(super) fn lacks(&self, names: &[(ResourceName, ContentId, Parts)]) -> bool {
        let mut names = names.iter();
        names.any(|(name, ..)| !self.seen().names.contains_key(&*name.0))
    }

    /// What earlier sessions have left.
    fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| self.disk.seen(self.scope.0))
    }

    /// What a name has changed with, down to a file or a setting; `now` are the parts of all names.
    pub(super) fn chain(&self, name: &str, now: &HashMap<String, NamedParts>) -> Vec<ResourceName> {
        let mut chain: Vec<ResourceName> = Vec::new();
        let mut at = name.to_owned();
        while let Some(parts) = now.get(&at)
            && let Some(part) = self.seen().changed_part(&at, parts)
            && part != at
            && chain.len() < MOST_DEPTH
        {
            chain.push(ResourceName::from(part.as_str()));
            at = part;
        }
        chain
    }

    pub(super) fn close(&self) {
        if self.is_new {
            let (id, name) = &self.scope;
            self.disk.remember_place((*id, name), self.alike);
        }
    }
}
