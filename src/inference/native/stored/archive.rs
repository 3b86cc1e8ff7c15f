//! Lists one after the other in a file, each where the machine wants it, and a head that says where.
//!
//! ```text
//! 8 bytes    the format and its version
//! lists      as they are in memory, each at a multiple of 64 bytes
//! head       JSON
//! 8 bytes    where the head begins, least first
//! ```

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Buffer;
use crate::files::{Map, Plain, bytes_of};

/// The first bytes; the last of them is the version.
const MAGIC: &[u8; 8] = b"ldmodel\x01";
/// Lists begin at multiples of this: a line of the nearest cache.
const ALIGNMENT: usize = 64;

/// Where a list lies.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::inference::native) struct Section {
    start: usize,
    count: usize,
}

/// Collects lists.
pub(in crate::inference::native) struct ArchiveWriter {
    bytes: Vec<u8>,
}

impl Default for ArchiveWriter {
    fn default() -> Self {
        Self {
            bytes: MAGIC.to_vec(),
        }
    }
}

impl ArchiveWriter {
    /// Adds a list.
    pub(in crate::inference::native) fn add<T: Plain>(&mut self, list: &[T]) -> Section {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(start, 0);
        self.bytes.extend_from_slice(bytes_of(list));
        Section {
            start,
            count: list.len(),
        }
    }

    pub(super) fn finish(mut self, head: &impl Serialize) -> Option<Vec<u8>> {
        let start = self.bytes.len() as u64;
        self.bytes.extend(serde_json::to_vec(head).ok()?);
        self.bytes.extend_from_slice(&start.to_le_bytes());
        Some(self.bytes)
    }
}

/// A mapped file of lists.
pub(in crate::inference::native) struct Archive {
    map: Arc<Map>,
}

impl Archive {
    /// None where it is no archive of this version.
    pub(super) fn of(map: Arc<Map>) -> Option<Self> {
        map.starts_with(MAGIC).then_some(Self { map })
    }

    pub(super) fn head<T: DeserializeOwned>(&self) -> Option<T> {
        let (rest, start) = self.map.split_last_chunk::<8>()?;
        let start = usize::try_from(u64::from_le_bytes(*start)).ok()?;
        serde_json::from_slice(rest.get(start..)?).ok()
    }

    /// A list where it lies; none where it does not lie within the file.
    pub(in crate::inference::native) fn list<T: Plain>(
        &self,
        section: Section,
    ) -> Option<Buffer<T>> {
        Buffer::mapped(&self.map, section.start, section.count)
    }

    pub(super) fn into_map(self) -> Arc<Map> {
        self.map
    }
}
