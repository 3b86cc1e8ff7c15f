//! What keys can take: each kind of value, and in words what is accepted.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::near::nearest;
use super::node::{Node, Value};
use super::problem::{ProblemKind, Problems};
use super::size::Size;
use super::span::Span;
use crate::vocabulary::{Choice, Device, MOST_THREADS, Separator, Task};

/// What can stand under a key.
pub(crate) trait Readable: Sized {
    /// What is accepted, in words.
    fn takes() -> String;

    /// What stands there, or nothing and at least one problem.
    fn read(key: &str, node: &Node, problems: &mut Problems) -> Option<Self>;

    /// With every path in it taken from this folder.
    fn in_folder(self, folder: &Path) -> Self;
}

/// A value that is right or wrong as a whole.
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

    /// A path as seen from this folder; all else as it is.
    fn under(self, _folder: &Path) -> Self {
        self
    }
}

impl<T: FromNode> Readable for T {
    fn takes() -> String {
        T::expected()
    }

    fn read(key: &str, node: &Node, problems: &mut Problems) -> Option<Self> {
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

    fn in_folder(self, folder: &Path) -> Self {
        self.under(folder)
    }
}

/// Text that may be empty.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// On, unless somebody says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct On(pub(crate) bool);

impl From<On> for bool {
    fn from(On(on): On) -> Self {
        on
    }
}

impl FromNode for On {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match node.value {
            Value::Flag(on) => Some(Self(on)),
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

    fn under(self, folder: &Path) -> Self {
        folder.join(self)
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

/// Words, or numbers as words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Words(pub(crate) Vec<String>);

impl FromNode for Words {
    fn expected() -> String {
        "a list, each item text in quotes or a number".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        let labels = Vec::<Label>::from_node(node)?;
        Some(Self(labels.into_iter().map(|label| label.0).collect()))
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

impl FromNode for usize {
    fn expected() -> String {
        u64::expected()
    }

    fn from_node(node: &Node) -> Option<Self> {
        u64::from_node(node)?.try_into().ok()
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

impl FromNode for Span {
    fn expected() -> String {
        "a span of time such as \"30s\", \"10m\", \"2h\" or a number of seconds".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => text.parse().ok(),
            _ => f64::from_node(node).filter(|s| *s >= 0.0).map(Self),
        }
    }
}

impl FromNode for Device {
    fn expected() -> String {
        "cpu, or a CUDA device such as \"cuda:0\"".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

fn names<T: Choice>() -> Vec<&'static str> {
    T::ALL.iter().map(|choice| choice.name()).collect()
}

/// One word out of a closed list.
impl<T: Choice> FromNode for T {
    fn expected() -> String {
        format!("one of {}", names::<T>().join(", "))
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) => T::named(text),
            _ => None,
        }
    }

    fn near(wrong: &str) -> Option<String> {
        nearest(wrong, names::<T>().into_iter()).map(str::to_owned)
    }
}

impl FromNode for Separator {
    fn expected() -> String {
        "one sign in quotes, such as \";\", or \"tab\"".to_owned()
    }

    fn from_node(node: &Node) -> Option<Self> {
        match &node.value {
            Value::Text(text) if text == "\t" => Self::named("tab"),
            Value::Text(text) => Self::named(text),
            _ => None,
        }
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

    fn under(self, folder: &Path) -> Self {
        self.into_iter().map(|item| item.under(folder)).collect()
    }

    fn found(node: &Node) -> String {
        let Value::List(list) = &node.value else {
            return node.describe();
        };
        let wrong = list.iter().find(|item| T::from_node(item).is_none());
        wrong.map_or(node.describe(), |item| format!("{} in it", T::found(item)))
    }
}

/// How many threads; of more than can be of use, as many as can.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Threads(pub(crate) NonZeroUsize);

impl From<Threads> for usize {
    fn from(threads: Threads) -> Self {
        threads.0.get().min(MOST_THREADS)
    }
}

impl FromNode for Threads {
    fn expected() -> String {
        NonZeroUsize::expected()
    }

    fn from_node(node: &Node) -> Option<Self> {
        NonZeroUsize::from_node(node).map(Self)
    }
}

/// One label is that of class 1; a list names all classes.
impl Readable for Task {
    fn takes() -> String {
        format!("{}, or a list of all labels", Label::expected())
    }

    fn read(key: &str, node: &Node, problems: &mut Problems) -> Option<Self> {
        if let Value::List(_) = node.value {
            let labels = Vec::<Label>::read(key, node, problems)?;
            let labels = labels.into_iter().map(|Label(label)| label);
            Some(Self::MultiClass(labels.collect()))
        } else {
            let Label(positive) = Label::read(key, node, problems)?;
            Some(Self::Binary { positive })
        }
    }

    fn in_folder(self, _folder: &Path) -> Self {
        self
    }
}
