//! The accesses that a log has recorded: every request for what the prediction cache keeps.

use std::collections::{HashMap, HashSet};
use std::ops::Deref;

use super::Accesses;
use crate::event::{EngineSettings, Event, EventKind};
use crate::vocabulary::{ContentId, ResourceKind, ResourceName};

/// The accesses of a session.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    asked: Vec<ContentId>,
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
            recorded.apply(&event.kind);
        }
        recorded
    }

    fn apply(&mut self, kind: &EventKind) {
        match kind {
            EventKind::SessionOpened { settings, .. } => {
                self.settings = Some((**settings).clone());
            }
            EventKind::ResourceDeclared(declared) => {
                if declared.resource == ResourceKind::Predictions {
                    self.cached.insert(declared.name.clone());
                }
            }
            EventKind::Requested { name, content, .. } => {
                if self.cached.contains(name) {
                    self.asked.push(*content);
                }
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
    pub fn accesses(&self) -> Accesses {
        let asked = self.asked.iter();
        Accesses::of(asked.filter_map(|content| {
            let (bytes, cost_us) = self.made.get(content)?;
            Some((*content, *bytes, *cost_us))
        }))
    }
}
