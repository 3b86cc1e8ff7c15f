//! A world around the engine in which the test decides what happens next: which file is looked at or
//! read, which load works or ends, who asks, cancels, clears, edits, and what more becomes known.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use lazydebugger::engine::{
    Completion, Engine, FileId, Happening, Limits, Load, LoadContext, LoadError, LoadFailure,
    Loaded, Recheck, Stamp, Ticket, Workload,
};
use lazydebugger::event::{Declaration, EventKind};
use lazydebugger::ledger::{Ledger, ResourceRecord, ResourceState};
use lazydebugger::resource::source::stamp;
use lazydebugger::session::event_of;
use lazydebugger::vocabulary::{ClearedBy, Lookup, MissReason, Owner, ReleaseCause, ResourceKind};

use crate::known::KnownFiles;
use crate::toy::{Node, Toy, Value, file, hash_of, hash_of_file, is_file, name, node_of};

pub(crate) type Outcome = Result<Loaded<Value>, LoadError>;

/// A load that runs on what was known when it began; what came out and how its files looked then,
/// if it has been at work already.
pub(crate) struct Running {
    pub(crate) load: Load<usize, Value>,
    pub(crate) toy: Arc<Toy>,
    pub(crate) done: Option<(Outcome, Vec<Option<Stamp>>)>,
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

/// What the load that ends at this moment has made.
pub(crate) struct Ending {
    pub(crate) hash: u64,
    pub(crate) file: Option<(FileId, String)>,
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
    pub(crate) looking: Vec<(u64, Arc<[PathBuf]>)>,
    /// Does the test say when files are looked at? Else that is done at once.
    pub(crate) looks_late: bool,
    pub(crate) packing: Vec<(usize, Weak<Value>)>,
    pub(crate) open: BTreeMap<u64, Asked>,
    pub(crate) tickets: u64,
    pub(crate) edits: u64,
    /// The files as the engine knows them.
    pub(crate) files: KnownFiles,
    pub(crate) started: HashSet<(usize, u64)>,
    /// The generations of the loads that run and have not been given up.
    pub(crate) current: HashMap<usize, u64>,
    pub(crate) ending: Option<Ending>,
    /// What each key's last load has made, and the version of the file in which it was looked up.
    pub(crate) made: HashMap<usize, (u64, Option<Stamp>)>,
    /// Keys of which more became known after they were made.
    pub(crate) outgrown: HashSet<usize>,
    /// What becomes known as soon as a request is answered.
    pub(crate) lesson: Option<Vec<Node>>,
    /// All that was asked for, and what that was made from when it was.
    pub(crate) allowed: BTreeSet<usize>,
    /// Why the next miss of a key must be a miss, as the events so far say.
    pub(crate) due: HashMap<usize, MissReason>,
    /// Under which key an owner was last given what it asked for, where that is another one.
    pub(crate) stand_ins: HashMap<(Owner, usize), usize>,
    pub(crate) had_stand_in: HashSet<usize>,
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
            looking: Vec::new(),
            looks_late: false,
            packing: Vec::new(),
            open: BTreeMap::new(),
            tickets: 0,
            edits: 0,
            files: KnownFiles::default(),
            started: HashSet::new(),
            current: HashMap::new(),
            ending: None,
            made: HashMap::new(),
            outgrown: HashSet::new(),
            lesson: None,
            allowed: BTreeSet::new(),
            due: HashMap::new(),
            stand_ins: HashMap::new(),
            had_stand_in: HashSet::new(),
            under_way: HashSet::new(),
            has_cleared: false,
        };
        for node in world.toy.with_files() {
            world.edit(node);
        }
        world.declare();
        world
    }

    fn declare(&mut self) {
        for key in self.toy.keys() {
            let resource = match key {
                key if is_file(key) => ResourceKind::File,
                key if self.toy.is_fact(key) => ResourceKind::Header,
                key if self.toy.nodes[key].cached => ResourceKind::Predictions,
                _ => ResourceKind::Table,
            };
            self.log(EventKind::ResourceDeclared(Box::new(Declaration {
                name: name(key),
                resource,
                inputs: self.toy.inputs(&key).into_iter().map(name).collect(),
                group: None,
                estimated_bytes: None,
                needs: Vec::new(),
                eager: false,
                backend: None,
                way: None,
                working_bytes: 0,
            })));
        }
    }

    // What the test does.

    /// Asks, and lets the files be looked at and read at once.
    pub(crate) fn ask(&mut self, owner: Owner, keys: &[usize]) -> u64 {
        let ticket = self.ask_only(owner, keys);
        while self.look(0) || self.identify(0) {}
        ticket
    }

    /// Asks; the test says when which file is read.
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
        let asked = Asked {
            keys: keys.to_vec(),
            owner: owner.clone(),
        };
        self.open.insert(ticket, asked);
        self.allow_what_is_asked_for();
        self.engine.acquire(Ticket(ticket), owner, keys.to_vec());
        ticket
    }

    fn allow_what_is_asked_for(&mut self) {
        let asked = self.open.values().flat_map(|asked| asked.keys.clone());
        let asked: Vec<usize> = asked.collect();
        self.allowed.extend(self.closure(asked));
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

    /// Begins a computation that works with so many bytes.
    pub(crate) fn work_with(&mut self, bytes: u64) -> Result<(), LoadError> {
        let begun = self.engine.compute(&"robustness".into(), bytes);
        self.settle();
        begun
    }

    pub(crate) fn computed(&mut self) {
        self.engine.computed();
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

    /// It is so late now, in seconds.
    pub(crate) fn wait_until(&mut self, seconds: f64) {
        self.engine.set_clock(seconds);
    }

    pub(crate) fn resize_cache(&mut self, bytes: u64) {
        self.limits.cache_bytes = bytes;
        self.engine.set_cache_bytes(bytes);
        self.settle();
    }

    pub(crate) fn clear_all(&mut self) {
        self.has_cleared = true;
        self.engine.clear_all();
        self.settle();
    }

    /// More becomes known of the same keys.
    pub(crate) fn learn(&mut self, nodes: Vec<Node>) {
        self.take_in(nodes);
        self.settle();
    }

    /// The same, while what the engine wants done is not done yet.
    pub(crate) fn take_in(&mut self, nodes: Vec<Node>) {
        let before: Vec<_> = (0..nodes.len()).map(|key| self.implied(key)).collect();
        self.toy = Arc::new(self.toy.with(nodes));
        self.engine.set_workload(self.toy.clone());
        let others = before.into_iter().enumerate();
        let others = others.filter(|(key, before)| self.implied(*key) != *before);
        let others: Vec<usize> = others.map(|(key, _)| key).collect();
        self.outgrown.extend(others);
        self.allow_what_is_asked_for();
        for node in self.toy.with_files() {
            if !self.files.has_been_written(node) {
                self.edit(node);
            }
        }
        self.declare();
    }

    /// Gives a file other content of the same length; its time lies in the past and never repeats.
    pub(crate) fn edit(&mut self, node: usize) {
        self.edits += 1;
        self.write(node, &format!("{:06}", self.edits));
    }

    /// Writes a file anew, with a new time.
    pub(crate) fn write(&mut self, node: usize, text: &str) {
        self.edits += 1;
        let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + self.edits);
        self.write_at(node, text, past);
    }

    /// Writes a file anew, and says that this was done at some time.
    pub(crate) fn write_at(&mut self, node: usize, text: &str, time: SystemTime) {
        let path = self.toy.path(node);
        fs::write(path, text).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(time).unwrap();
        let stamp = stamp(path).unwrap();
        self.files.wrote(node, stamp, text);
    }

    pub(crate) fn delete(&self, node: usize) {
        let _ = fs::remove_file(self.toy.path(node));
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

    /// Looks at the files that one of the requests waits for.
    pub(crate) fn look(&mut self, index: usize) -> bool {
        if self.looking.is_empty() {
            return false;
        }
        let (ticket, files) = self.looking.remove(index % self.looking.len());
        let stamps: Vec<Option<Stamp>> = files.iter().map(|path| stamp(path)).collect();
        if self.open.contains_key(&ticket) {
            for (path, stamp) in files.iter().zip(&stamps) {
                self.files.looked(self.node_at(path), *stamp);
            }
        }
        self.engine.looked_at(Ticket(ticket), stamps);
        self.settle();
        true
    }

    fn node_at(&self, path: &std::path::Path) -> usize {
        let mut nodes = 0..self.toy.nodes.len();
        nodes.find(|node| self.toy.path(*node) == path).unwrap()
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
        let places = self.places(false);
        if places.is_empty() {
            return;
        }
        let running = &mut self.running[places[index % places.len()]];
        if running.done.is_none() {
            running.done = Some(work(running));
        }
    }

    /// Lets one of the files that are read be read to its end, without anybody hearing of it yet.
    pub(crate) fn read(&mut self, index: usize) {
        let places = self.places(true);
        if places.is_empty() {
            return;
        }
        let running = &mut self.running[places[index % places.len()]];
        if running.done.is_none() {
            running.done = Some(work(running));
        }
    }

    /// Ends one of the running loads of nodes; one that was asked to stop stops if `obeys`.
    pub(crate) fn finish(&mut self, index: usize, obeys: bool) -> bool {
        self.end_one(&self.places(false), index, obeys)
    }

    /// Ends one of the running loads of files.
    pub(crate) fn identify(&mut self, index: usize) -> bool {
        self.end_one(&self.places(true), index, true)
    }

    /// As [`World::identify`], for one that may not obey.
    pub(crate) fn identify_anyway(&mut self, index: usize) -> bool {
        self.end_one(&self.places(true), index, false)
    }

    /// Where the loads of files are among those that run, or all others.
    fn places(&self, of_files: bool) -> Vec<usize> {
        let running = self.running.iter().enumerate();
        let wanted = running.filter(|(_, running)| is_file(running.load.key) == of_files);
        wanted.map(|(place, _)| place).collect()
    }

    fn end_one(&mut self, places: &[usize], index: usize, obeys: bool) -> bool {
        if places.is_empty() {
            return false;
        }
        let mut running = self.running.remove(places[index % places.len()]);
        let (result, stamps) = running.done.take().unwrap_or_else(|| work(&running));
        let result = if obeys && running.load.cancel.is_cancelled() {
            drop(result);
            Err(LoadError::Cancelled)
        } else {
            result
        };
        let Load {
            key,
            generation,
            lane,
            inputs,
            files,
            ..
        } = running.load;
        drop(inputs);
        if self.current.get(&key) == Some(&generation) {
            for (path, stamp) in files.iter().zip(&stamps) {
                self.files.seen(self.node_at(path), *stamp);
            }
        }
        self.ending = result.as_ref().ok().map(|loaded| Ending {
            hash: loaded.value.hash,
            file: loaded.value.file.clone(),
        });
        self.engine.complete(Completion {
            key,
            generation,
            lane,
            seconds: 1.0,
            stamps,
            result,
        });
        self.settle();
        true
    }

    /// Somebody has heard that a file was written.
    pub(crate) fn hear_of(&mut self, node: usize) -> Recheck {
        let path = self.toy.path(node);
        let stamp = stamp(path);
        let found = self.engine.recheck(path, stamp);
        if found != Recheck::Unknown {
            self.files.looked(node, stamp);
        }
        self.settle();
        found
    }

    /// The keys of the loads that run, those of files excepted.
    pub(crate) fn running(&self) -> Vec<usize> {
        let running = self.running.iter().map(|r| r.load.key);
        running.filter(|key| !is_file(*key)).collect()
    }

    /// The nodes whose files are read.
    pub(crate) fn identifying(&self) -> Vec<usize> {
        let running = self.running.iter().map(|r| r.load.key);
        running.filter(|key| is_file(*key)).map(node_of).collect()
    }

    /// The keys of the loads that run and were asked to stop.
    pub(crate) fn stopping(&self) -> Vec<usize> {
        let stopping = self.running.iter().filter(|r| r.load.cancel.is_cancelled());
        stopping.map(|r| r.load.key).collect()
    }

    /// Ends the (oldest) running load of a node.
    pub(crate) fn finish_key(&mut self, key: usize) {
        let keys = self.running();
        let index = keys.iter().position(|k| *k == key);
        let index = index.unwrap_or_else(|| panic!("{key} does not run, only {keys:?}"));
        self.finish(index, true);
    }

    /// Lets everything come to its end.
    pub(crate) fn finish_all(&mut self) {
        while self.look(0) || self.identify(0) || self.finish(0, true) || self.pack(0) {}
        assert!(self.open.is_empty(), "everybody is answered");
        assert!(!self.engine.is_loading());
    }

    // What the test looks at.

    /// What a key's value must be, by the files as the engine knows them.
    pub(crate) fn expected(&self, key: usize) -> u64 {
        if is_file(key) {
            return hash_of_file(self.files.whole(node_of(key)));
        }
        let inputs = self.toy.parts(key).into_iter();
        let inputs: Vec<u64> = inputs.map(|input| self.expected(input)).collect();
        let text = match (self.toy.nodes[key].fact_of, self.toy.text_of(key)) {
            (Some(of), _) => self.files.head(of),
            (None, Some(of)) => self.files.whole(of),
            (None, None) => "",
        };
        let known = self.toy.nodes[key].known;
        hash_of(self.toy.made_as(key), known, text, &inputs)
    }

    /// What a key's value must be, and all that it is made from.
    fn implied(&self, key: usize) -> (u64, BTreeSet<usize>) {
        (self.expected(key), self.closure([key]))
    }

    /// All that these keys need, themselves and files included.
    pub(crate) fn closure(&self, keys: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open: Vec<usize> = keys.into_iter().collect();
        while let Some(key) = open.pop() {
            if self.toy.is_known(&key) && all.insert(key) {
                open.extend(self.toy.inputs(&key));
            }
        }
        all
    }

    pub(crate) fn record(&self, key: usize) -> &ResourceRecord {
        self.ledger.resource(&name(key)).unwrap()
    }

    /// Is it in memory, and out of date, by the fold?
    pub(crate) fn is_stale(&self, key: usize) -> bool {
        self.record(key).is_stale()
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

    /// The values that a request was answered with.
    pub(crate) fn hashes(&self, ticket: u64) -> &[u64] {
        match self.answers.get(&ticket) {
            Some(Answer::Ready { hashes, .. }) => hashes,
            other => panic!("no values: {other:?}"),
        }
    }

    pub(crate) fn failure(&self, ticket: u64) -> &LoadFailure {
        match self.answers.get(&ticket) {
            Some(Answer::Failed(failure)) => failure,
            other => panic!("not a failure: {other:?}"),
        }
    }

    /// Why a request failed, in words, with the chain that led to it.
    pub(crate) fn failure_in_words(&self, ticket: u64) -> String {
        let failure = self.failure(ticket);
        let chain: Vec<&str> = failure.chain.iter().map(|name| &*name.0).collect();
        format!(
            "{} (while loading {})",
            in_words(&failure.error),
            chain.join(" -> ")
        )
    }

    /// What the last request for a key found.
    pub(crate) fn last_lookup(&self, key: usize) -> Lookup {
        let mut of_key = self.ledger.lookups.iter().filter(|l| l.name == name(key));
        of_key.next_back().unwrap().lookup.clone()
    }

    /// Why the last miss on a key was one.
    pub(crate) fn last_miss(&self, key: usize) -> MissReason {
        self.record(key).last_miss.clone().unwrap()
    }

    pub(crate) fn loads(&self, key: usize) -> u64 {
        self.record(key).loads
    }

    /// How often a file was read as a whole.
    pub(crate) fn reads(&self, node: usize) -> u64 {
        self.loads(file(node))
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
        self.record(key).state.clone()
    }
}

/// What a load comes to, and how its files look then.
fn work(running: &Running) -> (Outcome, Vec<Option<Stamp>>) {
    let Running { load, toy, .. } = running;
    let context = LoadContext {
        cancel: load.cancel.clone(),
        progress: &|_, _| {},
    };
    let result =
        lazydebugger::engine::pool::contain_panic(|| toy.load(&load.key, &load.inputs, &context));
    let stamps = load.files.iter().map(|path| stamp(path)).collect();
    (result, stamps)
}

/// A load's error as people read it.
pub(crate) fn in_words(error: &LoadError) -> String {
    let error = error.clone();
    match event_of(name(0), Happening::LoadFailed { error }) {
        EventKind::LoadFailed { problem, .. } => problem.to_string(),
        other => panic!("not a failure: {other:?}"),
    }
}
