//! Files that change: having them read anew, and what becomes out of date.

use std::path::Path;

use super::Engine;
use super::content::differences;
use crate::engine::KeyMap;
use crate::engine::files::{Earlier, Stamp};
use crate::engine::happening::Happening;
use crate::engine::slot::{Parts, Waiter};
use crate::engine::workload::Workload;
use crate::vocabulary::{ContentId, MissReason, ReleaseCause, ResourceName};

/// What every key stands for, with its parts.
pub(super) type Contents<K> = KeyMap<K, (ContentId, Parts)>;

/// What became of [`Engine::recheck`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// Nothing that was asked for is made from the file.
    Unknown,
    /// It is as it was.
    Same,
    /// It is not what it was; what is out of date has been told.
    Changed,
    /// It must be read to know: its load will tell.
    Reading,
}

impl<W: Workload> Engine<W> {
    /// Tells how a file looks that may have changed. If anything that was asked for is made from
    /// it, it is read again where that is needed, and what is out of date is told.
    pub fn recheck(&mut self, path: &Path, stamp: Option<Stamp>) -> Recheck {
        if !self.files.is_known(path) {
            return Recheck::Unknown;
        }
        let was_tried = self.files.was_tried(path);
        let earlier = self.files.look(path, stamp);
        let has_changed = earlier.is_some();
        self.tell_changes(path, earlier);
        let must_be_read = was_tried && self.files.is_unread(path);
        let found = match self.file_keys.get(path).cloned() {
            Some(key) if must_be_read => {
                self.read_file(&key, Waiter::Watch);
                Recheck::Reading
            }
            _ if has_changed => Recheck::Changed,
            _ => Recheck::Same,
        };
        self.dispatch();
        found
    }

    /// What every key stands for, as the files are known.
    fn present_contents(&self) -> Contents<W::Key> {
        let mut known = KeyMap::default();
        let keys = self.order.iter();
        let keys = keys.filter(|key| self.workload.is_known(key));
        keys.map(|key| (key.clone(), self.content_of(key, &mut known)))
            .collect()
    }

    /// Tells of everything that is made from something else now that a file has changed; that is
    /// looked for only then, since it takes a look at every key.
    pub(super) fn tell_changes(&mut self, path: &Path, earlier: Option<Earlier>) {
        let Some(earlier) = earlier else {
            return;
        };
        let now = self.present_contents();
        let known_now = self.files.exchange(path, earlier);
        let before = self.present_contents();
        self.files.exchange(path, known_now);
        for key in self.order.clone() {
            let (Some((old, old_parts)), Some((new, parts))) = (before.get(&key), now.get(&key))
            else {
                continue;
            };
            if old != new {
                let changed = differences(old_parts, parts).into_iter().next();
                let part = changed.unwrap_or_else(|| self.name(&key));
                let digest = self.is_readable(&key).then_some(*new);
                let file = path.display().to_string();
                self.tell(&key, Happening::ContentChanged { part, file, digest });
            }
        }
    }

    /// Could all files that a key is made from be read?
    fn is_readable(&self, key: &W::Key) -> bool {
        let is_fine = match self.workload.file(key) {
            Some(path) => self.files.content(path).is_some(),
            None => self
                .workload
                .recipe(key)
                .stamped_files()
                .iter()
                .all(|path| self.files.stamp(path).is_some()),
        };
        let mut inputs = self.workload.inputs(key).into_iter();
        is_fine && inputs.all(|input| self.is_readable(&input))
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
        let changed = differences(&slot.parts, parts).into_iter().next();
        Some(changed.unwrap_or_else(|| slot.name.clone()))
    }

    pub(super) fn drop_stale(&mut self, key: &W::Key, part: ResourceName) {
        let reason = MissReason::InputChanged { part: part.clone() };
        if self.is_resident(key) {
            self.uncache(key);
            self.slot(key).let_all_go();
            self.forget(key, ReleaseCause::Stale { part }, reason);
            self.is_any_astray = true;
        } else {
            self.slot(key).absence = reason;
        }
    }
}
