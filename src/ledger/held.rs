//! What resources take together, kept up to date with every change of one of them.

use std::collections::BTreeMap;

use super::{Ledger, ResourceRecord};
use crate::vocabulary::{MemoryPool, Owner, ResourceName};

/// What one resource, or all of them, take in memory and in the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Bytes of what is resident in the host's memory.
    pub(super) bytes: u64,
    /// Bytes of mapped files on top of these.
    pub(super) mapped_bytes: u64,
    /// Entries of the cache.
    pub(super) entries: usize,
    /// Their bytes.
    pub(super) entry_bytes: u64,
}

impl Held {
    fn by(resource: &ResourceRecord) -> Self {
        let bytes = resource.bytes_or_estimate().unwrap_or(0);
        let mut held = Self::default();
        if resource.is_resident() {
            held.bytes = if resource.pool.is_host() { bytes } else { 0 };
            held.mapped_bytes = resource.mapped_bytes;
        }
        if resource.owners.contains(&Owner::Cache) {
            held.entries = 1;
            held.entry_bytes = bytes;
        }
        held
    }

    fn replace(&mut self, before: Self, after: Self) {
        self.bytes = self.bytes - before.bytes + after.bytes;
        self.mapped_bytes = self.mapped_bytes - before.mapped_bytes + after.mapped_bytes;
        self.entries = self.entries - before.entries + after.entries;
        self.entry_bytes = self.entry_bytes - before.entry_bytes + after.entry_bytes;
    }
}

/// What the loads of one worker work with: all that it makes in one pass share it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LaneWork {
    loads: usize,
    bytes: u64,
}

impl LaneWork {
    fn begin(&mut self, bytes: u64) {
        self.loads += 1;
        self.bytes = self.bytes.max(bytes);
    }

    fn end(&mut self) {
        self.loads -= 1;
        if self.loads == 0 {
            self.bytes = 0;
        }
    }
}

impl Ledger {
    /// Changes a resource, and the sums with it; none where there is no such resource.
    pub(super) fn change<T>(
        &mut self,
        name: &ResourceName,
        change: impl FnOnce(&mut ResourceRecord) -> T,
    ) -> Option<T> {
        let place = *self.index.get(name)?;
        let resource = &mut self.resources[place];
        let (before, lane_before) = (Held::by(resource), resource.lane());
        let changed = change(resource);
        let (after, lane, bytes) = (Held::by(resource), resource.lane(), resource.working_bytes);
        self.held.replace(before, after);
        if lane != lane_before {
            if let Some(lane) = lane_before {
                self.lane_work(lane).end();
            }
            if let Some(lane) = lane {
                self.lane_work(lane).begin(bytes);
            }
        }
        Some(changed)
    }

    fn lane_work(&mut self, lane: usize) -> &mut LaneWork {
        self.lanes.entry(lane).or_default()
    }

    /// Sum over resident resources in the host's memory, and over what loads and the computation under way work with: the
    /// *estimated* figure.
    pub fn estimated_bytes(&self) -> u64 {
        let loads: u64 = self.lanes.values().map(|lane| lane.bytes).sum();
        self.held.bytes + loads + self.computing_bytes
    }

    /// Sum over what is resident on each device, in the order of the devices.
    pub fn device_bytes(&self) -> BTreeMap<MemoryPool, u64> {
        let mut all = BTreeMap::new();
        let elsewhere = self.resources.iter().filter(|r| !r.pool.is_host());
        for resource in elsewhere {
            let bytes = resource
                .bytes_or_estimate()
                .filter(|_| resource.is_resident());
            *all.entry(resource.pool).or_default() += bytes.unwrap_or(0);
        }
        all
    }

    /// Sum of the mapped files' bytes over resident resources: not part of the estimated figure.
    pub fn mapped_bytes(&self) -> u64 {
        self.held.mapped_bytes
    }
}
