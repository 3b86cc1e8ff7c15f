//! What the world around the engine does: looks at files, reads them, works, and ends.

use lazydebugger::engine::{
    Completion, Load, LoadContext, LoadError, Recheck, Stamp, Ticket, Workload,
};
use lazydebugger::resource::source::stamp;

use super::{Ending, Outcome, Running, World};
use crate::toy::{is_file, node_of};

impl World {
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
