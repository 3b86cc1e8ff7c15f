//! Process memory as the log tells it.

use super::Ledger;
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
    /// The most that it was since the point before.
    pub high_rss_bytes: u64,
}

/// Process memory over time.
#[derive(Clone, Debug, Default)]
pub struct MemoryRecord {
    /// The process before anything was loaded.
    pub baseline: Option<MemorySample>,
    /// The newest sample.
    pub latest: Option<MemorySample>,
    /// Samples, oldest first: the newest one by one, of those before the lows and highs of equal
    /// spans of time.
    pub history: Vec<MemoryPoint>,
    /// Bytes that trims gave back to the operating system, in all.
    pub trimmed_bytes: u64,
    /// Highest sum over resident resources and what is worked with, at any event.
    pub peak_estimated_bytes: u64,
    /// Highest sum over resident resources alone since the last run began: what [`Ledger::eager_bytes`]
    /// is to be held against.
    pub most_held_bytes: u64,
}

/// Points that are kept at most.
const MOST_POINTS: usize = 2_048;
/// Spans of time whose low and high stay when points get too many.
const SPANS: usize = MOST_POINTS / 4;

/// The low and the high of each of [`SPANS`] equal spans of time.
fn thinned(points: &[MemoryPoint]) -> Vec<MemoryPoint> {
    let [first, .., last] = points else {
        return points.to_owned();
    };
    let width = (last.t - first.t) / SPANS as f64;
    let span = |point: &MemoryPoint| ((point.t - first.t) / width) as usize;
    let low = |point: &&MemoryPoint| point.rss_bytes;
    let high = |point: &&MemoryPoint| point.high_rss_bytes.max(point.estimated_bytes);
    let mut kept = Vec::with_capacity(MOST_POINTS);
    for points in points.chunk_by(|a, b| span(a) == span(b)) {
        let (low, high) = (
            points.iter().min_by_key(low),
            points.iter().max_by_key(high),
        );
        let mut ends: Vec<MemoryPoint> = low.into_iter().chain(high).copied().collect();
        ends.sort_by(|a, b| a.t.total_cmp(&b.t));
        ends.dedup();
        kept.extend(ends);
    }
    kept
}

impl MemoryRecord {
    pub(super) fn open(&mut self, t: f64, sample: MemorySample) {
        self.baseline = Some(sample);
        self.sample(t, sample, 0);
    }

    pub(super) fn sample(&mut self, t: f64, sample: MemorySample, estimated_bytes: u64) {
        // The system tells the highest of the process's whole life: what is new of it is from here.
        let known_peak = self.latest.map_or(0, |latest| latest.peak_rss_bytes);
        let is_new = sample.peak_rss_bytes > known_peak;
        let high = if is_new { sample.peak_rss_bytes } else { 0 };
        self.latest = Some(sample);
        if self.history.len() >= MOST_POINTS {
            self.history = thinned(&self.history);
        }
        self.history.push(MemoryPoint {
            t,
            estimated_bytes,
            rss_bytes: sample.rss_bytes,
            high_rss_bytes: sample.rss_bytes.max(high),
        });
    }

    /// Notes the sum over resident resources after it grew.
    pub(super) fn held(&mut self, held_bytes: u64) {
        self.most_held_bytes = self.most_held_bytes.max(held_bytes);
        self.works(held_bytes);
    }

    /// A run begins: what was held before it counts no more.
    pub(super) fn begin_run(&mut self) {
        self.most_held_bytes = 0;
    }

    /// Notes that sum together with what is worked with.
    pub(super) fn works(&mut self, estimated_bytes: u64) {
        self.peak_estimated_bytes = self.peak_estimated_bytes.max(estimated_bytes);
    }

    pub(super) fn trimmed(&mut self, bytes: u64) {
        self.trimmed_bytes += bytes;
    }
}

impl Ledger {
    /// What the `eager` strategy would hold once all that is selected has run, besides what was
    /// loaded so far: true sizes where they are known, else estimates. What is held now is part of
    /// it.
    pub fn eager_bytes(&self) -> u64 {
        let held = self.resources.iter();
        let held = held.filter(|resource| self.is_loaded_by_eager(resource));
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
