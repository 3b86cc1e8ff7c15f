//! The workers of a run on several machines, as the log tells them.

use super::{Ledger, Recent, SpanEnd};
use crate::event::EventKind;
use crate::vocabulary::{
    Lookup, Owner, ResourceKind, ResourceName, Shard, ShardEnd, TierLookup, TierName, Worker,
};

/// A worker: its shards, and what went on there.
#[derive(Clone, Debug)]
pub struct WorkerRecord {
    /// Who.
    pub worker: Worker,
    /// The shards that it has had, oldest first.
    pub terms: Recent<ShardTerm, 1_024>,
    /// Shards whose part it has made.
    pub finished: u64,
    /// Shards that were lost with it, and failed.
    pub lost: u64,
    /// Its loads, by when they began.
    pub spans: Recent<WorkerSpan>,
    /// What it asked for and what it found, oldest first.
    pub lookups: Recent<WorkerLookup>,
    /// Requests for predictions that found them in its memory or in a tier.
    pub hits: u64,
    /// Those that found them nowhere.
    pub misses: u64,
    /// When it took its first shard.
    pub since: f64,
    /// Seconds with a shard, up to the last that ended.
    pub seconds: f64,
}

/// A worker's time with a shard.
#[derive(Clone, Debug, PartialEq)]
pub struct ShardTerm {
    /// Which one.
    pub shard: Shard,
    /// When it took it, in seconds since this session began.
    pub started_at: f64,
    /// When and how that ended; none while it goes on.
    pub ended: Option<(f64, ShardEnd)>,
}

/// A load on a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerSpan {
    /// What was loaded.
    pub name: ResourceName,
    /// For which shard.
    pub shard: Shard,
    /// The lane there, from 0.
    pub lane: usize,
    /// When it began, in seconds since this session began.
    pub started_at: f64,
    /// When and how it ended; none while it goes on.
    pub ended: Option<(f64, SpanEnd)>,
}

/// A question for a resource on a worker.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerLookup {
    /// When, in seconds since this session began.
    pub t: f64,
    /// What for.
    pub name: ResourceName,
    /// For which shard.
    pub shard: Shard,
    /// Where.
    pub place: LookupPlace,
    /// Was it there?
    pub is_hit: bool,
    /// Why not.
    pub reason: &'static str,
}

/// Where a worker looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupPlace {
    /// In its memory.
    Memory,
    /// In a tier below.
    Tier(TierName),
}

/// What kind of thing a worker's resource is: names of predictions, models and columns say so.
pub fn kind_by_name(name: &ResourceName) -> Option<ResourceKind> {
    let (kind, _) = name.0.split_once(':')?;
    match kind {
        "predictions" => Some(ResourceKind::Predictions),
        "model" => Some(ResourceKind::Model),
        "columns" => Some(ResourceKind::Table),
        _ => None,
    }
}

impl WorkerRecord {
    fn new(worker: &Worker, t: f64) -> Self {
        Self {
            worker: worker.clone(),
            terms: Recent::default(),
            finished: 0,
            lost: 0,
            spans: Recent::default(),
            lookups: Recent::default(),
            hits: 0,
            misses: 0,
            since: t,
            seconds: 0.0,
        }
    }

    /// The shard that it has, and since when.
    pub fn shard(&self) -> Option<(Shard, f64)> {
        let term = self.terms.last().filter(|term| term.ended.is_none())?;
        Some((term.shard, term.started_at))
    }

