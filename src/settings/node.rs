//! A parsed file as a tree that knows its lines: the common ground of TOML and JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and its line.
#[derive(Debug)]
pub(crate) struct Node {
    /// Line of the file, from 1; none in JSON.
    pub(crate) line: Option<usize>,
    /// The value.
    pub(crate) value: Value,
}

/// What a file can hold.
#[derive(Debug)]
pub(crate) enum Value {
    Nothing,
    Flag(bool),
    Integer(i128),
    Number(f64),
    Text(String),
    Date,
    List(Vec<Node>),
    /// In file order; keys may repeat in JSON.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// The value in words, for "found ...".
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Nothing => "null".to_owned(),
            Value::Flag(flag) => flag.to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::Date => "a date".to_owned(),
            Value::List(list) if list.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    /// The tree of a TOML document.
    pub(crate) fn of_toml(table: &DeTable<'_>, text: &str) -> Self {
        let lines = Lines::of(text);
        Self {
            line: None,
            value: lines.table(table),
        }
    }
}

/// Where the lines of a text begin.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(at, _)| at + 1).collect())
    }

    /// Line of a byte, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at) + 1
    }

    /// Byte within its line, from 1.
    pub(crate) fn column(&self, at: usize) -> usize {
        let before = self.0.partition_point(|start| *start <= at);
        at + 1 - before.checked_sub(1).map_or(0, |i| self.0[i])
    }

    fn table(&self, table: &DeTable<'_>) -> Value {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries = entries.into_iter().map(|(key, value)| {
            let line = Some(self.line(key.span().start));
            let value = self.value(value.get_ref());
            (key.get_ref().to_string(), Node { line, value })
        });
        Value::Table(entries.collect())
    }

    fn list(&self, list: &[Spanned<DeValue<'_>>]) -> Value {
        let nodes = list.iter().map(|item| Node {
            line: Some(self.line(item.span().start)),
            value: self.value(item.get_ref()),
        });
        Value::List(nodes.collect())
    }

    fn value(&self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Number(f64::INFINITY), Value::Integer),
            DeValue::Float(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(_) => Value::Date,
            DeValue::Array(list) => self.list(list),
            DeValue::Table(table) => self.table(table),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

const fn unplaced(value: Value) -> Node {
    Node { line: None, value }
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(unplaced(Value::Nothing))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(unplaced(Value::Flag(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(unplaced(Value::Integer(number.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(unplaced(Value::Integer(number.into())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(unplaced(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(unplaced(Value::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(unplaced(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(unplaced(Value::Table(table)))
    }
}
