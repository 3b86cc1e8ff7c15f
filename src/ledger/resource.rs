//! A resource as the log tells it.

use serde::Serialize;

use super::{Owners, Prefetched, Waste};
use crate::event::{Declaration, EventKind};
use crate::vocabulary::{
    BackendChoice, Codec, ContentId, Lookup, MEMORY_BUDGET, MemoryPool, MissReason, Need, Owner,
    Problem, ReleaseCause, ResourceKind, ResourceName, TierLookup, TierName, Way,
};

/// Where a resource stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ResourceState {
    /// Never loaded.
    #[default]
    Absent,
    /// A load waits for its inputs or for a free worker.
    Queued,
    /// A load is under way.
    Loading {
        /// Rows done.
        done: u64,
        /// Rows in all; zero when the load does not count rows.
        total: u64,
    },
    /// In memory.
    Resident,
    /// It was in memory, and is not any more.
    Gone(ReleaseCause),
    /// Its last load failed.
    Failed(Problem),
    /// Its last load was stopped.
    Cancelled,
    /// Its last load was stopped since this, without which it was of no use, could not be loaded.
    GivenUp(ResourceName),
}

impl ResourceState {
    /// Is a load queued or under way?
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Queued | Self::Loading { .. })
    }

    /// One word for lists and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Queued => "queued",
            Self::Loading { .. } => "loading",
            Self::Resident => "resident",
            Self::Gone(ReleaseCause::Evicted { .. }) => "evicted",
            Self::Gone(ReleaseCause::Stale { .. }) => "stale",
            Self::Gone(ReleaseCause::Expired { .. }) => "expired",
            Self::Gone(_) => "freed",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::GivenUp(_) => "given up",
        }
    }
}

/// What a run with the present selection and strategy would do with a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planned {
    /// Load it before the first dimension starts.
    First,
    /// Load it when a dimension asks.
    Later,
    /// Not load it.
    #[default]
    Avoided,
}

/// How a resource has been made smaller while only the cache holds it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PackedRecord {
    /// By what.
    pub codec: Codec,
    /// Bytes it took.
    pub from_bytes: u64,
    /// Bytes it takes; as before when it does not get smaller.
    pub bytes: u64,
    /// How long that took.
    pub seconds: f64,
    /// How long it takes to restore it.
    pub restore_seconds: f64,
}

/// How a load ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanEnd {
    /// The resource is resident.
    Finished,
    /// The load failed.
    Failed,
    /// The load was stopped.
    Cancelled,
}

/// A load on a worker lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadSpan {
    /// What was loaded.
    pub name: ResourceName,
    /// The lane, from 0.
    pub worker: usize,
    /// When it began, in seconds since the session began.
    pub started_at: f64,
    /// When and how it ended; none while it goes on.
    pub ended: Option<(f64, SpanEnd)>,
    /// Was it begun ahead, before anybody asked?
    pub is_ahead: bool,
}

impl LoadSpan {
    pub(super) fn started(name: ResourceName, worker: usize, t: f64) -> Self {
        Self {
            name,
            worker,
            started_at: t,
            ended: None,
            is_ahead: false,
        }
    }
}

/// What a resource is made from is not any more what it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct ContentChange {
    /// When that was noticed last, in seconds since the session began.
    pub t: f64,
    /// The part of it that changed last.
    pub part: ResourceName,
    /// The files behind it, each once.
    pub files: Vec<String>,
    /// Can they be read? A file may be gone.
    pub is_readable: bool,
}

