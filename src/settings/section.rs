//! Reading a section of a file: known keys only, values of the right kind, every problem noted.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::vocabulary::Choice;

use super::near::nearest;
use super::node::{Node, Value};
use super::problem::{ProblemKind, Problems};
use super::size::Size;

/// A value that a key can take.
pub(crate) trait FromNode: Sized {
    /// What is accepted, in words.
    fn expected() -> String;

    /// The value, or `None` when the node holds something else.
    fn from_node(node: &Node) -> Option<Self>;

    /// What is there instead, in words.
    fn found(node: &Node) -> String {
        node.describe()
    }

    /// The accepted word that is nearest to a wrong one.
    fn near(_wrong: &str) -> Option<String> {
        None
    }
}

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
        for (i, (key, value)) in entries.iter().enumerate() {
            if entries[..i].iter().any(|(earlier, _)| earlier == key) {
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
    pub(crate) fn optional<T: FromNode>(&self, key: &str, problems: &mut Problems) -> Option<T> {
        read(&self.key(key), self.node(key)?, problems)
    }

    /// The value of a key that must be there; `wanted` says what it stands for.
    pub(crate) fn required<T: FromNode + Default>(
        &self,
        key: &str,
        wanted: &str,
        problems: &mut Problems,
    ) -> T {
        if self.node(key).is_none() {
            self.missing(key, wanted, problems);
        }
        self.optional(key, problems).unwrap_or_default()
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

/// The value of a node, or a problem with it.
pub(crate) fn read<T: FromNode>(key: &str, node: &Node, problems: &mut Problems) -> Option<T> {
    let value = T::from_node(node);
    if value.is_none() {
        let near = match &node.value {
            Value::Text(text) => T::near(text),
            _ => None,
        };
        let kind = ProblemKind::Unexpected {
            expected: T::expected(),
            found: T::found(node),
            near,
        };
        problems.add(node.line, key, kind);
    }
    value
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

/// Text that may be empty.
#[derive(Default)]
pub(crate) struct AnyText(pub(crate) String);

impl FromNode for AnyText {
    fn expected() -> String {
        "text in quotes".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => Some(Self(text.clone())),
            _ => None,
        }
    }
}

impl FromNode for String {
    fn expected() -> String {
        "text in quotes, not empty".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        let AnyText(text) = AnyText::from_node(node)?;
        (!text.is_empty()).then_some(text)
    }
}

impl FromNode for PathBuf {
    fn expected() -> String {
        "the path of a file, in quotes".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        String::from_node(node).map(Self::from)
    }
}

/// A label of a class, as text: a whole number without a fraction, a truth value in small letters.
#[derive(Default)]
pub(crate) struct Label(pub(crate) String);

impl FromNode for Label {
    fn expected() -> String {
        "a label of the target (text, number, true or false)".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            Value::Number(number) if number.is_finite() => Some(number.to_string()),
            Value::Flag(flag) => Some(flag.to_string()),
            _ => None,
        }
        .map(Self)
    }
}

impl FromNode for f64 {
    fn expected() -> String {
        "a number".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match node.value {
            Value::Integer(number) => Some(number as Self),
            Value::Number(number) if number.is_finite() => Some(number),
            _ => None,
        }
    }
}

impl FromNode for u64 {
    fn expected() -> String {
        "a whole number, zero or more".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match node.value {
            Value::Integer(number) => number.try_into().ok(),
            _ => None,
        }
    }
}

impl FromNode for NonZeroUsize {
    fn expected() -> String {
        "a whole number, one or more".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        let number = usize::try_from(u64::from_node(node)?).ok()?;
        Self::new(number)
    }
}

impl FromNode for Size {
    fn expected() -> String {
        "a size such as \"256MB\", \"1.5GiB\" or a number of bytes".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => text.parse().ok(),
            _ => u64::from_node(node).map(Self),
        }
    }
}

/// One word out of a closed set.
pub(crate) struct Word<T>(pub(crate) T);

fn names<T: Choice>() -> Vec<&'static str> {
    T::ALL.iter().map(|choice| choice.name()).collect()
}

impl<T: Choice> FromNode for Word<T> {
    fn expected() -> String {
        format!("one of {}", names::<T>().join(", "))
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => T::named(text).map(Self),
            _ => None,
        }
    }

    fn near(wrong: &str) -> Option<String> {
        nearest(wrong, names::<T>().into_iter()).map(str::to_owned)
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn expected() -> String {
        format!("a list, each item {}", T::expected())
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::List(list) => list.iter().map(T::from_node).collect(),
            _ => None,
        }
    }

    fn found(node: &Node) -> String {
        let Value::List(list) = &node.value else {
            return node.describe();
        };
        let wrong = list.iter().find(|item| T::from_node(item).is_none());
        wrong.map_or(node.describe(), |item| format!("{} in it", T::found(item)))
    }
}
