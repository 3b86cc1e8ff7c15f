//! Resources as bytes, for the tiers below memory, and back: exactly what they were. What is small and
//! has parts is JSON, scores are their bits.
//!
//! Bytes that cannot be read back as they should are no error: the resource is made anew.

mod facts;
mod scores;

use super::kind::schema;
use super::source::stamp;
use super::{Catalogue, Key, Resource, ShardRows};
use crate::engine::{FileId, Stamp};

/// Names the code that makes resources: another one may make other bits of the same parts.
pub const MAKER: &str = env!("LAZYDEBUGGER_MAKER");

/// Do tiers below memory keep it? Not what lies in a file as it is used, nor what is made of what is
/// kept in no time.
pub(super) fn is_kept(key: &Key) -> bool {
    match key {
        Key::File(_)
        | Key::Table(_)
        | Key::Header(_)
        | Key::TargetValues
        | Key::ScoreSample(_)
        | Key::Predictions { .. }
        | Key::Hyperparameters => true,
        Key::Columns { .. }
        | Key::Runtime
        | Key::Model(_)
        | Key::Parity
        | Key::Constraints
        | Key::ProtectedAttributes(_)
        | Key::Statistics(_)
        | Key::Drift
        | Key::WorstSlices
        | Key::UnusualRows { .. } => false,
    }
}

/// A resource as bytes; none where it is not kept.
pub fn to_bytes(catalogue: &Catalogue, key: &Key, value: &Resource) -> Option<Vec<u8>> {
    match value {
        Resource::File(id) => Some(id.content.as_bytes().to_vec()),
        Resource::Schema(schema) => facts::to_bytes(schema),
        Resource::Header(header) => facts::to_bytes(&**header),
        Resource::TargetValues(values) => facts::to_bytes(values),
        Resource::ScoreSample(sample) => facts::to_bytes(sample),
        Resource::Sweep(sweep) => facts::sweep_to_bytes(catalogue, sweep),
        Resource::Predictions(predictions) => scores::to_bytes(catalogue, key, predictions),
        Resource::Columns(_)
        | Resource::Runtime(_)
        | Resource::Model(_)
        | Resource::Refused(_)
        | Resource::Parity(_)
        | Resource::Constraints(_)
        | Resource::Protected(_)
        | Resource::Statistics(_)
        | Resource::Drift(_)
        | Resource::WorstSlices(_)
        | Resource::UnusualRows(_) => None,
    }
}

/// What shards have made of some rows of predictions each, in the order of these, as bytes of the whole;
/// none where they do not fit together.
pub fn joined(shards: &[(ShardRows, Vec<u8>)]) -> Option<Vec<u8>> {
    scores::joined(shards)
}

/// The resource that the bytes were made of; none where they do not say, or where it does not fit
/// what is asked for now. `seen` is how the file looked when it was looked up, for one.
pub fn from_bytes(
    catalogue: &Catalogue,
    key: &Key,
    bytes: &[u8],
    seen: Option<Stamp>,
) -> Option<Resource> {
    Some(match key {
        Key::File(path) => {
            let now = stamp(path).filter(|now| Some(*now) == seen)?;
            Resource::File(FileId {
                stamp: now,
                settled: true,
                content: crate::vocabulary::ContentId::new(bytes.try_into().ok()?),
            })
        }
        Key::Table(id) => {
            let found = facts::from_bytes(bytes)?;
            schema::check(catalogue, id, &found).ok()?;
            Resource::Schema(found)
        }
        Key::Header(_) => Resource::Header(std::sync::Arc::new(facts::from_bytes(bytes)?)),
        Key::TargetValues => Resource::TargetValues(facts::from_bytes(bytes)?),
        Key::ScoreSample(_) => Resource::ScoreSample(facts::from_bytes(bytes)?),
        Key::Hyperparameters => Resource::Sweep(facts::sweep_from_bytes(catalogue, bytes)?),
        Key::Predictions { .. } => {
            Resource::Predictions(scores::from_bytes(catalogue, key, bytes)?)
        }
        Key::Columns { .. }
        | Key::Runtime
        | Key::Model(_)
        | Key::Parity
        | Key::Constraints
        | Key::ProtectedAttributes(_)
        | Key::Statistics(_)
        | Key::Drift
        | Key::WorstSlices
        | Key::UnusualRows { .. } => return None,
    })
}

/// A model's scores, row by row, whichever experiment they are of; none where the bytes are of something
/// else.
pub fn scores_of(bytes: &[u8]) -> Option<Vec<f64>> {
    scores::alone(bytes)
}

/// Does a stamp prove what the facts say that were looked up under it? A file that was written a
/// moment ago may be written again within the clock's resolution.
pub fn is_settled(catalogue: &Catalogue, key: &Key) -> bool {
    use crate::engine::Workload;
    let recipe = catalogue.recipe(key);
    let mut files = recipe.stamped_files().iter();
    files.all(|path| super::source::is_settled(path))
}
