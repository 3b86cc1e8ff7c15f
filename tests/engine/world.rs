//! A world around the engine in which the test decides what happens next: which file is identified,
//! which load works or ends, who asks, cancels, clears and edits.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use lazydebugger::engine::content::FileId;
use lazydebugger::engine::{
    Completion, Engine, Limits, Load, LoadContext, LoadError, LoadFailure, Loaded, Ticket, Workload,
};
use lazydebugger::event::{Declaration, EventKind};
use lazydebugger::ledger::{Ledger, ResourceState};
use lazydebugger::vocabulary::{ClearedBy, Lookup, MissReason, Owner, ReleaseCause, ResourceKind};

use crate::toy::{Node, Toy, Value, hash_of, key_of, name};

pub(crate) type Outcome = Result<Loaded<Value>, LoadError>;

/// A load that runs; its result, if it has been computed already.
pub(crate) struct Running {
    pub(crate) load: Load<usize, Value>,
    pub(crate) result: Option<Outcome>,
}

/// What a request was told.
#[derive(Debug)]
pub(crate) enum Answer {
    Ready { hashes: Vec<u64>, warm: bool },
    Failed(LoadFailure),
}

pub(crate) struct Asked {
    pub(crate) keys: Vec<usize>,
    pub(crate) owner: Owner,
}

/// The engine, the fold over its events, and what it waits for.
pub(crate) struct World {
    pub(crate) toy: Arc<Toy>,
    pub(crate) engine: Engine<Toy>,
    pub(crate) ledger: Ledger,
    pub(crate) events: Vec<EventKind>,
    pub(crate) answers: BTreeMap<u64, Answer>,
    pub(crate) limits: Limits,
    pub(crate) running: Vec<Running>,
    pub(crate) identifying: Vec<PathBuf>,
    pub(crate) packing: Vec<(usize, Weak<Value>)>,
    pub(crate) open: BTreeMap<u64, Asked>,
    pub(crate) tickets: u64,
    pub(crate) edits: u64,
    /// The text under which the engine knows each file.
    pub(crate) known_text: HashMap<usize, String>,
    pub(crate) started: HashSet<(usize, u64)>,
    /// What the load that ends at this moment has made.
    pub(crate) ending: Option<u64>,
    /// What each key's last load has made.
    pub(crate) made: HashMap<usize, u64>,
    pub(crate) asked: BTreeSet<usize>,
    /// Why the next miss of a key must be a miss, as the events so far say.
    pub(crate) due: HashMap<usize, MissReason>,
    pub(crate) under_way: HashSet<usize>,
    pub(crate) has_cleared: bool,
}

impl World {
    pub(crate) fn new(nodes: Vec<Node>, limits: Limits) -> Self {
        let toy = Arc::new(Toy::new(nodes));
        let mut world = Self {
            engine: Engine::new(toy.clone(), limits),
            toy,
            ledger: Ledger::default(),
            events: Vec::new(),
            answers: BTreeMap::new(),
            limits,
            running: Vec::new(),
            identifying: Vec::new(),
            packing: Vec::new(),
            open: BTreeMap::new(),
            tickets: 0,
            edits: 0,
            known_text: HashMap::new(),
            started: HashSet::new(),
            ending: None,
            made: HashMap::new(),
            asked: BTreeSet::new(),
            due: HashMap::new(),
            under_way: HashSet::new(),
            has_cleared: false,
        };
        for key in 0..world.toy.nodes.len() {
            if world.toy.nodes[key].has_file {
                world.edit(key);
            }
            world.log(EventKind::ResourceDeclared(Box::new(Declaration {
                name: name(key),
                resource: if world.toy.nodes[key].cached {
                    ResourceKind::Predictions
                } else {
                    ResourceKind::Table
                },
                inputs: world.toy.nodes[key]
                    .inputs
                    .iter()
                    .map(|i| name(*i))
                    .collect(),
                group: None,
                estimated_bytes: None,
                needs: Vec::new(),
                eager: false,
                backend: None,
            })));
        }
        world
    }

    // What the test does.

    /// Asks, and lets the files be identified at once.
    pub(crate) fn ask(&mut self, owner: Owner, keys: &[usize]) -> u64 {
        let ticket = self.ask_only(owner, keys);
        while self.identify(0) {}
        ticket
    }

    /// Asks; the test answers what is to be identified.
    pub(crate) fn ask_only(&mut self, owner: Owner, keys: &[usize]) -> u64 {
        let ticket = self.request(owner, keys);
        self.settle();
        ticket
    }

