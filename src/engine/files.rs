//! Files as the engine knows them: what it was told when somebody looked. It never looks itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::recipe::Recipe;
use crate::vocabulary::{ContentId, Problem};

/// Contents of a file that are remembered.
const MOST_PAST: usize = 8;

/// What tells cheaply that a file is the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The device that it lies on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its length.
    pub bytes: u64,
    /// When its content was last written.
    pub modified: Option<SystemTime>,
    /// When anything of it last changed, in nanoseconds since 1970, where the system tells.
    pub changed_ns: i64,
}

impl Stamp {
    /// The id of a file of which no more is known than this.
    pub fn id(&self) -> ContentId {
        Self::version(Some(self))
    }

    /// The id of a file of which no more is known than this.
    fn version(stamp: Option<&Self>) -> ContentId {
        let since_1970 = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let modified = stamp.and_then(|s| s.modified).and_then(since_1970);
        let recipe = Recipe::new("stamp")
            .with("device", stamp.map(|s| s.device))
            .with("inode", stamp.map(|s| s.inode))
            .with("bytes", stamp.map(|s| s.bytes))
            .with(
                "modified",
                modified.map(|m| (m.as_secs(), m.subsec_nanos())),
            )
            .with("changed", stamp.map(|s| s.changed_ns));
        recipe.derive(&[], &[])
    }
}

/// A file's id, with the stamp under which it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// The stamp before and after it was read.
    pub stamp: Stamp,
    /// Was the file old enough for its stamp to tell of later changes?
    pub settled: bool,
    /// The id of its bytes.
    pub content: ContentId,
}

/// What was known of a file before something else became known; nothing, perhaps.
#[derive(Debug)]
pub(super) struct Earlier(Option<FileState>);

#[derive(Clone, Debug)]
struct FileState {
    /// As it was when somebody last looked; none: there was nothing to see.
    stamp: Option<Stamp>,
    /// What stands for it where only its head matters.
    version: ContentId,
    /// What was found when it was last read as a whole.
    read: Option<FileId>,
    /// Versions by what the file held then, newest last: what comes back is what it was.
    past: Vec<(ContentId, ContentId)>,
    /// Has it ever been?
    was_read: bool,
    /// Why it could not be read.
    problem: Option<Problem>,
}

/// All files that anybody asked about.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: HashMap<PathBuf, FileState>,
    epoch: u64,
}

impl Files {
    /// Goes up whenever some id changes: while it stays, so does all that follows from ids.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// All that follows from ids is to be looked at again.
    pub(super) fn begin_epoch(&mut self) {
        self.epoch += 1;
    }

    /// Takes what somebody saw. What was known before, if the file is known to be another one now.
    pub(super) fn look(&mut self, path: &Path, stamp: Option<Stamp>) -> Option<Earlier> {
        let Some(state) = self.known.get_mut(path) else {
            self.epoch += 1;
            self.known.insert(
                path.to_owned(),
                FileState {
                    stamp,
                    version: Stamp::version(stamp.as_ref()),
                    read: None,
                    past: Vec::new(),
                    was_read: false,
                    problem: None,
                },
            );
            return None;
        };
        if state.stamp == stamp {
            return None;
        }
        let earlier = state.read.is_none().then(|| Earlier(Some(state.clone())));
        state.stamp = stamp;
        state.problem = None;
        // Whether a file that was read holds something else now, reading it again will tell.
        if earlier.is_some() {
            state.version = Stamp::version(stamp.as_ref());
            self.epoch += 1;
        }
        earlier
    }

    /// Puts back what was known of a file at another time; what is known now.
    pub(super) fn exchange(&mut self, path: &Path, Earlier(other): Earlier) -> Earlier {
        let now = self.known.remove(path);
        if let Some(other) = other {
            self.known.insert(path.to_owned(), other);
        }
        Earlier(now)
    }

