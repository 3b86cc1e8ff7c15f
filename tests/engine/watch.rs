//! What holds after every step: the engine, the fold over its events and the memory that is really
//! alive say the same; answers are right; loads begin and end in pairs; misses have true reasons.

use std::collections::BTreeSet;

use lazydebugger::engine::{Effect, LoadError, LoadFailure, Ticket};
use lazydebugger::event::{Event, EventKind};
use lazydebugger::vocabulary::{Lookup, MissReason, Owner, ReleaseCause};

use crate::toy::{key_named, name};
use crate::world::{Answer, Running, World};

impl World {
    /// Follows the engine's effects and checks everything.
    pub(crate) fn settle(&mut self) {
        while let Some(effect) = self.engine.next_effect() {
            match effect {
                Effect::Emit(kind) => self.log(kind),
                Effect::Identify(path) => self.identifying.push(path),
                Effect::Pack { key, value } => self.packing.push((key, value)),
                Effect::Start(load) => {
                    let is_new = self.started.insert((load.key, load.generation));
                    assert!(is_new, "one load a key and generation");
                    self.running.push(Running {
                        load: *load,
                        result: None,
                    });
                }
                Effect::Ready {
                    ticket: Ticket(ticket),
                    values,
                    warm,
                } => {
                    let asked = self.open.remove(&ticket).expect("answered once");
                    let hashes: Vec<u64> = values.iter().map(|v| v.hash).collect();
                    let expected: Vec<u64> = asked.keys.iter().map(|k| self.expected(*k)).collect();
                    assert_eq!(hashes, expected, "the values that the inputs imply");
                    for key in &asked.keys {
                        let record = self.ledger.resource(&name(*key)).unwrap();
                        assert!(record.owners.contains(&asked.owner), "{key} is held");
                    }
                    self.answers.insert(ticket, Answer::Ready { hashes, warm });
                }
                Effect::Failed {
                    ticket: Ticket(ticket),
                    failure,
                } => {
                    let asked = self.open.remove(&ticket).expect("answered once");
                    self.check_chain(&asked.keys, &failure);
                    self.answers.insert(ticket, Answer::Failed(failure));
                }
            }
        }
        self.check();
    }

    fn check_chain(&self, asked: &[usize], failure: &LoadFailure) {
        let chain: Vec<usize> = failure.chain.iter().map(key_named).collect();
        assert!(asked.contains(&chain[0]), "starts with what was asked for");
        for pair in chain.windows(2) {
            assert!(self.toy.nodes[pair[0]].inputs.contains(&pair[1]));
        }
        // Nobody but those who cancel hears of it.
        assert_ne!(failure.error, LoadError::Cancelled);
    }

    pub(crate) fn log(&mut self, kind: EventKind) {
        self.follow(&kind);
        let event = Event {
            seq: self.events.len() as u64,
            t: self.events.len() as f64,
            kind,
        };
        self.ledger.apply(&event);
        if let Some(budget) = self.limits.memory_budget {
            let held = self.ledger.estimated_bytes();
            assert!(held <= budget, "{held} of {budget} after {:?}", event.kind);
        }
        self.events.push(event.kind);
    }

    /// Follows why the next miss will be one, and that loads begin and end in pairs.
    fn follow(&mut self, kind: &EventKind) {
        let (EventKind::Requested { name, .. }
        | EventKind::LoadQueued { name }
        | EventKind::LoadFinished { name, .. }
        | EventKind::LoadFailed { name, .. }
        | EventKind::LoadCancelled { name }
        | EventKind::Released { name, .. }
        | EventKind::CacheEvicted { name, .. }
        | EventKind::CacheRefused { name, .. }) = kind
        else {
            return;
        };
        let key = key_named(name);
        match kind {
            EventKind::Requested { lookup, .. } => self.check_lookup(key, lookup),
            EventKind::LoadQueued { .. } => assert!(self.under_way.insert(key), "queued once"),
            EventKind::LoadFinished { .. } => {
                assert!(self.under_way.remove(&key), "ends once");
                self.due.remove(&key);
                self.made.extend(self.ending.map(|hash| (key, hash)));
            }
            EventKind::LoadFailed { .. } | EventKind::LoadCancelled { .. } => {
                assert!(self.under_way.remove(&key), "ends once");
                self.due.insert(key, MissReason::RetryAfterError);
            }
            EventKind::Released { cause, .. } => match cause {
                // What came first is the reason.
                ReleaseCause::LastOwner { owner } => {
                    let last_owner = owner.clone();
                    let reason = MissReason::Released { last_owner };
                    self.due.entry(key).or_insert(reason);
                }
                ReleaseCause::Evicted { policy, for_name } => {
                    let (policy, for_name) = (policy.clone(), for_name.clone());
                    self.due
                        .insert(key, MissReason::Evicted { policy, for_name });
                }
                ReleaseCause::Cleared { by } => {
                    self.due.insert(key, MissReason::Cleared { by: *by });
                }
                ReleaseCause::Stale { part } => {
                    let part = part.clone();
                    self.due.insert(key, MissReason::InputChanged { part });
                }
            },
            EventKind::CacheEvicted {
                policy, for_name, ..
            } => {
                let (policy, for_name) = (policy.clone(), for_name.clone());
                self.due
                    .insert(key, MissReason::Evicted { policy, for_name });
            }
            EventKind::CacheRefused { reason, .. } => {
                self.due.insert(key, reason.clone());
            }
            _ => {}
        }
    }

