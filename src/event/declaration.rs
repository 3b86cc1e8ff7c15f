//! What is known of a resource before it is loaded.

use serde::{Deserialize, Serialize};

use crate::vocabulary::{BackendChoice, MemoryPool, Need, ResourceKind, ResourceName, Way};

/// A resource that could be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its name.
    pub name: ResourceName,
    /// What kind of thing it is.
    pub resource: ResourceKind,
    /// What it is made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<ResourceName>,
    /// A heading that gathers many of its kind, such as `gaussian noise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Bytes it is thought to take; none when nothing is known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_bytes: Option<u64>,
    /// The dimensions that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Would the `eager` strategy load it up front?
    pub eager: bool,
    /// What runs it and why, for a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<BackendChoice>,
    /// How they are taken and why, for columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// Bytes that its load works with for as long as it runs, beside what it makes.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub working_bytes: u64,
    /// Where it lies once it is there.
    #[serde(default, skip_serializing_if = "MemoryPool::is_host")]
    pub pool: MemoryPool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands a reference over"
)]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}