    /// Must it be read, to know what it holds?
    pub(super) fn is_unread(&self, path: &Path) -> bool {
        let read = self.known.get(path).and_then(|state| state.read);
        read.is_none_or(|read| !read.settled) || self.is_outdated(path)
    }

    /// Has it been read, and has somebody seen it otherwise since?
    pub(super) fn is_outdated(&self, path: &Path) -> bool {
        let state = self.known.get(path);
        let read = state.and_then(|state| Some((state.read?.stamp, state.stamp)));
        read.is_some_and(|(read, seen)| seen != Some(read))
    }

    /// Has anybody tried to read it as a whole?
    pub(super) fn was_tried(&self, path: &Path) -> bool {
        let state = self.known.get(path);
        state.is_some_and(|state| state.read.is_some() || state.problem.is_some())
    }

    /// Has it been read, and does it look otherwise now?
    pub(super) fn is_doubtful(&self, path: &Path) -> bool {
        let state = self.known.get(path);
        state.is_some_and(|state| state.read.is_some()) && self.is_unread(path)
    }

    /// Takes what a whole file holds, read since it was last looked at. What was known before, if
    /// that is not what it held.
    pub(super) fn read(&mut self, path: &Path, id: FileId) -> Option<Earlier> {
        let before = self.known.remove(path);
        let last_read = before.as_ref().and_then(|state| state.read);
        let is_same = last_read.is_some_and(|read| read.content == id.content);
        let was_lost = last_read.is_none() && before.as_ref().is_some_and(|state| state.was_read);
        let stays = match &before {
            Some(state) if state.read.is_none() => {
                state.problem.is_none() && state.stamp == Some(id.stamp)
            }
            Some(_) => is_same,
            None => true,
        };
        let mut past = before.as_ref().map_or_else(Vec::new, |s| s.past.clone());
        let known = past.iter().find(|(content, _)| *content == id.content);
        let version = match &before {
            Some(state) if stays => state.version,
            _ => known.map_or_else(|| Stamp::version(Some(&id.stamp)), |(_, version)| *version),
        };
        past.retain(|(content, _)| *content != id.content);
        past.push((id.content, version));
        if past.len() > MOST_PAST {
            past.remove(0);
        }
        let state = FileState {
            version,
            past,
            stamp: Some(id.stamp),
            read: Some(id),
            was_read: true,
            problem: None,
        };
        self.known.insert(path.to_owned(), state);
        self.epoch += u64::from(!is_same);
        (!stays || was_lost).then_some(Earlier(before))
    }

    /// Takes that a file cannot be read. What was known before, if it could be read then, or looked
    /// as if.
    pub(super) fn lose(&mut self, path: &Path, problem: Problem) -> Option<Earlier> {
        let earlier = Earlier(self.known.get(path).cloned());
        let state = self.known.entry(path.to_owned()).or_insert(FileState {
            stamp: None,
            version: Stamp::version(None),
            read: None,
            past: Vec::new(),
            was_read: false,
            problem: None,
        });
        self.epoch += 1;
        let unseen = Stamp::version(None);
        let is_other = std::mem::replace(&mut state.version, unseen) != unseen;
        state.problem = Some(problem);
        (state.read.take().is_some() || is_other).then_some(earlier)
    }

    /// Why it could not be read.
    pub(super) fn problem(&self, path: &Path) -> Option<&Problem> {
        self.known.get(path)?.problem.as_ref()
    }

    /// The stamp that it had when somebody last looked.
    pub(super) fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.known.get(path)?.stamp
    }

    /// The id of its bytes, when they were last read.
    pub(super) fn content(&self, path: &Path) -> Option<ContentId> {
        Some(self.known.get(path)?.read?.content)
    }

    /// What stands for it where only its head matters.
    pub(super) fn version(&self, path: &Path) -> ContentId {
        let state = self.known.get(path);
        state.map_or_else(|| Stamp::version(None), |state| state.version)
    }

    /// Has anybody asked about it?
    pub(super) fn is_known(&self, path: &Path) -> bool {
        self.known.contains_key(path)
    }
}
