//! Tiers below memory: sessions after one another, each with an engine of its own, over one tier that
//! outlives them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lazydebugger::engine::tier::TierEntry;
use lazydebugger::engine::{
    Completion, Effect, Engine, Fetch, Fetched, FileId, Happening, Limits, Load, LoadContext,
    Probe, Ticket, Workload,
};
use lazydebugger::resource::source::stamp;
use lazydebugger::vocabulary::ContentId;
use proptest::prelude::*;

use crate::toy::{Node, ROOMY, Toy, Value, d1, d2, fact_of, file, is_file, node};

/// What the tier keeps of a value.
#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    file: Option<ContentId>,
    bytes: u64,
}

/// What is under way.
enum Todo {
    Look(Ticket, Arc<[PathBuf]>),
    Probe(Box<Probe<usize>>),
    Fetch(Box<Fetch<usize>>),
    Load(Box<Load<usize, Value>>),
}

/// The tier.
#[derive(Default)]
struct Kept {
    entries: BTreeMap<ContentId, Entry>,
    /// Entries that are found, and cannot be read.
    damaged: BTreeSet<ContentId>,
}

/// A session over the tier.
struct Play<'t> {
    toy: Arc<Toy>,
    engine: Engine<Toy>,
    kept: &'t mut Kept,
    todo: Vec<Todo>,
    loads: Vec<usize>,
    fetches: Vec<usize>,
    answers: BTreeMap<u64, Option<Vec<u64>>>,
    identified: BTreeMap<u64, Vec<ContentId>>,
}

impl<'t> Play<'t> {
    fn new(toy: &Arc<Toy>, limits: Limits, kept: &'t mut Kept) -> Self {
        let mut engine = Engine::new(toy.clone(), limits);
        engine.look_below();
        Self {
            toy: toy.clone(),
            engine,
            kept,
            todo: Vec::new(),
            loads: Vec::new(),
            fetches: Vec::new(),
            answers: BTreeMap::new(),
            identified: BTreeMap::new(),
        }
    }

    fn ask(&mut self, ticket: u64, keys: &[usize]) {
        let owner = if ticket.is_multiple_of(2) { d1() } else { d2() };
        self.engine.acquire(Ticket(ticket), owner, keys.to_vec());
        self.follow();
    }

    fn follow(&mut self) {
        while let Some(effect) = self.engine.next_effect() {
            match effect {
                Effect::Tell(name, Happening::LoadFinished { fetched, .. }) => {
                    let key = crate::toy::key_named(&name).unwrap();
                    let of = if fetched {
                        &mut self.fetches
                    } else {
                        &mut self.loads
                    };
                    of.push(key);
                }
                Effect::Tell(..) | Effect::Pack { .. } => {}
                Effect::Look { ticket, files } => self.todo.push(Todo::Look(ticket, files)),
                Effect::Probe(probe) => self.todo.push(Todo::Probe(probe)),
                Effect::Fetch(fetch) => self.todo.push(Todo::Fetch(fetch)),
                Effect::Start(load) => self.todo.push(Todo::Load(load)),
                Effect::Store(store) => {
                    assert!(self.toy.is_kept(&store.key));
                    let entry = Entry {
                        hash: store.value.hash,
                        file: store.value.file.as_ref().map(|(id, _)| id.content),
                        bytes: store.bytes,
                    };
                    self.kept.entries.insert(store.content, entry);
                }
                Effect::Identified { ticket, contents } => {
                    self.identified.insert(ticket.0, contents);
                }
                Effect::Ready { ticket, values, .. } => {
                    let hashes = values.iter().map(|value| value.hash).collect();
                    self.answers.insert(ticket.0, Some(hashes));
                }
                Effect::Failed { ticket, .. } => {
                    self.answers.insert(ticket.0, None);
                }
            }
        }
    }

    /// Does one of the things that are under way; false when there is nothing to do.
    fn step(&mut self, choice: usize) -> bool {
        if self.todo.is_empty() {
            return false;
        }
        match self.todo.remove(choice % self.todo.len()) {
            Todo::Look(ticket, files) => {
                let stamps = files.iter().map(|path| stamp(path)).collect();
                self.engine.looked_at(ticket, stamps);
            }
            Todo::Probe(probe) => {
                let found = self.kept.entries.get(&probe.content);
                let found = found.map(|entry| TierEntry {
                    bytes: entry.bytes,
                    seconds: 7.0,
                    ..TierEntry::default()
                });
                self.engine.probed(&probe.key, probe.generation, found);
            }
            Todo::Fetch(fetch) => self.fetch(&fetch),
            Todo::Load(load) => self.load(*load),
        }
        self.follow();
        true
    }

    fn fetch(&mut self, fetch: &Fetch<usize>) {
        let is_whole = !self.kept.damaged.contains(&fetch.content);
        let entry = self.kept.entries.get(&fetch.content).filter(|_| is_whole);
        let loaded = entry.map(|entry| {
            let id = entry.file.map(|content| FileId {
                stamp: fetch.stamp.unwrap(),
                settled: true,
                content,
            });
            self.toy.restored(fetch.key, entry.hash, id)
        });
        self.engine.fetched(Fetched {
            key: fetch.key,
            generation: fetch.generation,
            lane: fetch.lane,
            seconds: 0.5,
            loaded,
        });
    }

