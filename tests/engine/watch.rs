//! What holds after every step: the engine, the fold over its events and the memory that is really
//! alive say the same; answers are right; loads begin and end in pairs; misses have true reasons;
//! nothing is in memory or loaded twice.

use std::collections::{BTreeMap, BTreeSet};

use lazydebugger::engine::{Effect, LoadError, LoadFailure, Ticket, Workload};
use lazydebugger::event::{Event, EventKind};
use lazydebugger::session::event_of;
use lazydebugger::vocabulary::{
    ContentId, Lookup, MemoryPool, MissReason, Owner, ReleaseCause, ResourceName,
};

use crate::toy::{Value, is_file, key_named, node_of};
use crate::world::{Answer, Running, World};

impl World {
    /// Follows the engine's effects and checks everything.
    pub(crate) fn settle(&mut self) {
        while let Some(effect) = self.engine.next_effect() {
            self.follow_effect(effect);
        }
        self.check();
        if !self.looks_late {
            self.look(0);
        }
    }

    fn follow_effect(&mut self, effect: Effect<usize, Value>) {
        match effect {
            Effect::Tell(name, happening) => self.log(event_of(name, happening)),
            Effect::Look {
                ticket: Ticket(ticket),
                files,
            } => self.looking.push((ticket, files)),
            Effect::Pack { key, value } => self.packing.push((key, value)),
            Effect::Probe(_) | Effect::Fetch(_) | Effect::Store(_) | Effect::Identified { .. } => {
                panic!("nobody has said that there are tiers below memory")
            }
            Effect::Start(mut load) => {
                let beside = std::mem::take(&mut load.beside);
                let pass = self.toy.pass(&load.key);
                for load in std::iter::once(*load).chain(beside) {
                    assert_eq!(self.toy.pass(&load.key), pass, "they pass over the same");
                    let is_new = self.started.insert((load.key, load.generation));
                    assert!(is_new, "one load a key and generation");
                    self.current.insert(load.key, load.generation);
                    self.running.push(Running {
                        load,
                        toy: self.toy.clone(),
                        done: None,
                    });
                }
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
                    let stand_in = self.stand_ins.get(&(asked.owner.clone(), *key));
                    let record = self.record(*stand_in.unwrap_or(key));
                    assert!(record.owners.contains(&asked.owner), "{key} is held");
                }
                self.answers.insert(ticket, Answer::Ready { hashes, warm });
                self.take_lesson();
            }
            Effect::Failed {
                ticket: Ticket(ticket),
                failure,
            } => {
                let asked = self.open.remove(&ticket).expect("answered once");
                if asked.owner == Owner::Prefetch && failure.error == LoadError::Cancelled {
                    return;
                }
                self.check_chain(&asked.keys, &failure);
                self.answers.insert(ticket, Answer::Failed(failure));
                self.take_lesson();
            }
        }
    }

    fn take_lesson(&mut self) {
        if let Some(nodes) = self.lesson.take() {
            self.take_in(nodes);
        }
    }

    fn check_chain(&self, asked: &[usize], failure: &LoadFailure) {
        let chain: Vec<usize> = failure.chain.iter().filter_map(key_named).collect();
        assert_eq!(chain.len(), failure.chain.len());
        assert!(asked.contains(&chain[0]), "starts with what was asked for");
        for pair in chain.windows(2) {
            assert!(self.toy.inputs(&pair[0]).contains(&pair[1]), "{chain:?}");
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
        if let Some(budget) = self.limits.device_budget {
            for (pool, held) in self.ledger.device_bytes() {
                assert!(
                    held <= budget,
                    "{held} of {budget} on {pool} after {:?}",
                    event.kind
                );
            }
        }
        self.events.push(event.kind);
    }

    /// Follows why the next miss will be one, and that loads begin and end in pairs.
    fn follow(&mut self, kind: &EventKind) {
        let (EventKind::Requested { name, .. }
        | EventKind::LoadQueued { name }
        | EventKind::LoadFinished { name, .. }
        | EventKind::LoadFailed { name, .. }
        | EventKind::LoadCancelled { name, .. }
        | EventKind::Released { name, .. }
        | EventKind::CacheEvicted { name, .. }
        | EventKind::CacheRefused { name, .. }) = kind
        else {
            return;
        };
        let key = key_named(name).expect("a key");
        if let EventKind::LoadFinished { .. }
        | EventKind::LoadFailed { .. }
        | EventKind::LoadCancelled { .. } = kind
        {
            self.current.remove(&key);
        }
        match kind {
            EventKind::Requested {
                by,
                lookup,
                same_as,
                ..
            } => {
                self.check_lookup(key, by, lookup, same_as.as_ref());
            }
            EventKind::LoadQueued { .. } => assert!(self.under_way.insert(key), "queued once"),
            EventKind::LoadFinished { .. } => {
                assert!(self.under_way.remove(&key), "ends once");
                self.due.remove(&key);
                self.finished(key);
            }
            EventKind::LoadFailed { .. } => {
                assert!(self.under_way.remove(&key), "ends once");
                self.due.insert(key, MissReason::RetryAfterError);
                if is_file(key) {
                    self.files.lost(node_of(key));
                }
            }
            EventKind::LoadCancelled { .. } => {
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
                    self.check_protection(key, for_name);
                    let (policy, for_name) = (policy.clone(), for_name.clone());
                    self.due
                        .insert(key, MissReason::Evicted { policy, for_name });
                }
                ReleaseCause::Cleared { by } => {
                    self.due.insert(key, MissReason::Cleared { by: *by });
                }
                ReleaseCause::Expired { .. } => {
                    self.due.insert(key, MissReason::Expired);
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

    /// What the selection uses never goes for what is loaded ahead.
    fn check_protection(&self, key: usize, for_name: &ResourceName) {
        let gained = self.ledger.resource(for_name);
        let is_ahead = gained.is_some_and(|gained| gained.prefetched.is_some());
        let is_protected = self.protected.contains(&key);
        assert!(!is_ahead || !is_protected, "{key} goes for {for_name}");
    }

    fn finished(&mut self, key: usize) {
        let Some(ending) = self.ending.take() else {
            panic!("{key} has ended with a value");
        };
        if let Some((id, text)) = ending.file {
            self.files.read(node_of(key), id, &text);
        }
        let fact_of = self.toy.nodes.get(key).and_then(|node| node.fact_of);
        let version = fact_of.and_then(|of| self.files.version(of));
        self.made.insert(key, (ending.hash, version));
        self.outgrown.remove(&key);
    }

    fn check_lookup(
        &mut self,
        key: usize,
        by: &Owner,
        lookup: &Lookup,
        same_as: Option<&ResourceName>,
    ) {
        let place = (by.clone(), key);
        let held_as = same_as.and_then(key_named);
        self.stand_ins.remove(&place);
        if let Some(other) = held_as {
            assert_ne!(other, key);
            self.stand_ins.insert(place, other);
            self.had_stand_in.insert(key);
        }
        let found = held_as.unwrap_or(key);
        match lookup {
            Lookup::Hit { saved_seconds } => {
                assert!(
                    self.record(found).is_resident(),
                    "a hit on {key} is resident"
                );
                assert_eq!(*saved_seconds, 1.0);
            }
            Lookup::Coalesced => assert!(self.under_way.contains(&found)),
            Lookup::Miss(reason) => {
                assert_eq!(held_as, None, "what is missing has no stand-in");
                self.check_miss(key, reason);
            }
        }
    }

    fn check_miss(&mut self, key: usize, reason: &MissReason) {
        let due = self.due.remove(&key).unwrap_or(MissReason::FirstTouch);
        let is_first = self.record(key).requests == 0;
        assert_eq!(
            is_first,
            *reason == MissReason::FirstTouch,
            "{key}: {reason:?}"
        );
        match (reason, due) {
            // Another one stood in for it, and went for a reason of its own.
            (_, MissReason::FirstTouch) if self.had_stand_in.contains(&key) => {}
            // The newer reason: whatever made it go, now it would not do any more.
            (MissReason::InputChanged { part }, _) => {
                let is_part = |part| self.closure([key]).contains(&part);
                // What has no key is a parameter.
                assert!(key_named(part).is_none_or(is_part));
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

    fn check(&self) {
        let host = self.engine.resident_bytes_in(MemoryPool::Host);
        assert_eq!(self.ledger.estimated_bytes(), host);
        for (pool, bytes) in self.ledger.device_bytes() {
            assert_eq!(bytes, self.engine.resident_bytes_in(pool), "{pool}");
        }
        for key in self.toy.keys() {
            let record = self.record(key);
            let owners: BTreeSet<Owner> = record.owners.iter().cloned().collect();
            assert_eq!(
                owners,
                self.owners(key).into_iter().collect(),
                "owners of {key}"
            );
            assert_eq!(record.owners.len(), owners.len(), "each owner once");
            assert_eq!(
                self.is_resident(key),
                !owners.is_empty(),
                "{key} has owners"
            );
            let under_way = self.under_way.contains(&key);
            assert_eq!(under_way, record.state.is_under_way(), "{key}");
            // While a file is read again, what it held before stays.
            if !is_file(key) || !under_way {
                assert_eq!(self.is_resident(key), record.is_resident(), "{key}");
            }
            if !is_file(key) && !self.outgrown.contains(&key) {
                self.check_staleness(key);
            }
        }
        self.check_twins();
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
        if self.running.is_empty() && self.looking.is_empty() {
            assert!(!self.engine.is_loading(), "nothing is stuck");
            assert!(self.open.is_empty(), "nobody waits in vain");
        }
    }

    fn check_staleness(&self, key: usize) {
        let made = self.made.get(&key);
        let has_changed = made.is_none_or(|(made, version)| {
            let fact_of = self.toy.nodes[key].fact_of;
            let now = fact_of.and_then(|of| self.files.version(of));
            (*made, *version) != (self.expected(key), now)
        });
        let is_old = self.record(key).is_resident() && has_changed;
        assert_eq!(
            self.is_stale(key),
            is_old,
            "{key} is stale if its files would make something else"
        );
    }

    /// What two keys stand for is in memory once.
    fn check_twins(&self) {
        let nodes = (0..self.toy.nodes.len()).map(|key| self.record(key));
        let mut resident: BTreeMap<ContentId, &ResourceName> = BTreeMap::new();
        for record in nodes.filter(|record| record.is_resident()) {
            let digest = record.digest.unwrap();
            let twin = resident.insert(digest, &record.name);
            assert_eq!(twin, None, "{} is the same", record.name);
        }
    }

    fn check_lanes(&self) {
        let loads = self.running.iter().map(|r| &r.load);
        let mut lanes: BTreeMap<usize, Vec<Option<usize>>> = BTreeMap::new();
        for Running { load, toy, .. } in &self.running {
            let of_lane = lanes.entry(load.lane).or_default();
            of_lane.push(toy.pass(&load.key));
        }
        for (lane, passes) in &lanes {
            assert!(*lane < self.limits.lanes);
            let is_one_pass = passes
                .iter()
                .all(|pass| pass.is_some() && *pass == passes[0]);
            assert!(passes.len() == 1 || is_one_pass, "one load or pass a lane");
        }
        let classes = self.running.iter().filter_map(|r| {
            let class = r.toy.exclusive_class(&r.load.key)?;
            Some((class, r.load.lane))
        });
        let classes: BTreeSet<(u32, usize)> = classes.collect();
        let distinct: BTreeSet<u32> = classes.iter().map(|(class, _)| *class).collect();
        assert_eq!(distinct.len(), classes.len(), "classes are exclusive");
        let wanted = loads.filter(|l| !l.cancel.is_cancelled()).map(|l| l.key);
        let wanted: Vec<usize> = wanted.collect();
        let distinct: BTreeSet<&usize> = wanted.iter().collect();
        assert_eq!(distinct.len(), wanted.len(), "single flight");
        for Running { load, toy, .. } in &self.running {
            let inputs = toy.inputs(&load.key).into_iter();
            let expected: Vec<usize> = inputs.map(|input| toy.made_as(input)).collect();
            let found: Vec<usize> = load.inputs.iter().map(|input| input.made_as).collect();
            assert_eq!(found, expected, "the inputs of {}", load.key);
        }
        if let Some(budget) = self.limits.memory_budget {
            let resident = self.engine.resident_bytes_in(MemoryPool::Host);
            assert!(resident <= budget, "within the budget");
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
