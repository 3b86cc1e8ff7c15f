//! Files that change: identifying them anew, and what becomes out of date.

use std::path::Path;

use super::{Effect, Engine, Ticket};
use crate::engine::KeyMap;
use crate::engine::content::FileId;
use crate::engine::workload::Workload;
use crate::event::EventKind;
use crate::vocabulary::{ContentId, MissReason, ReleaseCause, ResourceName};

/// What a key is made from: its content id, and those of its parts by name.
type Content = (ContentId, Vec<(ResourceName, ContentId)>);

impl<W: Workload> Engine<W> {
    /// Tells that a file may have changed. If anything that was asked for is made from it, it is
    /// identified again, and what is out of date then is told by events. False when nothing is.
    pub fn recheck(&mut self, path: &Path) -> bool {
        let is_known = self.has_been_identified(path) || self.identifying.contains_key(path);
        if is_known {
            match self.identifying.get_mut(path) {
                // What is being read may be the old content.
                Some(again) => *again = true,
                None => self.identify(path),
            }
        }
        is_known
    }

    fn has_been_identified(&self, path: &Path) -> bool {
        self.files.last(path).is_some() || self.unreadable.contains_key(path)
    }

    pub(super) fn identify(&mut self, path: &Path) {
        if !self.identifying.contains_key(path) {
            self.identifying.insert(path.to_owned(), false);
            self.effects.push_back(Effect::Identify(path.to_owned()));
        }
    }

    /// Takes the answer to [`Effect::Identify`]. True when the file is not what it was.
    pub fn identified(&mut self, path: &Path, result: Result<FileId, String>) -> bool {
        let again = self.identifying.remove(path).unwrap_or(false);
        let now = result.as_ref().ok().map(FileId::content);
        let has_changed = self.has_been_identified(path) && self.files.last(path) != now;
        let before = has_changed.then(|| self.present_contents());
        self.unreadable.remove(path);
        match result {
            Ok(id) => self.files.insert(path.to_owned(), id),
            Err(error) => {
                self.files.forget(path);
                self.unreadable.insert(path.to_owned(), error);
            }
        }
        if let Some(before) = before {
            self.tell_changes(path, &before);
        }
        let mut resolvable: Vec<Ticket> = Vec::new();
        for (ticket, request) in &mut self.requests {
            if request.unidentified.remove(path) && request.unidentified.is_empty() {
                resolvable.push(*ticket);
            }
        }
        resolvable.sort_unstable();
        self.resolve(&resolvable);
        if again {
            self.identify(path);
        }
        has_changed
    }

    /// What every key is made from, as the files stand.
    fn present_contents(&self) -> KeyMap<W::Key, Content> {
        let mut known = KeyMap::default();
        let keys = self.order.iter();
        keys.map(|key| (key.clone(), self.content_of(key, &mut known)))
            .collect()
    }

    /// Tells of everything that is made from something else now that a file has changed.
    fn tell_changes(&mut self, path: &Path, before: &KeyMap<W::Key, Content>) {
        let now = self.present_contents();
        for key in self.order.clone() {
            let (Some((old, old_parts)), Some((new, parts))) = (before.get(&key), now.get(&key))
            else {
                continue;
            };
            if old != new {
                let name = self.name(&key);
                let part = first_difference(old_parts, parts).unwrap_or_else(|| name.clone());
                let digest = self.is_readable(&key).then_some(*new);
                self.emit(EventKind::ContentChanged {
                    name,
                    part,
                    file: path.display().to_string(),
                    digest,
                });
            }
        }
    }

    /// Could all files that a key is made from be identified?
    fn is_readable(&self, key: &W::Key) -> bool {
        let files = self.workload.recipe(key).files;
        files.iter().all(|file| self.files.last(file).is_some())
            && self
                .workload
                .inputs(key)
                .iter()
                .all(|input| self.is_readable(input))
    }

    /// The part of a known value that has changed since it was made, if one has.
    pub(super) fn changed_part(
        &self,
        key: &W::Key,
        content: ContentId,
        parts: &[(ResourceName, ContentId)],
    ) -> Option<ResourceName> {
        let slot = self.slots.get(key)?;
        slot.content.filter(|before| *before != content)?;
        let changed = first_difference(&slot.parts, parts);
        Some(changed.unwrap_or_else(|| slot.name.clone()))
    }

    pub(super) fn drop_stale(&mut self, key: &W::Key, part: ResourceName) {
        let reason = MissReason::InputChanged { part: part.clone() };
        if self.is_resident(key) {
            self.cache.remove(key);
            let slot = self.slot(key);
            slot.cached = false;
            slot.holders.clear();
            self.forget(key, ReleaseCause::Stale { part }, reason);
        } else {
            self.slot(key).absence = reason;
        }
    }
}

/// The parts that are not as they were when there were any.
pub(super) fn differences(
    before: &[(ResourceName, ContentId)],
    now: &[(ResourceName, ContentId)],
) -> Vec<ResourceName> {
    let changed = now
        .iter()
        .filter(|part| !before.is_empty() && !before.contains(part));
    changed.map(|(name, _)| name.clone()).collect()
}

/// The first of these parts that is not as it was.
fn first_difference(
    before: &[(ResourceName, ContentId)],
    now: &[(ResourceName, ContentId)],
) -> Option<ResourceName> {
    let changed = now.iter().find(|part| !before.contains(part));
    changed.map(|(name, _)| name.clone())
}
