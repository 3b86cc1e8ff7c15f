//! A run played through in no time: the real scheduler on loads that only take their seconds, so
//! what it tells of order, workers and memory is what would happen.

use std::sync::Arc;

use super::KeyMap;
use super::graph::{GraphError, closure};
use super::plan::{Plan, all_but};
use super::scheduler::{Completion, Effect, Engine, Limits, Load, Ticket};
use super::shadow::Shadow;
use super::workload::{LoadContext, LoadFailure, Workload};
use crate::vocabulary::{Client, MemoryPool, Owner, ResourceName};

/// A load of a simulated run.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedLoad<K> {
    /// Of what.
    pub key: K,
    /// The worker lane, from 0.
    pub worker: usize,
    /// When it begins, in seconds since the run began.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Whose request brings it, by place; none: before the first client's.
    pub asked_by: Option<usize>,
}

/// Who takes part in a run that is played through.
#[derive(Clone, Debug)]
pub struct Player<K> {
    /// Who.
    pub client: Client,
    /// What it asks for.
    pub keys: Vec<K>,
    /// Bytes that it works with once all of that is there.
    pub computing_bytes: u64,
}

/// What a run would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated<K> {
    /// Its loads, in the order in which they begin.
    pub loads: Vec<SimulatedLoad<K>>,
    /// When the first client may start.
    pub setup_seconds: f64,
    /// When the last load is over.
    pub seconds: f64,
    /// The most bytes in the host's memory at one time.
    pub peak_bytes: u64,
    /// What went wrong, for example for want of memory.
    pub problems: Vec<LoadFailure>,
}

/// A workload to play runs through on, any number of them.
pub struct Rehearsal<W: Workload> {
    workload: Arc<W>,
    limits: Limits,
    shadow: Arc<Shadow<W::Key>>,
}

impl<W: Workload> Rehearsal<W> {
    /// Looks at these keys and all that they need.
    pub fn of(workload: Arc<W>, limits: Limits, keys: &[W::Key]) -> Self {
        Self {
            shadow: Arc::new(Shadow::of(&*workload, keys.iter().cloned())),
            workload,
            limits,
        }
    }

    /// Plays a run through: what is loaded first, then one client after the other. Computations take
    /// memory and no time. `seconds` says how long a load takes.
    pub fn simulate(
        &self,
        first: &[W::Key],
        clients: &[Player<W::Key>],
        seconds: &dyn Fn(&W::Key) -> f64,
    ) -> Simulated<W::Key> {
        let shadow = self.shadow_with(
            first
                .iter()
                .chain(clients.iter().flat_map(|player| &player.keys)),
        );
        let places = |keys: &[W::Key]| -> Vec<usize> {
            keys.iter().filter_map(|key| shadow.place(key)).collect()
        };
        let mut play = Play {
            engine: Engine::new(shadow.clone(), self.limits),
            shadow: shadow.clone(),
            seconds: &|place| seconds(shadow.key(place)),
            now: 0.0,
            running: Vec::new(),
            asking: None,
            told: Simulated {
                loads: Vec::new(),
                setup_seconds: 0.0,
                seconds: 0.0,
                peak_bytes: 0,
                problems: Vec::new(),
            },
        };
        let owner = |client: &Client| Owner::Client {
            client: client.clone(),
        };
        for player in clients {
            let expected = closure(&*shadow, &places(&player.keys)).unwrap_or_default();
            play.engine.expect(&owner(&player.client), expected);
        }
        play.engine
            .acquire(Ticket(0), Owner::Strategy, places(first));
        play.wait_for(Ticket(0));
        play.told.setup_seconds = play.now;
        let mut before = None;
        for (place, player) in clients.iter().enumerate() {
            let ticket = Ticket(place as u64 + 1);
            let owner = owner(&player.client);
            play.asking = Some(place);
            let keys = places(&player.keys);
            play.engine.acquire(ticket, owner.clone(), keys);
            // As in a session, a client asks before the one that is over lets go.
            if let Some(owner) = before.replace(owner) {
                play.engine.release(&owner);
            }
            let failed = play.told.problems.len();
            play.wait_for(ticket);
            if play.told.problems.len() == failed {
                play.compute(player);
            }
        }
        play.told.seconds = play.now;
        play.told.by_key(&shadow)
    }

