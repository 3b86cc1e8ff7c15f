//! What the writer does: makes bytes of values, and has tiers keep them.

use std::collections::BTreeMap;
use std::time::Instant;

use crossbeam_channel::Receiver;

use super::{Room, Written, named, now};
use crate::dimension::{self, Findings};
use crate::disk_cache::SeenContent;
use crate::engine::Store;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id};
use crate::resource::{Catalogue, Key, Resource, kept};
use crate::session::identity::Identity;
use crate::session::recall;
use crate::session::workers::Report;
use crate::vocabulary::ResourceName;

impl Room {
    pub(super) fn write_all(&self, writes: &Receiver<Written>) {
        let mut seen: BTreeMap<String, SeenContent> = BTreeMap::new();
        let at = now();
        for write in writes {
            match write {
                Written::Resource(store, catalogue, name) => {
                    self.keep(*store, &catalogue, &name);
                }
                Written::Outcome(dimension, identity, findings, seconds) => {
                    let name = recall::name_of(dimension);
                    self.keep_outcome(&name, &identity, &findings, seconds);
                    let content = SeenContent {
                        content: identity.id,
                        parts: identity.parts,
                        at,
                    };
                    seen.insert(name.0.to_string(), content);
                }
                Written::Clear => {
                    let cleared = self.disk.clear();
                    let _ = self.reports.send(Report::Cleared(cleared));
                }
                Written::Seen(names) => {
                    seen.extend(names.into_iter().map(|(name, content, parts)| {
                        let parts = named(&parts);
                        (name.0.to_string(), SeenContent { content, parts, at })
                    }));
                }
            }
        }
        if !seen.is_empty() {
            let (id, name) = &self.experiment;
            self.disk.remember((*id, name), seen);
        }
    }

    fn keep(&self, store: Store<Key, Resource>, catalogue: &Catalogue, name: &ResourceName) {
        let started = Instant::now();
        if !kept::is_settled(catalogue, &store.key) {
            return;
        }
        let Some(body) = kept::to_bytes(catalogue, &store.key, &store.value) else {
            return;
        };
        drop(store.value);
        let entry = TierEntry {
            name: name.0.to_string(),
            body_bytes: body.len() as u64,
            bytes: store.bytes,
            seconds: store.seconds,
            stored_at: now(),
            exact: store.exact,
            detail: store.detail,
            parts: named(&store.parts),
        };
        let id = entry_id(store.content, kept::MAKER);
        let kept = self.disk.write(id, &entry, &body);
        let seconds = started.elapsed().as_secs_f64();
        self.told(name, kept.map(|()| (entry.body_bytes, seconds)));
    }

    fn keep_outcome(
        &self,
        name: &ResourceName,
        identity: &Identity,
        findings: &Findings,
        seconds: f64,
    ) {
        let started = Instant::now();
        let Some(body) = recall::to_bytes(findings) else {
            return;
        };
        let entry = TierEntry {
            name: name.0.to_string(),
            body_bytes: body.len() as u64,
            bytes: body.len() as u64,
            seconds,
            stored_at: now(),
            exact: true,
            detail: format!("{} metrics", findings.metrics.len()),
            parts: identity.parts.clone(),
        };
        let id = entry_id(identity.id, dimension::FORMULAS);
        let kept = self.disk.write(id, &entry, &body);
        self.told(
            name,
            kept.map(|()| (entry.body_bytes, started.elapsed().as_secs_f64())),
        );
    }

    fn told(&self, name: &ResourceName, kept: Result<(u64, f64), TierError>) {
        let _ = self.reports.send(Report::Kept(name.clone(), kept));
    }
}