    fn told(&mut self, now: f64, shard: Shard, since: f64, said: &EventKind) {
        // Its own clock tells how long things took; its words come late, and one later than another.
        let began = self.shard().map_or(now, |(_, began)| began);
        let t = (began + since).min(now);
        match said {
            EventKind::Requested {
                name, by, lookup, ..
            } => self.asked(t, shard, (name, by), lookup),
            EventKind::TierAsked {
                name, tier, lookup, ..
            } => {
                let (is_hit, reason) = match lookup {
                    TierLookup::Hit { .. } => (true, ""),
                    TierLookup::Miss(reason) => (false, reason.name()),
                };
                self.hits += u64::from(is_hit);
                self.lookups.push(WorkerLookup {
                    t,
                    name: name.clone(),
                    shard,
                    place: LookupPlace::Tier(*tier),
                    is_hit,
                    reason,
                });
            }
            EventKind::LoadStarted { name, worker } => {
                self.spans.push(WorkerSpan {
                    name: name.clone(),
                    shard,
                    lane: *worker,
                    started_at: t,
                    ended: None,
                });
            }
            EventKind::LoadFinished { name, .. } => self.end_span(name, t, SpanEnd::Finished),
            EventKind::LoadFailed { name, .. } => self.end_span(name, t, SpanEnd::Failed),
            EventKind::LoadCancelled { name, .. } => self.end_span(name, t, SpanEnd::Cancelled),
            _ => {}
        }
    }

    fn asked(
        &mut self,
        t: f64,
        shard: Shard,
        (name, by): (&ResourceName, &Owner),
        lookup: &Lookup,
    ) {
        // As in the cache's own figures: who asks for what is made of it has asked for it, too.
        let is_input = matches!(by, Owner::Load { .. });
        let is_miss = matches!(lookup, Lookup::Miss(_));
        if kind_by_name(name) != Some(ResourceKind::Predictions) || (is_input && !is_miss) {
            return;
        }
        let reason = match lookup {
            Lookup::Miss(reason) => reason.name(),
            _ => "",
        };
        self.hits += u64::from(!is_miss);
        self.misses += u64::from(is_miss);
        self.lookups.push(WorkerLookup {
            t,
            name: name.clone(),
            shard,
            place: LookupPlace::Memory,
            is_hit: !is_miss,
            reason,
        });
    }

    fn end_span(&mut self, name: &ResourceName, t: f64, end: SpanEnd) {
        let is_it = |span: &WorkerSpan| span.ended.is_none() && span.name == *name;
        let open = self.spans.numbered().filter(|(_, span)| is_it(span)).last();
        let number = open.map(|(number, _)| number);
        if let Some(span) = number.and_then(|number| self.spans.get_mut(number)) {
            span.ended = Some((t, end));
        }
    }

    fn ended(&mut self, t: f64, end: ShardEnd) {
        let how = match end {
            ShardEnd::Finished => {
                self.finished += 1;
                SpanEnd::Finished
            }
            ShardEnd::Lost | ShardEnd::Failed => {
                self.lost += 1;
                SpanEnd::Failed
            }
        };
        if let Some(term) = self.terms.last_mut().filter(|term| term.ended.is_none()) {
            term.ended = Some((t, end));
            self.seconds += t - term.started_at;
        }
        let open = self.spans.numbered().filter(|(_, s)| s.ended.is_none());
        let open: Vec<usize> = open.map(|(number, _)| number).collect();
        for number in open {
            if let Some(span) = self.spans.get_mut(number) {
                span.ended = Some((t, how));
            }
        }
    }
}

impl Ledger {
    pub(super) fn apply_to_workers(&mut self, t: f64, kind: &EventKind) {
        match kind {
            EventKind::ShardStarted { shard, worker } => {
                self.worker_mut(worker, t).terms.push(ShardTerm {
                    shard: *shard,
                    started_at: t,
                    ended: None,
                });
            }
            EventKind::ShardTold {
                shard,
                worker,
                since,
                said,
            } => self.worker_mut(worker, t).told(t, *shard, *since, said),
            EventKind::ShardEnded { worker, end, .. } => self.worker_mut(worker, t).ended(t, *end),
            _ => {}
        }
    }

    fn worker_mut(&mut self, worker: &Worker, t: f64) -> &mut WorkerRecord {
        let place = self
            .workers
            .iter()
            .position(|known| known.worker == *worker);
        let place = place.unwrap_or_else(|| {
            self.workers.push(WorkerRecord::new(worker, t));
            self.workers.len() - 1
        });
        &mut self.workers[place]
    }

    /// Shards that are done, and how many there are; none where nobody else works on the run.
    pub fn shards_done(&self) -> Option<(u64, u32)> {
        let of = self.shards?;
        Some((self.workers.iter().map(|worker| worker.finished).sum(), of))
    }
}
