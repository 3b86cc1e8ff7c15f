//! What is different from a run that others are compared with: what became of each resource since, and
//! what is behind that.

use std::collections::BTreeSet;

use super::reasons::miss_words;
use crate::ledger::{Ledger, ResourceRecord};
use crate::vocabulary::ResourceKind;

/// What became of a resource since a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was asked for since, and there.
    Reused,
    /// It is there, and nobody has asked for it since.
    Kept,
    /// It was made again, and why.
    Remade(String),
    /// It was made for the first time.
    New,
    /// It was there, and is not any more.
    Gone,
}

impl Fate {
    /// Of a resource as it stands in `after`; none where there is nothing to say.
    pub fn of(before: &Ledger, after: &Ledger, resource: &ResourceRecord) -> Option<Self> {
        let was = before.resource(&resource.name);
        let loads = was.map_or(0, |was| was.loads);
        if resource.loads > loads {
            return Some(match was.filter(|_| loads > 0) {
                Some(was) => Self::Remade(why_remade(before, after, (was, resource))),
                None => Self::New,
            });
        }
        let was = was.filter(|was| was.is_resident() && was.loads == resource.loads)?;
        Some(if !resource.is_resident() {
            Self::Gone
        } else if resource.requests > was.requests {
            Self::Reused
        } else {
            Self::Kept
        })
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Reused => "reused".to_owned(),
            Self::Kept => "kept".to_owned(),
            Self::Remade(why) => format!("remade: {why}"),
            Self::New => "new".to_owned(),
            Self::Gone => "gone".to_owned(),
        }
    }
}

fn why_remade(
    before: &Ledger,
    after: &Ledger,
    (was, is): (&ResourceRecord, &ResourceRecord),
) -> String {
    if was.digest == is.digest {
        // The same once more.
        let miss = is.last_miss.as_ref().map(miss_words);
        return miss.unwrap_or_else(|| "asked for again".to_owned());
    }
    let is_other = |name: &str| {
        let record = |ledger: &Ledger| {
            let found = ledger.resources().iter().find(|r| *r.name.0 == *name)?;
            found
                .digest
                .filter(|_| tells_content(found.kind, !found.inputs.is_empty()))
        };
        matches!((record(before), record(after)), (Some(was), Some(is)) if was != is)
    };
    let inputs_of = |name: &str| {
        let found = after.resources().iter().find(|r| *r.name.0 == *name);
        let inputs = found.into_iter().flat_map(|r| &r.inputs);
        inputs.map(ToString::to_string).collect()
    };
    let inputs = inputs_of(&is.name.0);
    changed_words(&deepest_changes(inputs, is_other, inputs_of))
}

/// That these have changed, in words; where there is none, that the thing itself has.
pub fn changed_words(names: &[String]) -> String {
    if names.is_empty() {
        "changed".to_owned()
    } else {
        format!("{} changed", names.join(", "))
    }
}

/// Does the content id of a resource of this kind tell of a content? A fact about a file, such as its
/// schema, is known by the file's stamp, and so changes when the file is only touched.
pub fn tells_content(kind: ResourceKind, has_inputs: bool) -> bool {
    match kind {
        ResourceKind::Header | ResourceKind::TargetValues | ResourceKind::ScoreSample => false,
        ResourceKind::Table => has_inputs,
        _ => true,
    }
}

/// Of all that something is made from, what is different and not for the sake of another, by name.
pub fn deepest_changes(
    inputs: Vec<String>,
    is_other: impl Fn(&str) -> bool,
    inputs_of: impl Fn(&str) -> Vec<String>,
) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = inputs;
    while let Some(name) = open.pop() {
        if !is_other(&name) || !seen.insert(name.clone()) {
            continue;
        }
        let mut deeper = inputs_of(&name);
        deeper.retain(|input| is_other(input));
        if deeper.is_empty() {
            found.insert(name);
        }
        open.extend(deeper);
    }
    found.into_iter().collect()
}

/// What others are compared with, in a word or two.
pub fn pinned_words(pinned: &Ledger) -> String {
    match pinned.runs.last() {
        Some(run) => format!("run {}", run.run),
        None => "the start".to_owned(),
    }
}
