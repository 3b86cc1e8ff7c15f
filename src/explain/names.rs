//! What resources are called among others of their kind.

use crate::ledger::ResourceRecord;
use crate::vocabulary::ResourceKind;

/// The heading over all that is known of files, which others rest on.
pub const FACTS: &str = "Facts";

/// The heading over all resources of a kind.
pub const fn heading(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::File => "Files",
        ResourceKind::Table => "Tables",
        ResourceKind::Header => "Headers",
        ResourceKind::TargetValues => "Target values",
        ResourceKind::Runtime => "Runtime",
        ResourceKind::ScoreSample => "Score samples",
        ResourceKind::Model => "Models",
        ResourceKind::Predictions => "Predictions",
        ResourceKind::ProtectedAttributes => "Protected attributes",
        ResourceKind::Parity => "Parity",
        ResourceKind::HyperparameterConfig => "Hyperparameters",
        ResourceKind::Survey => "Surveys",
        ResourceKind::Constraints => "Constraints",
    }
}

/// A resource's name without its kind where the rest tells it.
pub fn short_name(name: &str) -> &str {
    match name.split_once(':') {
        Some(("model" | "predictions", rest)) => rest,
        _ => name,
    }
}

/// The name without what the headings above it say.
pub fn label(resource: &ResourceRecord) -> &str {
    let name = short_name(&resource.name.0);
    match resource.kind {
        ResourceKind::File => return name.rsplit(['/', ':']).next().unwrap_or(name),
        ResourceKind::Header => return name.strip_prefix("header:").unwrap_or(name),
        _ => {}
    }
    // A table and its columns stand under the table's name.
    if resource.kind == ResourceKind::Table && resource.group.is_some() {
        let set = name.strip_prefix("columns:").and_then(|columns| {
            let (_, set) = columns.rsplit_once('[')?;
            set.strip_suffix(']')
        });
        return set.unwrap_or("schema");
    }
    match (&resource.group, name.split_once('~')) {
        (Some(_), Some((_, disturbance))) => disturbance,
        (Some(_), None) => name.strip_suffix("@dataset").unwrap_or(name),
        (None, _) => name,
    }
}