    fn load(&mut self, load: Load<usize, Value>) {
        let context = LoadContext {
            cancel: load.cancel.clone(),
            progress: &|_, _| {},
        };
        let result = self.toy.load(&load.key, &load.inputs, &context);
        drop(load.inputs);
        self.engine.complete(Completion {
            key: load.key,
            generation: load.generation,
            lane: load.lane,
            seconds: 1.0,
            stamps: load.files.iter().map(|path| stamp(path)).collect(),
            result,
        });
    }

    fn finish(&mut self) {
        while self.step(0) {}
    }

    fn hashes(&self, ticket: u64) -> &[u64] {
        let answer = self.answers.get(&ticket).expect("it is answered");
        answer.as_ref().expect("it is answered with values")
    }
}

/// Writes a node's file, in the past.
fn write(toy: &Toy, node: usize, text: &str, when: u64) {
    let path = toy.path(node);
    fs::write(path, text).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + when);
    file.set_modified(past).unwrap();
}

fn toy(nodes: Vec<Node>) -> Arc<Toy> {
    let toy = Arc::new(Toy::new(nodes));
    for node in toy.with_files() {
        write(&toy, node, "first", 1);
    }
    toy
}

/// A model (1) out of a file, a table (0) out of another, scores (2) of both.
fn model_and_table() -> Arc<Toy> {
    toy(vec![
        node(&[]).with_file(),
        node(&[]).with_file(),
        node(&[0, 1]).cached().kept(),
    ])
}

#[test]
fn what_a_tier_has_is_fetched_before_its_inputs_are_asked_for() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut first = Play::new(&toy, ROOMY, &mut kept);
    first.ask(0, &[2]);
    first.finish();
    let hashes = first.hashes(0).to_vec();
    assert!(first.fetches.is_empty());
    assert_eq!(first.loads.len(), 5, "two files, and what is made of them");
    drop(first);
    let mut second = Play::new(&toy, ROOMY, &mut kept);
    second.ask(0, &[2]);
    second.finish();
    assert_eq!(second.hashes(0), hashes);
    assert!(second.loads.is_empty(), "nothing is opened or hashed");
    let fetched: BTreeSet<usize> = second.fetches.iter().copied().collect();
    assert_eq!(fetched, BTreeSet::from([2, file(0), file(1)]));
}

#[test]
fn a_hit_in_memory_saves_what_the_load_had_cost() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut first = Play::new(&toy, ROOMY, &mut kept);
    first.ask(0, &[2]);
    first.finish();
    drop(first);
    let mut second = Play::new(&toy, ROOMY, &mut kept);
    second.ask(0, &[2]);
    second.finish();
    second.engine.acquire(Ticket(2), d2(), vec![2]);
    let mut saved = None;
    loop {
        match second.engine.next_effect() {
            Some(Effect::Look { ticket, files }) => {
                let stamps = files.iter().map(|path| stamp(path)).collect();
                second.engine.looked_at(ticket, stamps);
            }
            Some(Effect::Tell(_, Happening::Requested { lookup, .. })) => saved = Some(lookup),
            Some(_) => {}
            None => break,
        }
    }
    let hit = lazydebugger::vocabulary::Lookup::Hit { saved_seconds: 7.0 };
    assert_eq!(saved, Some(hit), "not the half second that the fetch took");
}

#[test]
fn a_file_that_was_only_touched_changes_nothing() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut first = Play::new(&toy, ROOMY, &mut kept);
    first.ask(0, &[2]);
    first.finish();
    drop(first);
    write(&toy, 1, "first", 2);
    let mut second = Play::new(&toy, ROOMY, &mut kept);
    second.ask(0, &[2]);
    second.finish();
    assert_eq!(second.loads, [file(1)], "it is hashed once more");
    assert!(second.fetches.contains(&2));
}

#[test]
fn a_changed_file_has_its_cone_made_anew_and_nothing_else() {
    let toy = toy(vec![
        node(&[]).with_file(),
        node(&[]).with_file(),
        node(&[0, 1]).cached().kept(),
        node(&[0]).cached().kept(),
    ]);
    let mut kept = Kept::default();
    let mut first = Play::new(&toy, ROOMY, &mut kept);
    first.ask(0, &[2, 3]);
    first.finish();
    drop(first);
    write(&toy, 1, "other", 2);
    let mut second = Play::new(&toy, ROOMY, &mut kept);
    second.ask(0, &[2, 3]);
    second.finish();
    let loads: BTreeSet<usize> = second.loads.iter().copied().collect();
    assert_eq!(loads, BTreeSet::from([file(1), 1, 0, 2]));
    assert!(second.fetches.contains(&3), "it does not rest on that file");
}

