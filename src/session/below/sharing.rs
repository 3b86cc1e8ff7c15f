//! What goes to other machines, and when that is worth it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Room;
use crate::engine::Workload as _;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id};
use crate::resource::{Catalogue, Key};
use crate::session::workers::Report;
use crate::shared_cache::SharedCache;
use crate::vocabulary::{ContentId, ResourceName, TierName, TierState};

/// Values that wait to be shared, and their bytes; what comes on top is not.
const MOST_WAITING: usize = 64;
const MOST_WAITING_BYTES: u64 = 128 << 20;
/// A difference that nobody notices, in seconds: a value that others find spares them memory too.
const MARGIN: f64 = 0.010;

/// Who may be asked for a value, and what making it takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Does its key mean the same on every machine?
    pub(super) is_shared: bool,
    /// Is it what shards of a run make?
    pub(super) is_scored: bool,
    /// Is it weighed whether making it takes less than asking? Not of an outcome: what it saves is all that
    /// would have been loaded for it.
    pub(super) is_weighed: bool,
    /// How long it took to make it here, where that is known.
    pub(super) seconds: Option<f64>,
}

impl Reach {
    /// Any machine, at any price.
    pub(super) const ALL: Self = Self {
        is_shared: true,
        is_scored: false,
        is_weighed: false,
        seconds: None,
    };

    /// The same for scores.
    pub(super) const SCORES: Self = Self {
        is_scored: true,
        ..Self::ALL
    };

    /// What is known by the stamps of files says something on this machine only.
    pub(super) fn of(catalogue: &Catalogue, key: &Key) -> Self {
        let is_shared =
            !matches!(key, Key::File(_)) && catalogue.recipe(key).stamped_files().is_empty();
        Self {
            is_shared,
            is_scored: matches!(key, Key::Predictions { .. }),
            is_weighed: true,
            seconds: None,
        }
    }

    pub(super) fn costing(self, seconds: Option<f64>) -> Self {
        Self { seconds, ..self }
    }
}

/// A value on its way to other machines.
pub(super) struct Upload {
    name: ResourceName,
    id: ContentId,
    entry: TierEntry,
    body: Vec<u8>,
}

/// The shared tier as a session uses it.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) cache: Arc<SharedCache>,
    waiting_bytes: Arc<AtomicU64>,
}

impl Shared {
    pub(super) fn new(cache: Arc<SharedCache>) -> Self {
        Self {
            cache,
            waiting_bytes: Arc::default(),
        }
    }

    /// Is it worth asking for what takes so long to make?
    pub(super) fn is_worth_asking(&self, reach: Reach) -> bool {
        let takes = self.cache.seconds_to_ask();
        let is_worth_it = |seconds| takes <= seconds + MARGIN;
        !reach.is_weighed || reach.seconds.is_none_or(is_worth_it)
    }

    /// Is it worth moving a value from or to it?
    pub(super) fn is_worth_moving(&self, entry: &TierEntry, reach: Reach) -> bool {
        !reach.is_weighed || self.cache.seconds_to_move(entry.body_bytes) <= entry.seconds + MARGIN
    }
}

/// What an entry is called where machines have it in common. Processors and systems may differ in the last
/// bits of what they compute: those that may, do not share.
pub(super) fn shared_id(id: ContentId) -> ContentId {
    entry_id(id, &machine())
}

/// The kind of machine, as far as it decides bits.
pub(in crate::session) fn machine() -> String {
    use std::env::consts::{ARCH, OS};
    #[cfg(target_arch = "x86_64")]
    let multiplies_and_adds = std::arch::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    let multiplies_and_adds = true;
    let library = if cfg!(target_env = "musl") {
        "musl"
    } else {
        ""
    };
    format!("{ARCH} {OS} {library} {multiplies_and_adds}")
}

/// How tiers were when that was last told.
#[derive(Default)]
pub(super) struct Told(Mutex<HashMap<TierName, TierState>>);

impl Told {
    /// Is this news?
    fn is_new(&self, tier: TierName, state: TierState) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert(tier, state).unwrap_or_default() != state
    }
}

impl Room {
    /// Tells how a tier is after it was asked, if that is news.
    pub(super) fn tell_state<T>(&self, tier: TierName, answer: &Result<T, TierError>) {
        let (state, reason) = match (tier, &self.shared, answer) {
            (TierName::Shared, Some(shared), _) => {
                if shared.cache.take_foreign() && self.told_foreign.set(()).is_ok() {
                    let words = "the shared cache has entries that are not sealed with our key: they \
                                 are passed over";
                    let _ = self.reports.send(Report::Warned(words.to_owned()));
                }
                shared.cache.state()
            }
            (_, _, Err(TierError::Down(reason))) => (TierState::Down, reason.clone()),
            _ => (TierState::Ok, String::new()),
        };
        if self.told.is_new(tier, state) {
            let _ = self.reports.send(Report::TierState(tier, state, reason));
        }
    }

    /// Starts the thread that shares what is made here, where that is wanted. It ends when nobody has
    /// anything for it any more; then the receiver is disconnected.
    pub(super) fn start_uploading(
        &self,
        shared: &Shared,
    ) -> Option<(Sender<Upload>, Receiver<()>)> {
        if !shared.cache.is_written() {
            return None;
        }
        let (uploads, waiting) = bounded::<Upload>(MOST_WAITING);
        let (alive, is_uploaded) = bounded::<()>(0);
        let (room, shared) = (self.clone(), shared.clone());
        let thread = std::thread::Builder::new().name("tier-sharer".to_owned());
        let started = thread.spawn(move || {
            for upload in waiting {
                room.upload(&shared, &upload);
            }
            drop(alive);
        });
        started.ok()?;
        Some((uploads, is_uploaded))
    }

    /// Has a value shared, unless that is more trouble than to make it.
    pub(super) fn share(
        &self,
        uploads: &Sender<Upload>,
        (name, reach): (&ResourceName, Reach),
        id: ContentId,
        entry: TierEntry,
        body: Vec<u8>,
    ) {
        let shared = self.shared.as_ref();
        let Some(shared) = shared.filter(|shared| shared.is_worth_moving(&entry, reach)) else {
            self.flights.let_go(id, None);
            return;
        };
        let bytes = body.len() as u64;
        let waiting = shared.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        let upload = Upload {
            name: name.clone(),
            id,
            entry,
            body,
        };
        let is_too_much = waiting > 0 && waiting + bytes > MOST_WAITING_BYTES;
        if is_too_much || uploads.try_send(upload).is_err() {
            shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.flights.let_go(id, None);
            let words = "too much is waiting to be written".to_owned();
            self.told(name, TierName::Shared, Err(TierError::Refused(words)));
        }
    }

    fn upload(&self, shared: &Shared, upload: &Upload) {
        let started = Instant::now();
        let Upload {
            name,
            id,
            entry,
            body,
        } = upload;
        let written = shared.cache.write(shared_id(*id), entry, body);
        let bytes = body.len() as u64;
        shared.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.flights.let_go(*id, None);
        self.tell_state(TierName::Shared, &written);
        let seconds = started.elapsed().as_secs_f64();
        self.told(name, TierName::Shared, written.map(|()| (bytes, seconds)));
    }
}
