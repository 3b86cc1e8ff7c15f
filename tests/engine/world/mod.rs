//! A world around the engine in which the test decides what happens next: which file is looked at or
//! read, which load works or ends, who asks, cancels, clears, edits, and what more becomes known.

mod around;
mod deeds;
mod seen;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use lazydebugger::engine::{
    Engine, FileId, Happening, Limits, Load, LoadError, LoadFailure, Loaded, Stamp, Workload,
};
use lazydebugger::event::{Declaration, EventKind};
use lazydebugger::ledger::Ledger;
use lazydebugger::session::event_of;
use lazydebugger::vocabulary::{MissReason, Owner, ResourceKind};

use crate::known::KnownFiles;
use crate::toy::{Node, Toy, Value, is_file, name};

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
    /// What the selection uses.
    pub(crate) protected: Vec<usize>,
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
            protected: Vec::new(),
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
                pool: self.toy.pool(&key),
            })));
        }
    }
}

/// A load's error as people read it.
pub(crate) fn in_words(error: &LoadError) -> String {
    let error = error.clone();
    match event_of(name(0), Happening::LoadFailed { error }) {
        EventKind::LoadFailed { problem, .. } => problem.to_string(),
        other => panic!("not a failure: {other:?}"),
    }
}
