//! The files as the engine knows them, by what it was told: what tests expect follows from these, not
//! from what lies on the disk at the moment.

use std::collections::HashMap;

use lazydebugger::engine::{FileId, Stamp};

/// What is known of one file.
#[derive(Clone, Debug, Default)]
struct Known {
    /// As it was when somebody last looked.
    stamp: Option<Stamp>,
    /// What stands for it where only its head matters.
    version: Option<Stamp>,
    head: Option<String>,
    /// What it held when it was last read as a whole.
    whole: Option<String>,
    /// What stood for it when it held these texts, newest last.
    past: Vec<(String, Option<Stamp>)>,
    is_broken: bool,
}

/// So many texts of a file are remembered.
const MOST_PAST: usize = 8;

/// What is known of all files, by their nodes.
#[derive(Debug, Default)]
pub(crate) struct KnownFiles {
    known: HashMap<usize, Known>,
    /// All texts that were ever written.
    written: Vec<(usize, Stamp, String)>,
}

impl KnownFiles {
    /// A file was written; nobody has heard of it yet.
    pub(crate) fn wrote(&mut self, node: usize, stamp: Stamp, text: &str) {
        self.written.push((node, stamp, text.to_owned()));
    }

    pub(crate) fn has_been_written(&self, node: usize) -> bool {
        self.written.iter().any(|(of, ..)| *of == node)
    }

    fn text(&self, node: usize, stamp: Option<Stamp>) -> Option<String> {
        let mut written = self.written.iter().rev();
        let found = written.find(|(of, at, _)| *of == node && Some(*at) == stamp);
        found.map(|(.., text)| text.clone())
    }

    /// The engine was told how a file looks.
    pub(crate) fn looked(&mut self, node: usize, stamp: Option<Stamp>) {
        if stamp.is_none() && !self.known.contains_key(&node) {
            return;
        }
        let head = self.text(node, stamp);
        let known = self.known.entry(node).or_default();
        if known.stamp == stamp {
            return;
        }
        known.stamp = stamp;
        known.is_broken = false;
        if known.whole.is_none() {
            known.version = stamp;
            known.head = head;
        }
    }

    /// A load that began before anybody had looked at a file says how that looks.
    pub(crate) fn seen(&mut self, node: usize, stamp: Option<Stamp>) {
        if stamp.is_some() && !self.known.contains_key(&node) {
            self.looked(node, stamp);
        }
    }

    /// The engine was told what a whole file holds.
    pub(crate) fn read(&mut self, node: usize, id: FileId, text: &str) {
        let known = self.known.entry(node).or_default();
        let stays = match &known.whole {
            Some(before) => before == text,
            None => !known.is_broken && known.stamp == Some(id.stamp),
        };
        let mut past = std::mem::take(&mut known.past);
        if !stays {
            let mut before = past.iter().filter(|(before, _)| before == text);
            known.version = before
                .next()
                .map_or(Some(id.stamp), |(_, version)| *version);
        }
        past.retain(|(before, _)| before != text);
        past.push((text.to_owned(), known.version));
        if past.len() > MOST_PAST {
            past.remove(0);
        }
        *known = Known {
            stamp: Some(id.stamp),
            version: known.version,
            past,
            head: Some(text.to_owned()),
            whole: Some(text.to_owned()),
            is_broken: false,
        };
    }

    /// The engine was told that a file cannot be read.
    pub(crate) fn lost(&mut self, node: usize) {
        let stamp = self.known.get(&node).and_then(|known| known.stamp);
        let head = self.text(node, stamp);
        let known = self.known.entry(node).or_default();
        known.version = None;
        known.head = head;
        known.whole = None;
        known.is_broken = true;
    }

    /// What a whole file holds; nothing as long as that is not known.
    pub(crate) fn whole(&self, node: usize) -> &str {
        let known = self.known.get(&node);
        known.and_then(|k| k.whole.as_deref()).unwrap_or_default()
    }

    /// What is looked up in a file.
    pub(crate) fn head(&self, node: usize) -> &str {
        let known = self.known.get(&node);
        known.and_then(|k| k.head.as_deref()).unwrap_or_default()
    }

    /// What stands for a file where only its head matters.
    pub(crate) fn version(&self, node: usize) -> Option<Stamp> {
        self.known.get(&node)?.version
    }
}
