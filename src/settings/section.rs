//! Reading a section of a file: known keys only, values of the right kind, every problem noted.

use std::collections::HashSet;

use super::near::nearest;
use super::node::{Node, Value};
use super::problem::{ProblemKind, Problems};
use super::value::Readable;

/// A table whose keys have been checked.
///
/// Getters note a problem and answer with a default; the caller looks at the problems at the end.
pub(crate) struct Section<'n> {
    path: String,
    line: Option<usize>,
    is_table: bool,
    entries: &'n [(String, Node)],
}

impl<'n> Section<'n> {
    /// Opens `node` as a table with these keys and no others.
    pub(crate) fn open(
        path: &str,
        node: &'n Node,
        known: &'static [&'static str],
        problems: &mut Problems,
    ) -> Self {
        let section = Self::open_any(path, node, problems);
        for (key, value) in section.entries {
            if !known.contains(&key.as_str()) {
                let near = nearest(key, known.iter().copied()).map(str::to_owned);
                let kind = ProblemKind::UnknownKey { near, known };
                problems.add(value.line, section.key(key), kind);
            }
        }
        section
    }

    /// Opens `node` as a table whose keys are names that the user chose.
    pub(crate) fn open_any(path: &str, node: &'n Node, problems: &mut Problems) -> Self {
        let entries = if let Value::Table(entries) = &node.value {
            entries.as_slice()
        } else {
            problems.add(node.line, path, unexpected("a table", node));
            &[]
        };
        let mut earlier = HashSet::with_capacity(entries.len());
        for (key, value) in entries {
            if !earlier.insert(key) {
                let kind = ProblemKind::Rule("is given twice; keep one".to_owned());
                problems.add(value.line, join(path, key), kind);
            }
        }
        Self {
            path: path.to_owned(),
            line: node.line,
            is_table: matches!(node.value, Value::Table(_)),
            entries,
        }
    }

    /// The key with the sections that it stands in.
    pub(crate) fn key(&self, key: &str) -> String {
        join(&self.path, key)
    }

    /// Its entries, in file order.
    pub(crate) fn entries(&self) -> &'n [(String, Node)] {
        self.entries
    }

    pub(crate) fn node(&self, key: &str) -> Option<&'n Node> {
        let entry = self.entries.iter().find(|(k, _)| k == key);
        entry.map(|(_, node)| node)
    }

    /// The value of a key that may be left out.
    pub(crate) fn optional<T: Readable>(&self, key: &str, problems: &mut Problems) -> Option<T> {
        T::read(&self.key(key), self.node(key)?, problems)
    }

    /// The value of a key that must be there; `wanted` says what it stands for.
    pub(crate) fn required<T: Readable + Default>(
        &self,
        key: &str,
        wanted: &str,
        problems: &mut Problems,
    ) -> T {
        self.demand(key, wanted, problems);
        self.optional(key, problems).unwrap_or_default()
    }

    /// Notes a key that must be there and is not.
    pub(crate) fn demand(&self, key: &str, wanted: &str, problems: &mut Problems) {
        if self.node(key).is_none() {
            self.missing(key, wanted, problems);
        }
    }

    /// Notes that a key must be there, unless there is no table in which it could be.
    pub(crate) fn missing(&self, key: &str, wanted: &str, problems: &mut Problems) {
        if self.is_table {
            let wanted = wanted.to_owned();
            problems.add(self.line, self.key(key), ProblemKind::Missing { wanted });
        }
    }

    /// The items of a list under a key that may be left out.
    pub(crate) fn items(&self, key: &str, problems: &mut Problems) -> &'n [Node] {
        let Some(node) = self.node(key) else {
            return &[];
        };
        if let Value::List(list) = &node.value {
            return list;
        }
        problems.add(node.line, self.key(key), unexpected("a list", node));
        &[]
    }
}

fn unexpected(expected: &str, node: &Node) -> ProblemKind {
    ProblemKind::Unexpected {
        expected: expected.to_owned(),
        found: node.describe(),
        near: None,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
