//! Reading the protected attributes: how their values make groups, and which group is privileged.

use super::Protected;
use crate::settings::{Label, Node, ProblemKind, Problems, Section, Value, read};
use crate::vocabulary::Grouping;

const ATTRIBUTE: &[&str] = &["groups", "privileged"];

/// The attributes of `[protected]`, in file order.
pub(super) fn protected(root: &Section<'_>, problems: &mut Problems) -> Vec<Protected> {
    let Some(node) = root.node("protected") else {
        return Vec::new();
    };
    let section = Section::open_any("protected", node, problems);
    let attributes = section.entries().iter();
    attributes
        .map(|(name, node)| attribute(&section.key(name), name, node, problems))
        .collect()
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
            if let Some(points) = read(key, node, problems) {
                return Grouping::CutPoints(points);
            }
        }
        value => {
            let near = matches!(value, Value::Text(_)).then(|| "categories".to_owned());
            let kind = ProblemKind::Unexpected {
                expected: "\"categories\", or a list of cut points such as [25, 45, 65]".to_owned(),
                found: node.describe(),
                near,
            };
            problems.add(node.line, key, kind);
        }
    }
    Grouping::Categories
}
