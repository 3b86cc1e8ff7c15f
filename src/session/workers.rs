//! What the workers do for a session, and what comes back from them.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::below::Answer;
use super::driver::Driver;
use super::recall::Recalled;
use crate::dimension::Findings;
use crate::disk_cache::Pruned;
use crate::engine::pool::contain_panic;
use crate::engine::tier::{TierEntry, TierError};
use crate::engine::{Completion, Fetched, Load, LoadContext, Packed, Workload};
use crate::resource::source::stamp;
use crate::resource::{Key, Resource};
use crate::vocabulary::{
    ContentId, Dimension, MissReason, Problem, ResourceName, TierLookup, TierName, TierState,
};

/// Least time between two progress reports of one load.
const PROGRESS_EVERY_MS: u64 = 50;

/// What comes back from the workers.
pub(super) enum Report {
    Progressed(ResourceName, u64, u64),
    Loaded(Completion<Key, Resource>),
    Probed(Key, u64, Answer, Option<TierEntry>),
    AskedInVain(ResourceName, Answer),
    Fetched(Fetched<Key, Resource>, TierName, u64, Option<MissReason>),
    Recalled(Dimension, ContentId, Answer, Option<Recalled>),
    CompiledAsked(ResourceName, TierLookup, f64),
    Traced(ResourceName, Vec<ResourceName>),
    ScoresFound(bool),
    ResultsFound(Vec<Dimension>),
    Cleared(Pruned),
    Kept(ResourceName, TierName, Result<(u64, f64), TierError>),
    TierState(TierName, TierState, String),
    Warned(String),
    Packed(Key, Weak<Resource>, Option<Packed>),
    Computed(Dimension, Result<Findings, Problem>),
}

impl Driver {
    pub(super) fn pack(&self, key: Key, value: Weak<Resource>) {
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        self.pool.spawn(move || {
            let packed = value.upgrade().and_then(|value| catalogue.pack(&value));
            let _ = reports.send(Report::Packed(key, value, packed));
        });
    }

    pub(super) fn start(&self, load: Load<Key, Resource>) {
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        self.pool.spawn(move || {
            let Load {
                key,
                generation,
                lane,
                inputs,
                files,
                cancel,
            } = load;
            let started = Instant::now();
            let name = catalogue.name(&key);
            let reported_ms = AtomicU64::new(0);
            let stopping = cancel.clone();
            let progress = |done, total| {
                let now_ms = started.elapsed().as_millis() as u64;
                let due = reported_ms.load(Ordering::Relaxed) + PROGRESS_EVERY_MS;
                if now_ms >= due && done < total && !stopping.is_cancelled() {
                    reported_ms.store(now_ms, Ordering::Relaxed);
                    let _ = reports.send(Report::Progressed(name.clone(), done, total));
                }
            };
            let context = LoadContext {
                cancel,
                progress: &progress,
            };
            let result = contain_panic(|| {
                context.cancel.check()?;
                catalogue.load(&key, &inputs, &context)
            });
            // Let go of the inputs before anybody hears that the load is over.
            drop(inputs);
            let _ = reports.send(Report::Loaded(Completion {
                key,
                generation,
                lane,
                seconds: started.elapsed().as_secs_f64(),
                stamps: files.iter().map(|path| stamp(path)).collect(),
                result,
            }));
        });
    }
}