    /// The shadow, or one that knows these keys too.
    fn shadow_with<'k>(
        &self,
        mut keys: impl Iterator<Item = &'k W::Key> + Clone,
    ) -> Arc<Shadow<W::Key>>
    where
        W::Key: 'k,
    {
        let wanted = keys.clone().cloned();
        if keys.all(|key| self.shadow.place(key).is_some()) {
            return self.shadow.clone();
        }
        let all = self.shadow.keys().iter().cloned().chain(wanted);
        Arc::new(Shadow::of(&*self.workload, all))
    }

    /// Adds to what is loaded first the files for later, and what is read from them alone, that idle
    /// workers can load meanwhile: those that, by what is known of their seconds, do not delay the
    /// first client. They are not kept.
    pub fn fill_idle_workers(
        &self,
        plan: &mut Plan<W::Key>,
        known_seconds: &dyn Fn(&W::Key) -> Option<f64>,
    ) {
        if plan.first.is_empty() || plan.first.iter().any(|k| known_seconds(k).is_none()) {
            return;
        }
        let seconds = |key: &W::Key| known_seconds(key).unwrap_or(0.0);
        let setup = |keys: &[W::Key]| self.simulate(keys, &[], &seconds);
        let before = setup(&plan.first);
        let is_file = |key: &W::Key| self.workload.inputs(key).is_empty();
        for key in plan.later.clone() {
            let inputs = self.workload.inputs(&key);
            let is_read = inputs.iter().all(|i| is_file(i) && plan.first.contains(i));
            if !is_read || known_seconds(&key).is_none_or(|s| s > before.seconds) {
                continue;
            }
            plan.first.push(key);
            let with_it = setup(&plan.first);
            if with_it.seconds > before.seconds || !with_it.problems.is_empty() {
                plan.first.pop();
            }
        }
        plan.later = all_but(std::mem::take(&mut plan.later), &plan.first);
    }
}

impl Simulated<usize> {
    fn by_key<K: Clone + Ord + std::hash::Hash>(self, shadow: &Shadow<K>) -> Simulated<K> {
        let loads = self.loads.into_iter().map(|load| SimulatedLoad {
            key: shadow.key(load.key).clone(),
            worker: load.worker,
            start: load.start,
            end: load.end,
            asked_by: load.asked_by,
        });
        Simulated {
            loads: loads.collect(),
            setup_seconds: self.setup_seconds,
            seconds: self.seconds,
            peak_bytes: self.peak_bytes,
            problems: self.problems,
        }
    }
}

struct Play<'a, K: Send + Sync + 'static> {
    engine: Engine<Shadow<K>>,
    shadow: Arc<Shadow<K>>,
    seconds: &'a dyn Fn(usize) -> f64,
    now: f64,
    /// When each load under way ends, in the order in which they began.
    running: Vec<(f64, Load<usize, ()>)>,
    asking: Option<usize>,
    told: Simulated<usize>,
}

impl<K: Send + Sync + 'static> Play<'_, K> {
    /// Lets time pass until a request is answered.
    fn wait_for(&mut self, ticket: Ticket) {
        while !self.follow_effects(ticket) {
            let ends = self.running.iter().enumerate();
            let Some((next, _)) = ends.min_by(|(_, (a, _)), (_, (b, _))| a.total_cmp(b)) else {
                return;
            };
            let (end, load) = self.running.remove(next);
            self.now = end;
            let context = LoadContext {
                cancel: load.cancel,
                progress: &|_, _| {},
            };
            let result = self.shadow.load(&load.key, &load.inputs, &context);
            drop(load.inputs);
            self.engine.complete(Completion {
                key: load.key,
                generation: load.generation,
                lane: load.lane,
                seconds: 0.0,
                stamps: Vec::new(),
                result,
            });
            self.told.peak_bytes = self
                .told
                .peak_bytes
                .max(self.engine.resident_bytes_in(MemoryPool::Host));
        }
    }

