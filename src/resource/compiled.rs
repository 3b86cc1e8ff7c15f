//! Compiled models that are kept from one session to the next: see `inference::native::stored`.

use std::sync::Arc;

use super::Resource;
use crate::engine::Recipe;
use crate::files::Map;
use crate::inference;
use crate::vocabulary::{ContentId, ResourceName, RunsOn};

/// Files that are compiled in no time are not worth a look.
const LEAST_FILE_BYTES: u64 = 1 << 20;
/// What takes less is compiled as quickly as it is found.
const LEAST_SECONDS: f64 = 0.05;
/// What is smaller is not worth a map.
const LEAST_FORM_BYTES: usize = 1 << 18;

/// A compiled model, as it lies in a file.
pub type CompiledForm = Map;

/// Where compiled models are kept.
pub trait CompiledModels: Send + Sync {
    /// Gives the form that is kept under a key to `restore`, which says whether it could be used; false
    /// where there is none. The name is what it is told by.
    fn find(
        &self,
        name: &ResourceName,
        key: ContentId,
        restore: &mut dyn FnMut(CompiledForm) -> bool,
    ) -> bool;

    /// Keeps a form of a model whose compilation took so long. Nobody waits for it.
    fn keep(&self, name: &ResourceName, key: ContentId, form: Vec<u8>, seconds: f64);
}

/// What the compiled form of a model follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compilable {
    pub(super) name: ResourceName,
    pub(super) key: ContentId,
}

impl Compilable {
    /// Of a model that is run natively; none where nothing of it is worth being kept. `inputs` are those
    /// of its load.
    pub(super) fn of(
        name: ResourceName,
        output: Option<&str>,
        inputs: &[Arc<Resource>],
    ) -> Option<Self> {
        let mut files = inputs.iter().filter_map(|input| match input.as_ref() {
            Resource::File(id) => Some(id),
            _ => None,
        });
        // One with weights in other files has them to read.
        let (Some(file), None) = (files.next(), files.next()) else {
            return None;
        };
        if file.stamp.bytes < LEAST_FILE_BYTES {
            return None;
        }
        let order = if cfg!(target_endian = "big") {
            "big"
        } else {
            "little"
        };
        let recipe = Recipe::new("compiled model")
            .with("engine", &*inference::engine_identity(RunsOn::Native, 1))
            .with("output", output)
            .with("byte order", order);
        Some(Self {
            name,
            key: recipe.derive(&[], &[file.content]),
        })
    }

    /// Is it worth being kept?
    pub(super) fn is_worth(form: &[u8], seconds: f64) -> bool {
        form.len() >= LEAST_FORM_BYTES && seconds >= LEAST_SECONDS
    }
}
