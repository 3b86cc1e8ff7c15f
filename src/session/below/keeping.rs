//! What the writer does: makes bytes of values, and has tiers keep them.

use std::collections::BTreeMap;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender};

use super::sharing::{Reach, Upload};
use super::{Room, Written, named, now};
use crate::dimension::{self, Findings};
use crate::disk_cache::SeenContent;
use crate::engine::Store;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id};
use crate::resource::{Catalogue, Key, Resource, kept};
use crate::session::identity::Identity;
use crate::session::recall;
use crate::session::workers::Report;
use crate::vocabulary::{ContentId, ResourceName, TierName};

impl Room {
    pub(super) fn write_all(&self, writes: &Receiver<Written>, uploads: Option<&Sender<Upload>>) {
        let mut seen: BTreeMap<String, SeenContent> = BTreeMap::new();
        let at = now();
        for write in writes {
            match write {
                Written::Resource(store, catalogue, name) => {
                    self.keep(*store, &catalogue, &name, uploads);
                }
                Written::Outcome(dimension, identity, findings, seconds) => {
                    let name = recall::name_of(dimension);
                    self.keep_outcome(&name, &identity, &findings, seconds, uploads);
                    let content = SeenContent {
                        content: identity.id,
                        parts: identity.parts,
                        at,
                    };
                    seen.insert(name.0.to_string(), content);
                }
                Written::Copy(id, entry, body) => {
                    let name = ResourceName::from(entry.name.as_str());
                    self.keep_here(&name, id, &entry, &body, Instant::now());
                }
                Written::Clear => {
                    let cleared = self.disk.as_ref().map(|disk| disk.clear());
                    let _ = self
                        .reports
                        .send(Report::Cleared(cleared.unwrap_or_default()));
                }
                Written::Seen(names) => {
                    seen.extend(names.into_iter().map(|(name, content, parts)| {
                        let parts = named(&parts);
                        (name.0.to_string(), SeenContent { content, parts, at })
                    }));
                }
            }
        }
        if let Some(disk) = self.disk.as_ref().filter(|_| !seen.is_empty()) {
            let (id, name) = &self.experiment;
            disk.remember((*id, name), seen);
        }
    }

    fn keep(
        &self,
        store: Store<Key, Resource>,
        catalogue: &Catalogue,
        name: &ResourceName,
        uploads: Option<&Sender<Upload>>,
    ) {
        let started = Instant::now();
        let id = entry_id(store.content, kept::MAKER);
        let is_settled = kept::is_settled(catalogue, &store.key);
        let body = is_settled.then(|| kept::to_bytes(catalogue, &store.key, &store.value));
        let Some(body) = body.flatten() else {
            self.flights.let_go(id, None);
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
        self.keep_here(name, id, &entry, &body, started);
        let reach = Reach::of(catalogue, &store.key);
        match uploads.filter(|_| reach.is_shared) {
            Some(uploads) => {
                self.flights.let_go(id, Some(TierName::Disk));
                self.share(uploads, (name, reach), id, entry, body);
            }
            None => self.flights.let_go(id, None),
        }
    }

    fn keep_outcome(
        &self,
        name: &ResourceName,
        identity: &Identity,
        findings: &Findings,
        seconds: f64,
        uploads: Option<&Sender<Upload>>,
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
        self.keep_here(name, id, &entry, &body, started);
        if let Some(uploads) = uploads {
            self.share(uploads, (name, Reach::ALL), id, entry, body);
        }
    }

    /// Has the disk keep an entry, where there is one.
    fn keep_here(
        &self,
        name: &ResourceName,
        id: ContentId,
        entry: &TierEntry,
        body: &[u8],
        started: Instant,
    ) {
        if let Some(disk) = &self.disk {
            let kept = disk.write(id, entry, body);
            let seconds = started.elapsed().as_secs_f64();
            self.told(
                name,
                TierName::Disk,
                kept.map(|()| (entry.body_bytes, seconds)),
            );
        }
    }

    pub(super) fn told(
        &self,
        name: &ResourceName,
        tier: TierName,
        kept: Result<(u64, f64), TierError>,
    ) {
        let _ = self.reports.send(Report::Kept(name.clone(), tier, kept));
    }
}