    /// One asks before another lets go: only then does anything start.
    pub(crate) fn hand_over(&mut self, from: &Owner, to: Owner, keys: &[usize]) -> u64 {
        self.engine.hold_back();
        let ticket = self.request(to, keys);
        self.engine.release(from);
        self.engine.go_on();
        self.settle();
        ticket
    }

    fn request(&mut self, owner: Owner, keys: &[usize]) -> u64 {
        self.tickets += 1;
        let ticket = self.tickets;
        self.asked.extend(keys);
        let asked = Asked {
            keys: keys.to_vec(),
            owner: owner.clone(),
        };
        self.open.insert(ticket, asked);
        self.engine.acquire(Ticket(ticket), owner, keys.to_vec());
        ticket
    }

    pub(crate) fn cancel(&mut self, ticket: u64) {
        self.open.remove(&ticket);
        self.engine.cancel(Ticket(ticket));
        self.settle();
    }

    pub(crate) fn expect(&mut self, owner: &Owner, keys: &[usize]) {
        self.engine.expect(owner, keys.to_vec());
        self.settle();
    }

    pub(crate) fn release(&mut self, owner: &Owner) {
        self.engine.release(owner);
        self.settle();
    }

    pub(crate) fn release_all_but(&mut self, owner: &Owner, kept: &[usize]) {
        self.engine.release_all_but(owner, kept);
        self.settle();
    }

    pub(crate) fn unload(&mut self, key: usize) {
        self.has_cleared = true;
        let gone = self.engine.unload(&key, ClearedBy::Unload);
        assert_eq!(gone, !self.is_resident(key));
        self.settle();
    }

    pub(crate) fn clear_cache(&mut self) {
        self.has_cleared = true;
        self.engine.clear_cache(ClearedBy::ClearCache);
        self.settle();
    }

    pub(crate) fn clear_all(&mut self) {
        self.has_cleared = true;
        self.engine.clear_all();
        self.settle();
    }

    /// Gives a file other content of the same length; its time lies in the past and never repeats.
    pub(crate) fn edit(&mut self, key: usize) {
        self.edits += 1;
        self.write(key, &format!("{:06}", self.edits));
    }

