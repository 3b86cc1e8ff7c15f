//! The engine's effects that concern tiers, and what comes of them.

use super::sharing::Reach;
use super::{Answer, Wanted, Written};
use crate::dimension::Findings;
use crate::disk_cache::Pruned;
use crate::display;
use crate::engine::tier::{TierEntry, TierError};
use crate::engine::{Fetch, Fetched, Probe, Storage, Store, Workload as _};
use crate::event::EventKind;
use crate::resource::{Key, Resource};
use crate::session::driver::Driver;
use crate::session::identity::Identity;
use crate::session::recall;
use crate::vocabulary::{Dimension, MissReason, ResourceName, TierLookup, TierName};

impl Driver {
    pub(in crate::session) fn probe(&mut self, probe: Box<Probe<Key>>) {
        let name = self.name_of(&probe.key);
        let reach = Reach::of(&self.catalogue, &probe.key);
        match &self.below {
            Some(below) if below.has_disk || reach.is_shared => {
                // What it takes to make is of no interest where it is all on this machine.
                let is_costed = below.is_shared && reach.is_shared;
                let seconds = is_costed.then(|| self.planner.measured_seconds(&probe.key));
                let reach = reach.costing(seconds.flatten());
                below.want(Wanted::Probe(probe, name, reach));
            }
            _ => self.engine.probed(&probe.key, probe.generation, None),
        }
    }

    pub(in crate::session) fn fetch(&mut self, fetch: Box<Fetch<Key>>) {
        if let Some(below) = &self.below {
            below.want(Wanted::Fetch(fetch, self.catalogue.clone()));
        }
    }

    pub(in crate::session) fn store(&mut self, store: Box<Store<Key, Resource>>) {
        self.has_stored = true;
        let name = self.name_of(&store.key);
        let Some(below) = &self.below else {
            return;
        };
        let written = Written::Resource(store, self.catalogue.clone(), name.clone());
        if below.written.try_send(written).is_err() {
            self.not_kept(
                name,
                TierName::Disk,
                "too much is waiting to be written".to_owned(),
            );
        }
    }

    /// Keeps what a dimension has found.
    pub(in crate::session) fn keep_outcome(
        &mut self,
        dimension: Dimension,
        identity: Identity,
        findings: &Findings,
        seconds: f64,
    ) {
        let Some(below) = &self.below else {
            return;
        };
        let (identity, findings) = (Box::new(identity), Box::new(findings.clone()));
        let written = Written::Outcome(dimension, identity, findings, seconds);
        if below.written.try_send(written).is_err() {
            let reason = "too much is waiting to be written".to_owned();
            self.not_kept(recall::name_of(dimension), TierName::Disk, reason);
        }
    }

    fn not_kept(&mut self, name: ResourceName, tier: TierName, reason: String) {
        self.emit(EventKind::TierRefused { name, tier, reason });
    }

    /// Takes that a tier has not what is asked for, and the next one is asked.
    pub(in crate::session) fn asked_in_vain(&mut self, name: ResourceName, answer: Answer) {
        let Answer {
            tier,
            lookup,
            seconds,
        } = answer;
        self.emit(EventKind::TierAsked {
            name,
            tier,
            lookup,
            seconds,
        });
    }

    /// Has all forgotten that is kept on the disk.
    pub(in crate::session) fn clear_disk(&mut self) {
        match &self.below {
            Some(below) if !below.has_disk => {
                self.notice("nothing is kept on the disk in this session", false);
            }
            None => self.notice("nothing is kept on the disk in this session", false),
            Some(below) if below.clear() => {}
            Some(_) => self.notice("the disk is busy: try again", true),
        }
    }

    pub(in crate::session) fn disk_cleared(&mut self, cleared: Pruned) {
        let noun = if cleared.entries == 1 {
            "entry"
        } else {
            "entries"
        };
        let (entries, freed) = (cleared.entries, display::bytes(cleared.bytes));
        self.notice(
            format!("disk cache cleared: {entries} {noun}, {freed} freed"),
            false,
        );
    }

    /// Takes what a tier has said of a key.
    pub(in crate::session) fn probed(
        &mut self,
        key: &Key,
        generation: u64,
        answer: Answer,
        entry: Option<TierEntry>,
    ) {
        let name = self.name_of(key);
        let is_over = self.is_expired(key, &answer.lookup);
        let (lookup, entry) = if is_over {
            (TierLookup::Miss(MissReason::Expired), None)
        } else {
            (answer.lookup, entry)
        };
        self.emit(EventKind::TierAsked {
            name,
            tier: answer.tier,
            lookup,
            seconds: answer.seconds,
        });
        self.engine.probed(key, generation, entry);
    }

    /// Is what a tier has of an entry of the prediction cache older than it may be?
    fn is_expired(&self, key: &Key, lookup: &TierLookup) -> bool {
        let age = match lookup {
            TierLookup::Hit { age_seconds, .. } => *age_seconds,
            TierLookup::Miss(_) => return false,
        };
        let is_entry = self.catalogue.storage(key) == Storage::Cache;
        is_entry
            && self
                .settings
                .ttl_seconds
                .is_some_and(|ttl| age as f64 > ttl)
    }

    /// Takes what a tier has given.
    pub(in crate::session) fn fetched(
        &mut self,
        fetched: Fetched<Key, Resource>,
        tier: TierName,
        bytes: u64,
        failure: Option<MissReason>,
    ) {
        let name = self.name_of(&fetched.key);
        let seconds = fetched.seconds;
        if fetched.loaded.is_some() {
            self.emit(EventKind::TierRead {
                name,
                tier,
                bytes,
                seconds,
            });
        } else if let Some(reason) = failure {
            self.emit(EventKind::TierAsked {
                name,
                tier,
                lookup: TierLookup::Miss(reason),
                seconds,
            });
        }
        let value = fetched.loaded.as_ref().map(|loaded| &loaded.value);
        let file = value.and_then(|value| self.file_of(&fetched.key, Ok(value)));
        self.engine.fetched(fetched);
        self.follow_effects();
        self.file_was_read(file);
    }

    /// Takes whether a tier keeps something.
    pub(in crate::session) fn kept(
        &mut self,
        name: ResourceName,
        tier: TierName,
        kept: Result<(u64, f64), TierError>,
    ) {
        match kept {
            Ok((bytes, seconds)) => self.emit(EventKind::TierWritten {
                name,
                tier,
                bytes,
                seconds,
            }),
            Err(error) => self.not_kept(name, tier, error.to_string()),
        }
    }
}
