//! Which parts of a name are not what they were, and which of theirs, down to files and settings.

use super::recorded::Recorded;
use crate::dimension;
use crate::disk_cache::{DiskCache, NamedParts, Seen};
use crate::engine::tier::{Tier, entry_id};
use crate::resource::kept;
use crate::vocabulary::ContentId;

/// Deeper than any chain of inputs.
const MOST_DEPTH: usize = 16;

/// A part that is not what it was.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) part: String,
    /// None: it was no part of it.
    pub(super) was: Option<ContentId>,
    /// None: it is none any more.
    pub(super) is: Option<ContentId>,
    /// What of the part is not what it was.
    pub(super) within: Vec<Change>,
}

/// What a name stood for.
pub(super) enum Before {
    Unknown,
    /// The content, and what it was made from where that is known.
    Known(ContentId, Option<NamedParts>),
}

/// What names stand for, and stood for.
pub(super) struct Names<'n> {
    pub(super) disk: &'n DiskCache,
    pub(super) seen: &'n Seen,
    /// None: they are held against what they were before.
    pub(super) recorded: Option<&'n Recorded>,
}

impl Names<'_> {
    pub(super) fn before(&self, name: &str) -> Before {
        let seen = self.seen.names.get(name);
        let Some(recorded) = self.recorded else {
            let before = seen.and_then(|seen| seen.before.as_ref());
            return before.map_or(Before::Unknown, |before| {
                Before::Known(before.content, Some(before.parts.clone()))
            });
        };
        if let Some(parts) = recorded.outcomes.get(name) {
            // What an outcome stands for follows from its parts, which are recorded.
            let now = seen.map(|seen| &seen.last);
            let content = now.filter(|now| now.parts == *parts).map(|now| now.content);
            let content = content.unwrap_or(ContentId::new([0; 32]));
            return Before::Known(content, Some(parts.clone()));
        }
        let Some(content) = recorded.contents.get(name) else {
            return Before::Unknown;
        };
        let remembered = seen
            .into_iter()
            .flat_map(|seen| [Some(&seen.last), seen.before.as_ref()]);
        let mut remembered = remembered
            .flatten()
            .filter(|known| known.content == *content);
        let parts = remembered.next().map(|known| known.parts.clone());
        Before::Known(*content, parts.or_else(|| self.kept_parts(*content)))
    }

    /// What an entry that is still kept was made from.
    fn kept_parts(&self, content: ContentId) -> Option<NamedParts> {
        let makers = [kept::MAKER, dimension::FORMULAS].into_iter();
        let mut found = makers.filter_map(|maker| self.disk.find(entry_id(content, maker)).ok()?);
        found
            .next()
            .map(|entry| entry.parts)
            .filter(|parts| !parts.is_empty())
    }

    /// What of a name is not what it was.
    pub(super) fn changes(&self, name: &str) -> Vec<Change> {
        self.changes_to(name, MOST_DEPTH)
    }

    fn changes_to(&self, name: &str, depth: usize) -> Vec<Change> {
        let (Some(seen), Before::Known(then, parts), 1..) =
            (self.seen.names.get(name), self.before(name), depth)
        else {
            return Vec::new();
        };
        let now = &seen.last;
        if then == now.content {
            return Vec::new();
        }
        let parts = parts.unwrap_or_else(|| self.recorded_parts(&now.parts));
        // A file is its own part: who asks for it is told, and who comes to it from elsewhere knows.
        let is_itself = |part: &str| part == name && depth < MOST_DEPTH;
        let changed = now.parts.iter().filter(|part| !parts.contains(part));
        let changed = changed.filter(|(part, _)| !is_itself(part));
        let changed = changed.map(|(part, is)| Change {
            was: parts
                .iter()
                .find(|(name, _)| name == part)
                .map(|(_, id)| *id),
            is: Some(*is),
            within: if part == name {
                Vec::new()
            } else {
                self.changes_to(part, depth - 1)
            },
            part: part.clone(),
        });
        let is_gone = |(part, _): &&(String, ContentId)| now.parts.iter().all(|(is, _)| is != part);
        let gone = parts.iter().filter(is_gone).map(|(part, was)| Change {
            part: part.clone(),
            was: Some(*was),
            is: None,
            within: Vec::new(),
        });
        changed.chain(gone).collect()
    }

    /// Where nobody knows what something was made from then: the parts of today, as far as they were asked
    /// for then, as they were.
    fn recorded_parts(&self, now: &NamedParts) -> NamedParts {
        let then = |part: &str| {
            self.recorded
                .and_then(|recorded| recorded.contents.get(part))
        };
        let parts = now.iter();
        parts
            .map(|(part, is)| (part.clone(), then(part).copied().unwrap_or(*is)))
            .collect()
    }
}