    fn check_lookup(&mut self, key: usize, lookup: &Lookup) {
        match lookup {
            Lookup::Hit { saved_seconds } => {
                let record = self.ledger.resource(&name(key)).unwrap();
                assert!(record.is_resident(), "a hit on {key} is resident");
                assert_eq!(*saved_seconds, 1.0);
            }
            Lookup::Coalesced => assert!(self.under_way.contains(&key)),
            Lookup::Miss(reason) => {
                let due = self.due.remove(&key).unwrap_or(MissReason::FirstTouch);
                let is_first = self.ledger.resource(&name(key)).unwrap().requests == 0;
                assert_eq!(
                    is_first,
                    *reason == MissReason::FirstTouch,
                    "{key}: {reason}"
                );
                match (reason, due) {
                    // The newer reason: whatever made it go, now it would not do any more.
                    (MissReason::InputChanged { part }, _) => {
                        assert!(self.closure([key]).contains(&key_named(part)));
                    }
                    // Cleared while somebody held it, which has no event of its own.
                    (MissReason::Cleared { .. }, _) => assert!(self.has_cleared),
                    // Cancelled but not over yet.
                    (MissReason::RetryAfterError, due) if due != *reason => {
                        assert!(self.under_way.contains(&key));
                    }
                    (reason, due) => assert_eq!(*reason, due, "{key}"),
                }
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.ledger.estimated_bytes(), self.engine.resident_bytes());
        for key in 0..self.toy.nodes.len() {
            let record = self.ledger.resource(&name(key)).unwrap();
            let owners: BTreeSet<Owner> = record.owners.iter().cloned().collect();
            assert_eq!(
                owners,
                self.owners(key).into_iter().collect(),
                "owners of {key}"
            );
            assert_eq!(record.owners.len(), owners.len(), "each owner once");
            assert_eq!(self.is_resident(key), record.is_resident(), "{key}");
            assert_eq!(
                self.is_resident(key),
                !owners.is_empty(),
                "{key} has owners"
            );
            let is_old = record.is_resident() && self.made.get(&key) != Some(&self.expected(key));
            assert_eq!(
                record.is_stale(),
                is_old,
                "{key} is stale if its files would make something else"
            );
            let under_way = self.under_way.contains(&key);
            assert_eq!(under_way, record.state.is_under_way(), "{key}");
        }
        self.check_lanes();
        self.check_cache();
        // What runs may hold what is gone otherwise; else nothing outlives its last owner.
        let alive = self.toy.alive_bytes();
        if self.running.is_empty() {
            assert_eq!(
                alive,
                self.engine.resident_bytes(),
                "memory goes with its owner"
            );
        } else {
            assert!(alive >= self.engine.resident_bytes());
        }
        if self.running.is_empty() && self.identifying.is_empty() {
            assert!(!self.engine.is_loading(), "nothing is stuck");
            assert!(self.open.is_empty(), "nobody waits in vain");
        }
    }

    fn check_lanes(&self) {
        let loads = self.running.iter().map(|r| &r.load);
        let lanes: BTreeSet<usize> = loads.clone().map(|l| l.lane).collect();
        assert_eq!(lanes.len(), self.running.len(), "one load a lane");
        assert!(lanes.iter().all(|lane| *lane < self.limits.lanes));
        let classes = loads.clone().filter_map(|l| self.toy.nodes[l.key].class);
        let classes: Vec<u32> = classes.collect();
        let distinct: BTreeSet<&u32> = classes.iter().collect();
        assert_eq!(distinct.len(), classes.len(), "classes are exclusive");
        let wanted = loads.filter(|l| !l.cancel.is_cancelled()).map(|l| l.key);
        let wanted: Vec<usize> = wanted.collect();
        let distinct: BTreeSet<&usize> = wanted.iter().collect();
        assert_eq!(distinct.len(), wanted.len(), "single flight");
        for running in &self.running {
            let inputs = &self.toy.nodes[running.load.key].inputs;
            assert_eq!(running.load.inputs.len(), inputs.len());
        }
        if let Some(budget) = self.limits.memory_budget {
            assert!(self.engine.resident_bytes() <= budget, "within the budget");
        }
    }

    fn check_cache(&self) {
        let figures = self.ledger.cache();
        let lookups = self.ledger.lookups.iter().filter(|l| l.cached);
        // An input that is there for a load has been asked for by whoever asked for the load.
        let counted = lookups
            .filter(|l| !matches!(l.by, Owner::Load { .. }) || matches!(l.lookup, Lookup::Miss(_)));
        let lookups = counted.count() as u64;
        assert_eq!(figures.hits + figures.misses + figures.coalesced, lookups);
        assert_eq!(figures.miss_reasons.values().sum::<u64>(), figures.misses);
        assert!(figures.entries <= self.limits.cache_entries);
        assert!(figures.bytes <= self.limits.cache_bytes);
    }
}
