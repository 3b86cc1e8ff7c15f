//! Process memory as the log tells it.

use super::{Ledger, ResourceRecord};
use crate::event::MemorySample;

/// Memory at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryPoint {
    /// When, in seconds since the session began.
    pub t: f64,
    /// Sum over resident resources.
    pub estimated_bytes: u64,
    /// Resident set of the process.
    pub rss_bytes: u64,
}

/// Process memory over time.
#[derive(Clone, Debug, Default)]
pub struct MemoryRecord {
    /// The process before anything was loaded.
    pub baseline: Option<MemorySample>,
    /// The newest sample.
    pub latest: Option<MemorySample>,
    /// All samples, oldest first.
    pub history: Vec<MemoryPoint>,
    /// Bytes that trims gave back to the operating system, in all.
    pub trimmed_bytes: u64,
    /// Highest sum over resident resources at any event.
    pub peak_estimated_bytes: u64,
}

impl MemoryRecord {
    pub(super) fn open(&mut self, t: f64, sample: MemorySample) {
        self.baseline = Some(sample);
        self.sample(t, sample, 0);
    }

    pub(super) fn sample(&mut self, t: f64, sample: MemorySample, estimated_bytes: u64) {
        self.latest = Some(sample);
        self.history.push(MemoryPoint {
            t,
            estimated_bytes,
            rss_bytes: sample.rss_bytes,
        });
    }

    /// Notes the sum over resident resources, after it grew.
    pub(super) fn held(&mut self, estimated_bytes: u64) {
        self.peak_estimated_bytes = self.peak_estimated_bytes.max(estimated_bytes);
    }

    pub(super) fn trimmed(&mut self, bytes: u64) {
        self.trimmed_bytes += bytes;
    }
}

impl Ledger {
    /// Sum over resident resources: the *estimated* figure.
    pub fn estimated_bytes(&self) -> u64 {
        let resident = self.resources.iter().filter(|r| r.is_resident());
        resident.map(|r| r.bytes_or_estimate().unwrap_or(0)).sum()
    }

    /// Sum of the mapped files' bytes over resident resources: not part of the estimated figure.
    pub fn mapped_bytes(&self) -> u64 {
        let resident = self.resources.iter().filter(|r| r.is_resident());
        resident.map(|r| r.mapped_bytes).sum()
    }

    /// What the `eager` strategy would hold once all that is selected has run, besides what was
    /// loaded so far: true sizes where they are known, else estimates. What is held now is part of
    /// it.
    pub fn eager_bytes(&self) -> u64 {
        let is_held = |resource: &&ResourceRecord| {
            let mut needs = resource.needs.iter();
            resource.eager
                || resource.loads > 0
                || needs.any(|need| self.dimension(need.dimension).selected)
        };
        let held = self.resources.iter().filter(is_held);
        held.map(|r| r.bytes_or_estimate().unwrap_or(0)).sum()
    }

    /// Resident set less what resources and the bare process account for.
    pub fn unattributed_bytes(&self) -> Option<u64> {
        let rss = self.memory.latest?.rss_bytes;
        let baseline = self.memory.baseline.map_or(0, |b| b.rss_bytes);
        Some(
            rss.saturating_sub(baseline)
                .saturating_sub(self.estimated_bytes()),
        )
    }

    pub(super) fn sample_memory(&mut self, t: f64, sample: MemorySample) {
        let estimated_bytes = self.estimated_bytes();
        self.memory.sample(t, sample, estimated_bytes);
    }
}