/// A resource: what it is, where it stands, what it costs, who holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceRecord {
    /// Its name.
    pub name: ResourceName,
    /// What kind of thing it is.
    pub kind: ResourceKind,
    /// What it is made from.
    pub inputs: Vec<ResourceName>,
    /// A heading that gathers many of its kind.
    pub group: Option<String>,
    /// The dimensions that need it.
    pub needs: Vec<Need>,
    /// Would the `eager` strategy load it up front?
    pub eager: bool,
    /// What runs it and why, for a model.
    pub backend: Option<BackendChoice>,
    /// How they are taken and why, for columns.
    pub way: Option<Way>,
    /// Bytes that its load works with for as long as it runs, beside what it makes.
    pub working_bytes: u64,
    /// Where it lies once it is there.
    pub pool: MemoryPool,
    /// Bytes it is thought to take before it has ever been loaded.
    pub estimated_bytes: Option<u64>,
    /// Where it stands.
    pub state: ResourceState,
    /// What the present plan would do with it.
    pub planned: Planned,
    /// Bytes that it took when it was last loaded, and whether that figure is exact.
    pub bytes: Option<(u64, bool)>,
    /// Bytes of a mapped file on top of these.
    pub mapped_bytes: u64,
    /// How it has been made smaller, if it has.
    pub packed: Option<PackedRecord>,
    /// How long its last load took.
    pub load_seconds: Option<f64>,
    /// When its present load was asked for.
    pub queued_at: Option<f64>,
    /// When its present load began.
    pub load_started_at: Option<f64>,
    /// The worker that began to load it last.
    pub worker: Option<usize>,
    /// How long its last load waited for its inputs and for a worker.
    pub waited_seconds: Option<f64>,
    /// Rows that its last load went through, where it counts them.
    pub rows: Option<u64>,
    /// When it left memory, or the cache, for the last time.
    pub gone_at: Option<f64>,
    /// How often it has been loaded.
    pub loads: u64,
    /// Was it read from a tier below memory when it was last loaded?
    pub fetched: bool,
    /// What a tier below memory had of it when it was last asked.
    pub below: Option<(TierName, TierLookup)>,
    /// What it has changed with since an earlier session, each made from the next.
    pub changed_through: Vec<ResourceName>,
    /// Its content id.
    pub digest: Option<ContentId>,
    /// What has changed since it was last loaded, if that matters.
    pub change: Option<ContentChange>,
    /// A few words on what was found in it.
    pub detail: String,
    /// How often it was asked for.
    pub requests: u64,
    /// Who has asked for it, each once, in order of first request.
    pub requested_by: Owners,
    /// Who holds it now.
    pub owners: Owners,
    /// Why the last miss on it was a miss.
    pub last_miss: Option<MissReason>,
    /// Times that the cache gave it up.
    pub evictions: u64,
    /// Times that it was given up to stay within the memory budget.
    pub budget_evictions: u64,
    /// Times that the cache refused it.
    pub refusals: u64,
    /// How far a load ahead of it is, as long as nobody has used it.
    pub prefetched: Option<Prefetched>,
    /// What loading it ahead has come to in vain.
    pub prefetch_waste: Waste,
    /// The number of the load that goes on.
    pub(super) span: Option<usize>,
}

impl ResourceRecord {
    pub(super) fn declared(declared: &Declaration) -> Self {
        let declared = declared.clone();
        Self {
            name: declared.name,
            kind: declared.resource,
            inputs: declared.inputs,
            group: declared.group,
            needs: declared.needs,
            eager: declared.eager,
            backend: declared.backend,
            way: declared.way,
            working_bytes: declared.working_bytes,
            pool: declared.pool,
            estimated_bytes: declared.estimated_bytes,
            state: ResourceState::Absent,
            planned: Planned::Avoided,
            bytes: None,
            mapped_bytes: 0,
            packed: None,
            load_seconds: None,
            queued_at: None,
            load_started_at: None,
            worker: None,
            waited_seconds: None,
            rows: None,
            gone_at: None,
            loads: 0,
            fetched: false,
            below: None,
            changed_through: Vec::new(),
            digest: None,
            change: None,
            detail: String::new(),
            requests: 0,
            requested_by: Owners::default(),
            owners: Owners::default(),
            last_miss: None,
            evictions: 0,
            budget_evictions: 0,
            refusals: 0,
            prefetched: None,
            prefetch_waste: Waste::default(),
            span: None,
        }
    }

    /// Takes in what is known of it now; what it has been through stays.
    pub(super) fn declared_again(&mut self, declared: &Declaration) {
        self.inputs.clone_from(&declared.inputs);
        self.group.clone_from(&declared.group);
        self.needs.clone_from(&declared.needs);
        self.eager = declared.eager;
        self.backend.clone_from(&declared.backend);
        self.estimated_bytes = declared.estimated_bytes;
        self.way = declared.way;
        self.working_bytes = declared.working_bytes;
        self.pool = declared.pool;
    }

    /// Does its load work with memory of its own now?
    pub fn works(&self) -> bool {
        self.working_bytes > 0 && matches!(self.state, ResourceState::Loading { .. })
    }

    /// The worker that loads it now.
    pub(super) fn lane(&self) -> Option<usize> {
        let is_loading = matches!(self.state, ResourceState::Loading { .. });
        self.worker.filter(|_| is_loading)
    }

    /// Is it in memory?
    pub fn is_resident(&self) -> bool {
        self.state == ResourceState::Resident
    }

