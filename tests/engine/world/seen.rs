//! What the test looks at.

use std::collections::BTreeSet;

use lazydebugger::engine::{LoadFailure, Workload};
use lazydebugger::event::EventKind;
use lazydebugger::ledger::{ResourceRecord, ResourceState};
use lazydebugger::vocabulary::{Lookup, MissReason, Owner, ReleaseCause};

use super::{Answer, World, in_words};
use crate::toy::{file, hash_of, hash_of_file, is_file, name, node_of};

impl World {
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
    pub(super) fn implied(&self, key: usize) -> (u64, BTreeSet<usize>) {
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
