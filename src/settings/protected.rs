//! Protected attributes: how their values make groups, and which group is privileged.

use std::path::Path;
use std::str::FromStr;

use super::node::{Node, Value};
use super::problem::{ProblemKind, Problems};
use super::section::Section;
use super::value::{Label, Readable};
use crate::vocabulary::{self, Grouping};

const ATTRIBUTE: &[&str] = &["groups", "privileged"];
const TAKES: &str = "\"categories\", or a list of cut points such as [25, 45, 65]";

/// An attribute whose groups are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Protected {
    /// Its column.
    pub name: String,
    /// How its values make groups.
    pub grouping: Grouping,
    /// The group that the others are held against, where one is privileged.
    pub privileged: Option<String>,
}

/// Attributes in the order in which they are given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attributes(pub(crate) Vec<Protected>);

impl Readable for Attributes {
    fn takes() -> String {
        format!("a table; under each column {TAKES}, or a table of `groups` and `privileged`")
    }

    fn read(key: &str, node: &Node, problems: &mut Problems) -> Option<Self> {
        let section = Section::open_any(key, node, problems);
        let attributes = section.entries().iter();
        let attributes =
            attributes.map(|(name, node)| attribute(&section.key(name), name, node, problems));
        Some(Self(attributes.collect()))
    }

    fn in_folder(self, _folder: &Path) -> Self {
        self
    }
}

/// `"categories"`, cut points, or a table with either of them as `groups`.
fn attribute(key: &str, name: &str, node: &Node, problems: &mut Problems) -> Protected {
    let (grouping, privileged) = if let Value::Table(_) = node.value {
        let section = Section::open(key, node, ATTRIBUTE, problems);
        let grouping = section.node("groups");
        let grouping = grouping.map(|node| self::grouping(&section.key("groups"), node, problems));
        let privileged = section.optional("privileged", problems);
        let privileged = privileged.map(|Label(group)| group);
        (grouping.unwrap_or(Grouping::Categories), privileged)
    } else {
        (grouping(key, node, problems), None)
    };
    Protected {
        name: name.to_owned(),
        grouping,
        privileged,
    }
}

fn grouping(key: &str, node: &Node, problems: &mut Problems) -> Grouping {
    match &node.value {
        Value::Text(text) if text == "categories" => return Grouping::Categories,
        Value::List(_) => {
            if let Some(points) = Readable::read(key, node, problems) {
                return Grouping::CutPoints(points);
            }
        }
        value => {
            let near = matches!(value, Value::Text(_)).then(|| "categories".to_owned());
            let kind = ProblemKind::Unexpected {
                expected: TAKES.to_owned(),
                found: node.describe(),
                near,
            };
            problems.add(node.line, key, kind);
        }
    }
    Grouping::Categories
}

impl FromStr for Attributes {
    type Err = vocabulary::Problem;

    /// `sex,age:25,45,65,race`: a colon begins cut points, which go on for as long as numbers do.
    fn from_str(text: &str) -> Result<Self, vocabulary::Problem> {
        let mut attributes: Vec<Protected> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let number = finite(part);
            if let (Some(Grouping::CutPoints(points)), Some(number)) =
                (attributes.last_mut().map(|a| &mut a.grouping), number)
            {
                points.push(number);
                continue;
            }
            let (name, grouping) = match part.rsplit_once(':') {
                None => (part, Grouping::Categories),
                Some((name, first)) => (name, Grouping::CutPoints(vec![cut_point(first)?])),
            };
            if name.is_empty() {
                let problem = vocabulary::Problem::new("a column's name is empty");
                return Err(problem.remedy("write for example sex,race"));
            }
            attributes.push(Protected {
                name: name.to_owned(),
                grouping,
                privileged: None,
            });
        }
        Ok(Self(attributes))
    }
}

fn cut_point(text: &str) -> Result<f64, vocabulary::Problem> {
    finite(text).ok_or_else(|| {
        let cause = format!("`{text}` is not a number; cut points look like age:25,45,65");
        vocabulary::Problem::new(cause)
    })
}

fn finite(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}