    /// Lets a client compute, which takes memory and no time.
    fn compute<C>(&mut self, player: &Player<C>) {
        let name = ResourceName::from(player.client.name());
        match self.engine.compute(&name, player.computing_bytes) {
            Ok(()) => {
                let bytes = self.engine.resident_bytes_in(MemoryPool::Host)
                    + self.engine.working_bytes_in(MemoryPool::Host);
                self.told.peak_bytes = self.told.peak_bytes.max(bytes);
                self.engine.computed();
            }
            Err(error) => self.told.problems.push(LoadFailure {
                chain: vec![name],
                error,
            }),
        }
    }

    /// Does what the engine wants done; true when it has answered the request.
    fn follow_effects(&mut self, awaited: Ticket) -> bool {
        let mut answered = false;
        while let Some(effect) = self.engine.next_effect() {
            match effect {
                Effect::Start(load) => self.start(*load),
                Effect::Ready { ticket, .. } => answered |= ticket == awaited,
                Effect::Failed { ticket, failure } => {
                    self.told.problems.push(failure);
                    answered |= ticket == awaited;
                }
                // A shadow has no files, no tiers below it, and nobody reads this log.
                Effect::Tell(..)
                | Effect::Look { .. }
                | Effect::Pack { .. }
                | Effect::Probe(_)
                | Effect::Fetch(_)
                | Effect::Store(_)
                | Effect::Identified { .. } => {}
            }
        }
        answered
    }

    /// Loads of one pass take their seconds one after the other, and are over together.
    fn start(&mut self, mut load: Load<usize, ()>) {
        let bytes = self.engine.resident_bytes_in(MemoryPool::Host)
            + self.engine.working_bytes_in(MemoryPool::Host);
        self.told.peak_bytes = self.told.peak_bytes.max(bytes);
        let beside = std::mem::take(&mut load.beside);
        let loads: Vec<Load<usize, ()>> = std::iter::once(load).chain(beside).collect();
        let mut end = self.now;
        for load in &loads {
            let start = end;
            end += (self.seconds)(load.key);
            self.told.loads.push(SimulatedLoad {
                key: load.key,
                worker: load.lane,
                start,
                end,
                asked_by: self.asking,
            });
        }
        self.running
            .extend(loads.into_iter().map(|load| (end, load)));
    }
}

/// The longest chain among `keys` of loads of which each needs the one before it, and its seconds.
pub fn critical_path<W: Workload>(
    workload: &W,
    keys: &[W::Key],
    seconds: &dyn Fn(&W::Key) -> f64,
) -> Result<(Vec<W::Key>, f64), GraphError> {
    // Longest chain that ends in each key, and the link before it.
    let mut longest: KeyMap<W::Key, (f64, Option<W::Key>)> = KeyMap::default();
    let mut end: Option<(W::Key, f64)> = None;
    for key in closure(workload, keys)? {
        let mut before: Option<(W::Key, f64)> = None;
        for input in workload.inputs(&key) {
            let so_far = longest[&input].0;
            if before.as_ref().is_none_or(|(_, most)| so_far > *most) {
                before = Some((input, so_far));
            }
        }
        let total = before.as_ref().map_or(0.0, |(_, s)| *s) + seconds(&key);
        longest.insert(key.clone(), (total, before.map(|(key, _)| key)));
        if end.as_ref().is_none_or(|(_, most)| total >= *most) {
            end = Some((key, total));
        }
    }
    let Some((last, total)) = end else {
        return Ok((Vec::new(), 0.0));
    };
    let mut path = vec![last.clone()];
    let mut at = last;
    while let Some(before) = longest[&at].1.clone() {
        path.push(before.clone());
        at = before;
    }
    path.reverse();
    Ok((path, total))
}
