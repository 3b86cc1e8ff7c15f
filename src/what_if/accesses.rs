//! The accesses that a log has recorded: every request for what the prediction cache keeps.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use super::Accesses;
use crate::event::{EngineSettings, Event, EventKind};
use crate::vocabulary::{ContentId, Owner, ResourceKind, ResourceName};

/// An access of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedAccess {
    /// When, in seconds since the session began.
    pub seconds: f64,
    /// What was asked for.
    pub content: ContentId,
    /// Bytes that it took.
    pub bytes: u64,
    /// What it took to make it, in microseconds.
    pub cost_us: u64,
}

/// The accesses of a session.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    asked: Vec<(f64, ContentId)>,
    /// How many of these there were before each run.
    runs: Vec<usize>,
    /// Bytes and microseconds of what was made.
    made: HashMap<ContentId, (u64, u64)>,
    /// The resources that the cache keeps.
    cached: HashSet<ResourceName>,
    /// How the session was set.
    pub settings: Option<EngineSettings>,
}

impl Recorded {
    /// Of these events.
    pub fn of<E: Deref<Target = Event>>(events: impl IntoIterator<Item = E>) -> Self {
        let mut recorded = Self::default();
        for event in events {
            recorded.apply(event.t, &event.kind);
        }
        recorded
    }

    fn apply(&mut self, t: f64, kind: &EventKind) {
        match kind {
            EventKind::SessionOpened { settings, .. } => {
                self.settings = Some((**settings).clone());
            }
            EventKind::ResourceDeclared(declared)
                if declared.resource == ResourceKind::Predictions =>
            {
                self.cached.insert(declared.name.clone());
            }
            EventKind::RunStarted { .. } => self.runs.push(self.asked.len()),
            EventKind::Requested {
                name,
                by,
                content,
                lookup,
                ..
            } if self.cached.contains(name) && lookup.counts(by) && *by != Owner::Prefetch => {
                self.asked.push((t, *content));
            }
            EventKind::LoadFinished {
                bytes,
                seconds,
                digest,
                ..
            } => {
                let cost_us = (seconds * 1e6).round() as u64;
                self.made.entry(*digest).or_insert((*bytes, cost_us));
            }
            _ => {}
        }
    }

    /// Those whose entry was made at least once: of others nobody knows what they take.
    pub fn all(&self) -> Vec<RecordedAccess> {
        let asked = self.asked.iter();
        asked.filter_map(|asked| self.access(asked)).collect()
    }

    fn access(&self, (seconds, content): &(f64, ContentId)) -> Option<RecordedAccess> {
        let (bytes, cost_us) = *self.made.get(content)?;
        Some(RecordedAccess {
            seconds: *seconds,
            content: *content,
            bytes,
            cost_us,
        })
    }

    /// The same, to be played through caches.
    pub fn accesses(&self) -> Accesses {
        let mut starts = Vec::new();
        let mut all = Vec::new();
        for (place, asked) in self.asked.iter().enumerate() {
            if self.runs.contains(&place) {
                starts.push(all.len());
            }
            let access = self.access(asked);
            all.extend(access.map(|access| (access.content, access.bytes, access.cost_us)));
        }
        // A plan sees to the end of its run.
        Accesses::of(all).planned_by_run(&starts)
    }
}
