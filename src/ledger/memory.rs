//! Process memory as the log tells it.

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