    /// Writes a file anew, with a new time.
    pub(crate) fn write(&mut self, key: usize, text: &str) {
        self.edits += 1;
        let path = self.toy.path(key);
        fs::write(&path, text).unwrap();
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + self.edits);
        File::options()
            .write(true)
            .open(path)
            .and_then(|f| f.set_modified(past))
            .unwrap();
    }

    pub(crate) fn delete(&self, key: usize) {
        let _ = fs::remove_file(self.toy.path(key));
    }

    pub(crate) fn fail_loads_of(&self, key: usize, fails: bool) {
        let mut failing = self.toy.failing.lock().unwrap();
        if fails {
            failing.insert(key);
        } else {
            failing.remove(&key);
        }
    }

    // What the world around the engine does.

    /// Ends one of the pending identifications.
    pub(crate) fn identify(&mut self, index: usize) -> bool {
        if self.identifying.is_empty() {
            return false;
        }
        let path = self.identifying.remove(index % self.identifying.len());
        let key = key_of(&path);
        let result = FileId::read(&path).map_err(|e| format!("{}: {e}", path.display()));
        match fs::read_to_string(&path) {
            Ok(text) => self.known_text.insert(key, text),
            Err(_) => self.known_text.remove(&key),
        };
        self.engine.identified(&path, result);
        self.settle();
        true
    }

    /// Packs one of the values that are to be packed, if it is still there.
    pub(crate) fn pack(&mut self, index: usize) -> bool {
        if self.packing.is_empty() {
            return false;
        }
        let (key, value) = self.packing.remove(index % self.packing.len());
        let packed = value.upgrade().and_then(|value| self.toy.pack(&value));
        self.engine.packed(&key, &value, packed);
        self.settle();
        true
    }

    /// Lets one of the running loads work, without anybody hearing of its end yet.
    pub(crate) fn compute(&mut self, index: usize) {
        if self.running.is_empty() {
            return;
        }
        let index = index % self.running.len();
        if self.running[index].result.is_none() {
            let result = self.work(&self.running[index].load);
            self.running[index].result = Some(result);
        }
    }

    /// Ends one of the running loads; one that was asked to stop stops if `obeys`.
    pub(crate) fn finish(&mut self, index: usize, obeys: bool) -> bool {
        if self.running.is_empty() {
            return false;
        }
        let Running { load, result } = self.running.remove(index % self.running.len());
        let result = if obeys && load.cancel.is_cancelled() {
            drop(result);
            Err(LoadError::Cancelled)
        } else {
            result.unwrap_or_else(|| self.work(&load))
        };
        let Load {
            key,
            generation,
            lane,
            inputs,
            ..
        } = load;
        drop(inputs);
        self.ending = result.as_ref().ok().map(|loaded| loaded.value.hash);
        self.engine.complete(Completion {
            key,
            generation,
            lane,
            seconds: 1.0,
            result,
        });
        self.settle();
        true
    }

    fn work(&self, load: &Load<usize, Value>) -> Outcome {
        let context = LoadContext {
            cancel: load.cancel.clone(),
            progress: &|_, _| {},
        };
        lazydebugger::engine::pool::contain_panic(|| {
            self.toy.load(&load.key, &load.inputs, &context)
        })
    }

    /// Somebody has heard that a file was written; the test answers what is to be identified.
    pub(crate) fn hear_of(&mut self, key: usize) -> bool {
        let path = self.toy.path(key);
        let is_known = self.engine.recheck(&path);
        self.settle();
        is_known
    }

    /// Is it in memory, and out of date, by the fold?
    pub(crate) fn is_stale(&self, key: usize) -> bool {
        self.ledger.resource(&name(key)).unwrap().is_stale()
    }

    /// The keys of the loads that run.
    pub(crate) fn running(&self) -> Vec<usize> {
        self.running.iter().map(|r| r.load.key).collect()
    }

    /// The keys of the loads that run and were asked to stop.
    pub(crate) fn stopping(&self) -> Vec<usize> {
        let stopping = self.running.iter().filter(|r| r.load.cancel.is_cancelled());
        stopping.map(|r| r.load.key).collect()
    }

    /// Ends the (oldest) running load of a key.
    pub(crate) fn finish_key(&mut self, key: usize) {
        let keys = self.running();
        let index = keys.iter().position(|k| *k == key);
        let index = index.unwrap_or_else(|| panic!("{key} does not run, only {keys:?}"));
        self.finish(index, true);
    }

    /// Lets everything come to its end.
    pub(crate) fn finish_all(&mut self) {
        while self.identify(0) || self.finish(0, true) || self.pack(0) {}
        assert!(self.open.is_empty(), "everybody is answered");
        assert!(!self.engine.is_loading());
    }

    // What the test looks at.

    /// What a key's value must be, by the files as the engine knows them.
    pub(crate) fn expected(&self, key: usize) -> u64 {
        let inputs = self.toy.nodes[key].inputs.iter();
        let inputs: Vec<u64> = inputs.map(|i| self.expected(*i)).collect();
        let text = self.known_text.get(&key).cloned().unwrap_or_default();
        hash_of(key, &text, &inputs)
    }

    pub(crate) fn closure(&self, keys: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        for key in keys {
            all.insert(key);
            all.extend(self.closure(self.toy.nodes[key].inputs.clone()));
        }
        all
    }

    pub(crate) fn is_resident(&self, key: usize) -> bool {
        self.engine.is_resident(&key)
    }

    pub(crate) fn owners(&self, key: usize) -> Vec<Owner> {
        self.engine.owners(&key)
    }

    /// Was this request answered with values?
    pub(crate) fn is_ready(&self, ticket: u64) -> bool {
        matches!(self.answers.get(&ticket), Some(Answer::Ready { .. }))
    }

    pub(crate) fn failure(&self, ticket: u64) -> &LoadFailure {
        match self.answers.get(&ticket) {
            Some(Answer::Failed(failure)) => failure,
            other => panic!("not a failure: {other:?}"),
        }
    }

    /// What the last request for a key found.
    pub(crate) fn last_lookup(&self, key: usize) -> Lookup {
        let mut of_key = self.ledger.lookups.iter().filter(|l| l.name == name(key));
        of_key.next_back().unwrap().lookup.clone()
    }

    /// Why the last miss on a key was one.
    pub(crate) fn last_miss(&self, key: usize) -> MissReason {
        let record = self.ledger.resource(&name(key)).unwrap();
        record.last_miss.clone().unwrap()
    }

    pub(crate) fn loads(&self, key: usize) -> u64 {
        self.ledger.resource(&name(key)).unwrap().loads
    }

    pub(crate) fn starts(&self, key: usize) -> usize {
        let starts =
            |e: &&EventKind| matches!(e, EventKind::LoadStarted { name: n, .. } if *n == name(key));
        self.events.iter().filter(starts).count()
    }

    pub(crate) fn release_causes(&self, key: usize) -> Vec<ReleaseCause> {
        let causes = self.events.iter().filter_map(|event| match event {
            EventKind::Released { name: n, cause, .. } if *n == name(key) => Some(cause.clone()),
            _ => None,
        });
        causes.collect()
    }

    /// The resource's state by the fold.
    pub(crate) fn state(&self, key: usize) -> ResourceState {
        self.ledger.resource(&name(key)).unwrap().state.clone()
    }
}