    /// Is it in memory, and could it be freed? What the session rests on stays for as long as that
    /// lasts.
    pub fn is_spare(&self) -> bool {
        self.is_resident() && !self.owners.contains(&Owner::Session)
    }

    /// Is it in memory, and made from something that has changed since? It is used no more: the next
    /// request loads it anew.
    pub fn is_stale(&self) -> bool {
        self.is_resident() && self.change.is_some()
    }

    fn content_changed(
        &mut self,
        t: f64,
        part: &ResourceName,
        file: &str,
        digest: Option<ContentId>,
    ) {
        if digest.is_some() && self.digest == digest {
            self.change = None;
            return;
        }
        let mut files = self.change.take().map_or_else(Vec::new, |c| c.files);
        if !files.iter().any(|known| known == file) {
            files.push(file.to_owned());
        }
        self.change = Some(ContentChange {
            t,
            part: part.clone(),
            files,
            is_readable: digest.is_some(),
        });
    }

    /// Does the prediction cache keep resources of this kind?
    pub fn is_cached_kind(&self) -> bool {
        self.kind == ResourceKind::Predictions
    }

    /// Bytes as last loaded, else as estimated.
    pub fn bytes_or_estimate(&self) -> Option<u64> {
        self.bytes.map(|(bytes, _)| bytes).or(self.estimated_bytes)
    }

    pub(super) fn requested(&mut self, by: &Owner, lookup: &Lookup) {
        self.requests += 1;
        self.requested_by.add(by);
        if let Lookup::Miss(reason) = lookup {
            self.last_miss = Some(reason.clone());
        }
    }

    pub(super) fn apply(&mut self, t: f64, kind: &EventKind) {
        match kind {
            EventKind::LoadQueued { .. } => {
                self.state = ResourceState::Queued;
                self.queued_at = Some(t);
                self.rows = None;
            }
            EventKind::LoadStarted { worker, .. } => {
                self.worker = Some(*worker);
                self.state = ResourceState::Loading { done: 0, total: 0 };
                self.load_started_at = Some(t);
                self.waited_seconds = self.queued_at.take().map(|queued| t - queued);
            }
            EventKind::LoadProgressed { done, total, .. } => {
                self.rows = Some(*total).filter(|total| *total > 0);
                self.state = ResourceState::Loading {
                    done: *done,
                    total: *total,
                };
            }
            EventKind::LoadFinished {
                bytes,
                mapped_bytes,
                exact,
                seconds,
                digest,
                detail,
                fetched,
                ..
            } => {
                self.state = ResourceState::Resident;
                self.bytes = Some((*bytes, *exact));
                self.mapped_bytes = *mapped_bytes;
                self.packed = None;
                self.load_seconds = Some(*seconds);
                self.loads += 1;
                self.fetched = *fetched;
                self.digest = Some(*digest);
                self.change = None;
                self.detail.clone_from(detail);
            }
            EventKind::Packed {
                codec,
                from_bytes,
                bytes,
                seconds,
                restore_seconds,
                ..
            } => {
                self.bytes = self.bytes.map(|(_, exact)| (*bytes, exact));
                self.packed = Some(PackedRecord {
                    codec: *codec,
                    from_bytes: *from_bytes,
                    bytes: *bytes,
                    seconds: *seconds,
                    restore_seconds: *restore_seconds,
                });
            }
            EventKind::LoadFailed { problem, .. } => {
                self.state = ResourceState::Failed(problem.clone());
            }
            EventKind::LoadCancelled { failed, .. } => {
                self.state = match failed {
                    Some(failed) => ResourceState::GivenUp(failed.clone()),
                    None => ResourceState::Cancelled,
                }
            }
            EventKind::OwnerAdded { owner, .. } => {
                self.owners.add(owner);
            }
            EventKind::OwnerRemoved { owner, .. } => {
                self.owners.remove(owner);
            }
            EventKind::BackendChanged { backend, .. } => self.backend = Some(backend.clone()),
            EventKind::Released { cause, .. } => {
                self.gone_at = Some(t);
                if let ReleaseCause::Evicted { policy, .. } = cause
                    && policy == MEMORY_BUDGET
                {
                    self.budget_evictions += 1;
                }
                self.state = ResourceState::Gone(cause.clone());
                self.owners.clear();
            }
            EventKind::ContentChanged {
                part, file, digest, ..
            } => self.content_changed(t, part, file, *digest),
            EventKind::CacheEvicted { .. } => {
                self.evictions += 1;
                self.gone_at = Some(t);
            }
            EventKind::CacheRefused { .. } => self.refusals += 1,
            _ => {}
        }
    }
}
