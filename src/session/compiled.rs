//! Compiled models on the disk: looked up by the worker that opens a model, and written by a thread that
//! nobody waits for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::driver::Driver;
use super::workers::Report;
use crate::disk_cache::DiskCache;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id};
use crate::event::EventKind;
use crate::resource::kept::MAKER;
use crate::resource::{CompiledForm, CompiledModels};
use crate::vocabulary::{ContentId, MissReason, ResourceName, TierLookup, TierName};

/// How long a session that ends waits for what is still being written.
const PATIENCE: Duration = Duration::from_secs(2);

/// The compiled models of a session.
pub(super) struct KeptModels {
    disk: Arc<DiskCache>,
    reports: Sender<Report>,
    /// Held by all who write.
    writing: Mutex<Option<Sender<()>>>,
    /// Disconnected when nobody writes any more.
    written: Receiver<()>,
}

impl KeptModels {
    pub(super) fn new(disk: Arc<DiskCache>, reports: Sender<Report>) -> Self {
        let (writing, written) = bounded(0);
        Self {
            disk,
            reports,
            writing: Mutex::new(Some(writing)),
            written,
        }
    }

    /// Waits a moment for what is being written; nothing more is.
    pub(super) fn close(&self) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        *writing = None;
        drop(writing);
        let _ = self.written.recv_timeout(PATIENCE);
    }

    fn writer(&self) -> Option<Sender<()>> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        writing.clone()
    }

    fn told(&self, name: &ResourceName, lookup: TierLookup, started: Instant) {
        let seconds = started.elapsed().as_secs_f64();
        let asked = Report::CompiledAsked(name.clone(), lookup, seconds);
        let _ = self.reports.send(asked);
    }
}

impl CompiledModels for KeptModels {
    fn find(
        &self,
        name: &ResourceName,
        key: ContentId,
        restore: &mut dyn FnMut(CompiledForm) -> bool,
    ) -> bool {
        let started = Instant::now();
        let lookup = match self.disk.read_mapped(entry_id(key, MAKER)) {
            Ok(Some((entry, map))) => {
                if restore(map) {
                    TierLookup::Hit {
                        bytes: entry.body_bytes,
                        saved_seconds: entry.seconds,
                        age_seconds: now().saturating_sub(entry.stored_at),
                    }
                } else {
                    TierLookup::Miss(MissReason::CorruptEntry)
                }
            }
            Ok(None) => TierLookup::Miss(MissReason::FirstTouch),
            Err(TierError::Corrupt(_)) => TierLookup::Miss(MissReason::CorruptEntry),
            Err(TierError::Down(_) | TierError::Refused(_)) => {
                TierLookup::Miss(MissReason::TierDown)
            }
        };
        let is_found = matches!(lookup, TierLookup::Hit { .. });
        self.told(name, lookup, started);
        is_found
    }

    fn keep(&self, name: &ResourceName, key: ContentId, form: Vec<u8>, seconds: f64) {
        let Some(writing) = self.writer() else {
            return;
        };
        let (disk, reports, name) = (self.disk.clone(), self.reports.clone(), name.clone());
        let write = move || {
            let started = Instant::now();
            let entry = TierEntry {
                name: format!("compiled:{}", name.0.trim_start_matches("model:")),
                body_bytes: form.len() as u64,
                bytes: form.len() as u64,
                seconds,
                stored_at: now(),
                exact: true,
                detail: "mapped as it is".to_owned(),
                parts: Vec::new(),
            };
            let kept = disk.write(entry_id(key, MAKER), &entry, &form);
            let kept = kept.map(|()| (entry.body_bytes, started.elapsed().as_secs_f64()));
            let _ = reports.send(Report::Kept(name, TierName::Disk, kept));
            drop(writing);
        };
        let thread = std::thread::Builder::new().name("compiled".to_owned());
        // Where the system refuses threads, it is compiled again the next time.
        let _ = thread.spawn(write);
    }
}

impl Driver {
    /// Takes what the disk has of a compiled model.
    pub(super) fn compiled_asked(&mut self, name: ResourceName, lookup: TierLookup, seconds: f64) {
        let tier = TierName::Disk;
        let read = match lookup {
            TierLookup::Hit { bytes, .. } => Some(bytes),
            TierLookup::Miss(_) => None,
        };
        self.emit(EventKind::TierAsked {
            name: name.clone(),
            tier,
            lookup,
            seconds,
        });
        if let Some(bytes) = read {
            self.emit(EventKind::TierRead {
                name,
                tier,
                bytes,
                // The answer came with it.
                seconds: 0.0,
            });
        }
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |time| time.as_secs())
}
