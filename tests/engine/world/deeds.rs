//! What the test does: asks, lets go, clears, edits, learns.

use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lazydebugger::engine::{LoadError, Ticket};
use lazydebugger::resource::source::stamp;
use lazydebugger::vocabulary::{ClearedBy, Owner};

use super::{Asked, World};
use crate::toy::Node;

impl World {
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

    /// Asks, and gets it.
    pub(crate) fn hold(&mut self, owner: Owner, keys: &[usize]) {
        let ticket = self.ask(owner, keys);
        self.finish_all();
        assert!(self.is_ready(ticket), "{:?}", self.answers);
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
        let gives_way = owner == Owner::Prefetch;
        self.engine.acquire(Ticket(ticket), owner, keys.to_vec());
        if !gives_way {
            self.check_that_others_gave_way(keys);
        }
        ticket
    }

    /// What is loaded ahead, and not needed for what somebody asks for, was told to stop.
    fn check_that_others_gave_way(&self, keys: &[usize]) {
        let asked = self.open.values();
        let asked = asked.filter(|asked| asked.owner != Owner::Prefetch);
        let asked = asked.flat_map(|asked| &asked.keys).chain(keys);
        let needed = self.closure(asked.copied());
        for running in &self.running {
            let key = running.load.key;
            let is_ahead = self.record(key).prefetched.is_some();
            let goes_on = !running.load.cancel.is_cancelled();
            // What is of the same content stands in for it.
            let mut needed = needed.iter();
            let is_needed = needed.any(|one| self.expected(*one) == self.expected(key));
            assert!(!is_ahead || !goes_on || is_needed, "{key} gives way");
        }
    }

    /// The selection uses these from now on.
    pub(crate) fn protect(&mut self, keys: Vec<usize>) {
        self.engine.protect(keys.clone());
        self.protected = keys;
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
        self.limits.cache_entries = usize::MAX;
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
}
