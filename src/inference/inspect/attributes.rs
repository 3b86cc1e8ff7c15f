//! The attributes that the standard gives to its operators, and whether a node has others: one that is
//! misspelled would be left out without a word.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::inference::onnx::{AttributeType, Node, WireError, plain_domain};

/// An operator a line: its name, and the attributes from a version of the operator set on, each with a
/// letter for its type. Made from the schemas of the `onnx` package 1.23.
const STANDARD: &str = include_str!("attributes.txt");

/// The attributes of an operator by the version since when they are so, the oldest first.
type Versions = Vec<(i64, &'static str)>;

static OPERATORS: LazyLock<HashMap<&'static str, Versions>> = LazyLock::new(|| {
    let operators = STANDARD.lines().filter_map(|line| {
        let mut parts = line.split(" | ");
        let name = parts.next()?;
        let versions = parts.filter_map(|part| {
            let (since, attributes) = part.split_once(' ').unwrap_or((part, ""));
            Some((since.parse().ok()?, attributes))
        });
        Some((name, versions.collect()))
    });
    operators.collect()
});

/// What is wrong with an attribute.
#[derive(Debug, PartialEq)]
pub(super) enum Fault<'a> {
    /// The operator has none of this name.
    Unknown { attribute: &'a str, known: String },
    /// It is not of its type.
    Type {
        attribute: &'a str,
        wanted: &'static str,
    },
}

/// The first fault among the attributes of a node; none in operators that are not of the standard.
/// `version` is that of its operator set, where the file tells.
pub(super) fn fault<'a>(
    node: &Node<'a>,
    version: Option<i64>,
) -> Result<Option<Fault<'a>>, WireError> {
    let versions = match plain_domain(node.domain) {
        "" => OPERATORS.get(node.op),
        "ai.onnx.ml" => OPERATORS.get(&*format!("ai.onnx.ml.{}", node.op)),
        _ => None,
    };
    let Some(versions) = versions else {
        return Ok(None);
    };
    let valid: &[(i64, &str)] = match version {
        Some(version) => {
            let begun = versions.partition_point(|(since, _)| *since <= version);
            &versions[begun.saturating_sub(1)..begun]
        }
        None => versions,
    };
    if valid.is_empty() {
        return Ok(None);
    }
    let standard = || {
        valid
            .iter()
            .flat_map(|(_, all)| all.split_ascii_whitespace())
    };
    for (attribute, message) in node.attributes() {
        // Runtimes leave notes of their own under such names.
        if attribute.starts_with("__") {
            continue;
        }
        let types = standard().filter_map(|known| known.strip_prefix(attribute)?.strip_prefix(':'));
        let types: Vec<AttributeType> = types.filter_map(AttributeType::of_letter).collect();
        if types.is_empty() {
            let known: Vec<&str> = standard()
                .filter_map(|a| Some(a.split_once(':')?.0))
                .collect();
            let known = match known.as_slice() {
                [] => "none".to_owned(),
                names => names.join(", "),
            };
            return Ok(Some(Fault::Unknown { attribute, known }));
        }
        if !AttributeType::of_message(message, &types)? {
            let wanted = types[0].in_words();
            return Ok(Some(Fault::Type { attribute, wanted }));
        }
    }
    Ok(None)
}