#[test]
fn what_is_found_and_cannot_be_read_is_made() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut first = Play::new(&toy, ROOMY, &mut kept);
    first.ask(0, &[2]);
    first.finish();
    let hashes = first.hashes(0).to_vec();
    drop(first);
    kept.damaged = kept.entries.keys().copied().collect();
    let mut second = Play::new(&toy, ROOMY, &mut kept);
    second.ask(0, &[2]);
    second.finish();
    assert_eq!(second.hashes(0), hashes);
    assert!(second.fetches.is_empty());
    assert_eq!(second.loads.len(), 5);
    assert!(!second.engine.is_loading());
}

#[test]
fn what_keys_stand_for_is_told_without_a_load() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut play = Play::new(&toy, ROOMY, &mut kept);
    play.engine.identify(Ticket(0), d1(), vec![2, 0]);
    play.follow();
    play.finish();
    let before = play.identified[&0].clone();
    assert_eq!(before.len(), 2);
    assert!(
        play.loads.iter().all(|key| is_file(*key)),
        "{:?}",
        play.loads
    );
    write(&toy, 1, "other", 2);
    play.engine.identify(Ticket(1), d1(), vec![2, 0]);
    play.follow();
    play.finish();
    assert_ne!(play.identified[&1][0], before[0]);
    assert_eq!(play.identified[&1][1], before[1]);
}

#[test]
fn a_request_that_is_given_up_gives_up_its_probe() {
    let toy = model_and_table();
    let mut kept = Kept::default();
    let mut play = Play::new(&toy, ROOMY, &mut kept);
    play.ask(0, &[2]);
    play.step(0);
    play.engine.cancel(Ticket(0));
    play.follow();
    play.finish();
    assert!(!play.engine.is_loading());
    assert!(play.answers.is_empty());
    assert_eq!(play.engine.resident_bytes(), 0);
}

const NODES: usize = 6;

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let one = |place: usize| {
        let inputs = prop::collection::btree_set(0..place.max(1), 0..3);
        let flags = (any::<bool>(), any::<bool>(), any::<bool>(), 0..8_usize);
        (inputs, flags).prop_map(move |(inputs, (has_file, cached, kept, fact))| {
            if fact == 0 && place > 0 {
                return fact_of(0).kept();
            }
            let inputs: Vec<usize> = inputs.into_iter().filter(|i| *i < place).collect();
            let mut made = node(&inputs);
            made.has_file = has_file;
            made.cached = cached;
            made.kept = kept;
            made
        })
    };
    (0..NODES).map(one).collect::<Vec<_>>()
}

/// What an engine without tiers makes of these keys.
fn without_tiers(toy: &Arc<Toy>, keys: &[usize]) -> Vec<u64> {
    let mut nothing = Kept::default();
    let mut play = Play::new(toy, ROOMY, &mut nothing);
    play.engine = Engine::new(toy.clone(), ROOMY);
    play.ask(0, keys);
    play.finish();
    play.hashes(0).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever a tier has or has lost, in whatever order it answers: the values are those that an
    /// engine without one makes.
    #[test]
    fn a_tier_changes_no_value(
        nodes in nodes(),
        first in prop::collection::vec(0..NODES, 1..4),
        asked in prop::collection::vec(prop::collection::vec(0..NODES, 1..4), 1..4),
        edited in prop::collection::vec(0..NODES, 0..3),
        damaged in prop::collection::vec(any::<bool>(), 16),
        lost in prop::collection::vec(any::<bool>(), 16),
        order in prop::collection::vec(any::<usize>(), 64),
        lanes in 1_usize..4,
        cache_entries in 0_usize..4,
    ) {
        let toy = toy(nodes);
        let limits = Limits { lanes, cache_entries, ..ROOMY };
        let mut kept = Kept::default();
        let mut earlier = Play::new(&toy, ROOMY, &mut kept);
        earlier.ask(0, &first);
        earlier.finish();
        drop(earlier);
        for (place, node) in edited.iter().enumerate() {
            if toy.with_files().contains(node) {
                write(&toy, *node, "edited", 2 + place as u64);
            }
        }
        let ids: Vec<ContentId> = kept.entries.keys().copied().collect();
        for (id, (damaged, lost)) in ids.iter().zip(damaged.iter().zip(&lost)) {
            if *lost {
                kept.entries.remove(id);
            } else if *damaged {
                kept.damaged.insert(*id);
            }
        }
        let mut play = Play::new(&toy, limits, &mut kept);
        for (ticket, keys) in asked.iter().enumerate() {
            play.ask(ticket as u64, keys);
        }
        for choice in order {
            play.step(choice);
        }
        play.finish();
        prop_assert!(!play.engine.is_loading());
        for (ticket, keys) in asked.iter().enumerate() {
            prop_assert_eq!(play.hashes(ticket as u64), without_tiers(&toy, keys));
        }
        play.engine.release(&d1());
        play.engine.release(&d2());
        play.engine.clear_all();
        play.follow();
        let resident = play.engine.resident_bytes();
        let facts = toy.keys().into_iter().filter(|key| toy.is_fact(*key)).count() as u64;
        prop_assert!(resident <= facts * 10, "{} bytes stay", resident);
    }
}
