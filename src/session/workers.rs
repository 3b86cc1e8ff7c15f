//! What the workers do for a session, and what comes back from them.

use std::sync::Weak;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::below::Answer;
use super::driver::Driver;
use super::recall::Recalled;
use crate::dimension::Findings;
use crate::dimension::baseline::Moved;
use crate::disk_cache::Pruned;
use crate::engine::pool::contain_panic;
use crate::engine::tier::{TierEntry, TierError};
use crate::engine::{
    Completion, Fetched, Load, LoadContext, LoadError, Loaded, Member, Packed, Workload,
};
use crate::event::BaselineComparison;
use crate::resource::source::stamp;
use crate::resource::{Catalogue, Key, Resource};
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
    BaselineScores(Vec<ContentId>, Option<Vec<Vec<f64>>>),
    PartCompared(Result<Vec<Moved>, Problem>),
    Compared(Result<Box<BaselineComparison>, Problem>),
}

impl Driver {
    pub(super) fn pack(&self, key: Key, value: Weak<Resource>) {
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        self.pool.spawn(move || {
            let packed = value.upgrade().and_then(|value| catalogue.pack(&value));
            let _ = reports.send(Report::Packed(key, value, packed));
        });
    }

    /// Runs a load, and in the same pass those beside it.
    pub(super) fn start(&self, mut load: Load<Key, Resource>) {
        let (catalogue, reports) = (self.catalogue.clone(), self.reports.clone());
        self.pool.spawn(move || {
            let started = Instant::now();
            let beside = std::mem::take(&mut load.beside);
            let loads: Vec<Load<Key, Resource>> = std::iter::once(load).chain(beside).collect();
            let results = results(&catalogue, &loads, started, &reports);
            let ended: Vec<_> = loads
                .into_iter()
                .map(|load| {
                    // Let go of the inputs before anybody hears that the load is over.
                    drop(load.inputs);
                    (load.key, load.generation, load.lane, load.files)
                })
                .collect();
            // What a pass has taken, its loads have taken together.
            let seconds = started.elapsed().as_secs_f64() / ended.len() as f64;
            for ((key, generation, lane, files), result) in ended.into_iter().zip(results) {
                let _ = reports.send(Report::Loaded(Completion {
                    key,
                    generation,
                    lane,
                    seconds,
                    stamps: files.iter().map(|path| stamp(path)).collect(),
                    result,
                }));
            }
        });
    }
}

/// What comes of the loads of one pass.
fn results(
    catalogue: &Catalogue,
    loads: &[Load<Key, Resource>],
    started: Instant,
    reports: &Sender<Report>,
) -> Vec<LoadResult> {
    let progress = loads.iter().map(|load| {
        let name = catalogue.name(&load.key);
        let reported_ms = AtomicU64::new(0);
        move |done, total| {
            let now_ms = started.elapsed().as_millis() as u64;
            let due = reported_ms.load(Ordering::Relaxed) + PROGRESS_EVERY_MS;
            if now_ms >= due && done < total && !load.cancel.is_cancelled() {
                reported_ms.store(now_ms, Ordering::Relaxed);
                let _ = reports.send(Report::Progressed(name.clone(), done, total));
            }
        }
    });
    let progress: Vec<_> = progress.collect();
    let contexts = loads
        .iter()
        .zip(&progress)
        .map(|(load, progress)| LoadContext {
            cancel: load.cancel.clone(),
            progress,
        });
    let contexts: Vec<LoadContext<'_>> = contexts.collect();
    if let ([load], [context]) = (loads, &*contexts) {
        let result = contain_panic(|| {
            context.cancel.check()?;
            catalogue.load(&load.key, &load.inputs, context)
        });
        return vec![result];
    }
    let members = loads.iter().zip(&contexts).map(|(load, context)| Member {
        key: &load.key,
        inputs: &load.inputs,
        context,
    });
    let members: Vec<Member<'_, Key, Resource>> = members.collect();
    let mut results: Vec<Option<LoadResult>> = loads.iter().map(|_| None).collect();
    let outcome = contain_panic(|| {
        catalogue.load_together(&members, &mut |place, result| results[place] = Some(result));
        Ok(())
    });
    // Whoever was not told by then fell with the others.
    let fallen = outcome.err().unwrap_or(LoadError::Cancelled);
    let results = results.into_iter();
    results
        .map(|result| result.unwrap_or_else(|| Err(fallen.clone())))
        .collect()
}

type LoadResult = Result<Loaded<Resource>, LoadError>;
