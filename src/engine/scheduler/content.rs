//! What keys stand for, as the files are known.

use super::Engine;
use crate::engine::KeyMap;
use crate::engine::slot::Parts;
use crate::engine::workload::Workload;
use crate::vocabulary::{ContentId, ResourceName};

/// Stands for a file that could not be read.
const UNREADABLE: ContentId = ContentId::new([0; 32]);

impl<W: Workload> Engine<W> {
    /// The content id of a key as its files stand, with what it is made from.
    pub(super) fn content_of(
        &self,
        key: &W::Key,
        known: &mut KeyMap<W::Key, ContentId>,
    ) -> (ContentId, Parts) {
        if let Some(path) = self.workload.file(key) {
            let content = self.files.content(path).unwrap_or(UNREADABLE);
            known.insert(key.clone(), content);
            return (content, vec![(self.name(key), content)]);
        }
        let recipe = self.workload.recipe(key);
        let stamped = recipe.stamped_files().iter();
        let versions: Vec<ContentId> = stamped.map(|path| self.files.version(path)).collect();
        let mut parts: Parts = versions.iter().map(|id| (self.name(key), *id)).collect();
        parts.extend(
            recipe
                .parts()
                .map(|(name, id)| (ResourceName::from(name), id)),
        );
        let mut inputs = Vec::new();
        for input in self.workload.made_of(key) {
            // What is known by a stamp has no part in what others are: what it says is in their
            // parameters.
            if self.is_stamped(&input) {
                continue;
            }
            let id = match known.get(&input) {
                Some(id) => *id,
                None => self.content_of(&input, known).0,
            };
            parts.push((self.name(&input), id));
            inputs.push(id);
        }
        let id = recipe.derive(&versions, &inputs);
        known.insert(key.clone(), id);
        (id, parts)
    }

    /// What a key is made from, as its files stand.
    pub fn parts_of(&self, key: &W::Key) -> Parts {
        self.content_of(key, &mut KeyMap::default()).1
    }

    /// Is it a fact that is known by the stamp of its file alone?
    pub(super) fn is_stamped(&self, key: &W::Key) -> bool {
        self.workload.file(key).is_none() && !self.workload.recipe(key).stamped_files().is_empty()
    }

    pub(super) fn present_content(&self, key: &W::Key) -> ContentId {
        self.content_of(key, &mut KeyMap::default()).0
    }
}

/// The parts that are not as they were when there were any.
pub(super) fn differences(
    before: &[(ResourceName, ContentId)],
    now: &[(ResourceName, ContentId)],
) -> Vec<ResourceName> {
    let differs = |part: &&(ResourceName, ContentId)| !before.is_empty() && !before.contains(part);
    let changed = now.iter().filter(differs);
    changed.map(|(name, _)| name.clone()).collect()
}
