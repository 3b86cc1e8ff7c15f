//! What the resources of an experiment stood for when they were last asked for, and before that: from
//! it a later session tells why it cannot use what is kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DiskCache, MOST_RECORD_BYTES, read};
use crate::vocabulary::ContentId;

/// A larger memory of names is begun anew.
const MOST_BYTES: u64 = 16 * MOST_RECORD_BYTES;

/// Inputs, files and parameters by name.
pub type NamedParts = Vec<(String, ContentId)>;

/// What a name stood for at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenContent {
    /// Its content id.
    pub content: ContentId,
    /// What it was made from.
    pub parts: NamedParts,
    /// When that was, in seconds since 1970.
    pub at: u64,
}

/// What a name stood for last, and what it stood for before that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenName {
    /// The last.
    pub last: SeenContent,
    /// The last but one that was another content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<SeenContent>,
}

/// Names of one experiment, and what they stood for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What the experiment is called.
    pub experiment: String,
    /// By name.
    #[serde(default)]
    pub names: BTreeMap<String, SeenName>,
    /// Where more is remembered: experiments that are called alike may be one that was moved, or a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<ContentId>,
}

impl Seen {
    /// The first part of a name that is not what it was, if the name was seen before. What is only called
    /// otherwise has not changed, unless nothing else has.
    pub fn changed_part(&self, name: &str, parts: &[(String, ContentId)]) -> Option<String> {
        let before = &self.names.get(name)?.last.parts;
        let changed = parts.iter().filter(|part| !before.contains(part));
        let was_there = |(_, id): &&(String, ContentId)| before.iter().any(|(_, was)| was == id);
        let (renamed, new): (Vec<_>, Vec<_>) = changed.partition(was_there);
        let mut told = new.into_iter().chain(renamed);
        told.next().map(|(part, _)| part.clone())
    }

    /// Takes in what names stand for now.
    pub fn take(&mut self, new: impl IntoIterator<Item = (String, SeenContent)>) {
        for (name, content) in new {
            match self.names.get_mut(&name) {
                Some(seen) if seen.last.content == content.content => seen.last = content,
                Some(seen) => {
                    let last = std::mem::replace(&mut seen.last, content);
                    seen.before = Some(last);
                }
                None => {
                    let seen = SeenName {
                        last: content,
                        before: None,
                    };
                    self.names.insert(name, seen);
                }
            }
        }
    }
}

impl DiskCache {
    /// What is remembered of an experiment; nothing where it cannot be read.
    pub fn seen(&self, experiment: ContentId) -> Seen {
        let bytes = read(&self.folder.seen(experiment), MOST_BYTES);
        let bytes = bytes.ok().flatten();
        let seen = bytes.and_then(|(bytes, _)| serde_json::from_slice(&bytes).ok());
        seen.unwrap_or_default()
    }

    /// What is remembered of all experiments, that of the last session first.
    pub fn all_seen(&self) -> Vec<Seen> {
        self.each_seen().collect()
    }

    /// What is remembered of the experiment that was opened last of those that are meant.
    pub fn find_seen(&self, is_meant: impl Fn(&Seen) -> bool) -> Option<Seen> {
        self.each_seen().find(is_meant)
    }

    fn each_seen(&self) -> impl Iterator<Item = Seen> {
        let mut files = self.folder.list_seen();
        files.sort_by_key(|file| std::cmp::Reverse(file.used));
        let ids = files.into_iter().filter_map(|file| file.id);
        ids.map(|id| self.seen(id))
    }

    /// Is anything remembered of an experiment? Where nothing is, but of one that is called alike, what
    /// that has left is taken over.
    pub fn recognises(&self, experiment: ContentId, alike: ContentId) -> bool {
        if self.folder.seen(experiment).exists() {
            return true;
        }
        let there = self.seen(alike).place.map(|place| self.seen(place));
        if let Some(there) = there.filter(|there| !there.names.is_empty()) {
            self.write_seen(experiment, &there);
        }
        false
    }

    /// Remembers where an experiment lies that may be looked for elsewhere.
    pub fn remember_place(&self, (experiment, name): (ContentId, &str), alike: ContentId) {
        let pointer = Seen {
            experiment: name.to_owned(),
            names: BTreeMap::new(),
            place: Some(experiment),
        };
        self.write_seen(alike, &pointer);
    }

    fn write_seen(&self, experiment: ContentId, seen: &Seen) {
        if let Ok(bytes) = serde_json::to_vec(seen)
            && bytes.len() as u64 <= MOST_BYTES
        {
            let _ = self.folder.write(&self.folder.seen(experiment), &bytes);
        }
    }

    /// Remembers what names stand for now. That it cannot is no harm: no reasons are told then.
    pub fn remember(
        &self,
        (experiment, name): (ContentId, &str),
        new: impl IntoIterator<Item = (String, SeenContent)>,
    ) {
        let mut seen = self.seen(experiment);
        name.clone_into(&mut seen.experiment);
        seen.take(new);
        self.write_seen(experiment, &seen);
    }
}
