//! The tiers below memory, as a session uses them: threads that ask, read and write, so that neither
//! the engine nor a worker ever waits for one.

mod asking;
mod effects;
mod flights;
mod keeping;
mod sharing;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::identity::Identity;
use super::workers::Report;
use crate::dimension::Findings;
use crate::disk_cache::{DiskCache, Seen};
use crate::engine::tier::{TierEntry, TierError};
use crate::engine::{self, Fetch, Probe, Store};
use crate::resource::{Catalogue, Key, Resource};
use crate::shard::Parts;
use crate::shared_cache::SharedCache;
use crate::vocabulary::{ContentId, Dimension, MissReason, ResourceName, TierLookup, TierName};
use flights::{Flights, Queue, Word};
pub(super) use sharing::machine;
use sharing::{Reach, Shared, Told};

/// Threads that ask and read.
const READERS: usize = 2;
/// Values that wait to be written; what comes on top is not kept.
const MOST_WAITING: usize = 256;
/// How long a session that ends waits for what it has still to write.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it waits for what it has still to share: a server that does not answer is left before that.
const LONG_PATIENCE: Duration = Duration::from_secs(10);

/// What an answer of a tier was, and how long it took.
pub(super) struct Answer {
    pub(super) tier: TierName,
    pub(super) lookup: TierLookup,
    pub(super) seconds: f64,
}

/// Something to ask or read.
enum Wanted {
    Probe(Box<Probe<Key>>, ResourceName, Reach),
    Fetch(Box<Fetch<Key>>, Arc<Catalogue>),
    Outcome(Dimension, Box<Identity>),
    Scores(ContentId),
    BaselineScores(Vec<ContentId>),
    Results(Vec<(ResourceName, PathBuf)>),
}

/// Something to write.
enum Written {
    Resource(Box<Store<Key, Resource>>, Arc<Catalogue>, ResourceName),
    Outcome(Dimension, Box<Identity>, Box<Findings>, f64),
    /// What another tier has given.
    Copy(ContentId, Box<TierEntry>, Vec<u8>),
    Seen(Vec<(ResourceName, ContentId, engine::Parts)>),
    Clear,
}

/// The parts of a run, once they are there.
type InParts = Arc<std::sync::OnceLock<Arc<Parts>>>;

/// The tiers, the nearest first.
type Tiers = (
    Option<InParts>,
    Option<Arc<DiskCache>>,
    Option<Arc<SharedCache>>,
);

/// The tiers below memory, with the threads that work for them.
pub(super) struct Below {
    wanted: Sender<Wanted>,
    written: Sender<Written>,
    writer: Option<JoinHandle<()>>,
    /// Disconnected when the writer has ended.
    is_written: Receiver<()>,
    parts: Option<InParts>,
    is_shared: bool,
    has_disk: bool,
    /// Disconnected when all is shared that is to be.
    is_uploaded: Option<Receiver<()>>,
    waiting: Option<Queue>,
}

/// What the threads have in common.
#[derive(Clone)]
struct Room {
    parts: Option<InParts>,
    disk: Option<Arc<DiskCache>>,
    shared: Option<Shared>,
    reports: Sender<Report>,
    told: Arc<Told>,
    /// Has it been told that there are entries of strangers?
    told_foreign: Arc<std::sync::OnceLock<()>>,
    /// What this session makes, and others may wait for.
    flights: Arc<Flights>,
    /// Where questions wait for what other processes make.
    waiting: Option<Queue>,
    /// Where readers leave what the disk is to keep.
    copies: Option<Sender<Written>>,
    /// What the experiment's resources stood for in earlier sessions, once somebody wants to know.
    seen: Arc<std::sync::OnceLock<Seen>>,
    experiment: (ContentId, String),
}

impl Below {
    /// Starts the threads; none where there is no tier, and where the system refuses them.
    pub(super) fn start(
        (parts, disk, shared): Tiers,
        experiment: (ContentId, String),
        reports: Sender<Report>,
    ) -> Option<Self> {
        if parts.is_none() && disk.is_none() && shared.is_none() {
            return None;
        }
        let (wanted, wants) = unbounded::<Wanted>();
        let (written, writes) = bounded::<Written>(MOST_WAITING);
        let (alive, is_written) = bounded::<()>(0);
        let shared = shared.map(Shared::new);
        let (has_disk, is_shared) = (disk.is_some(), shared.is_some());
        let room = Room {
            parts: parts.clone(),
            disk,
            shared,
            told: Arc::default(),
            told_foreign: Arc::default(),
            flights: Arc::default(),
            waiting: None,
            copies: None,
            reports,
            seen: Arc::default(),
            experiment,
        };
        let waiting = start_waiting(&room);
        let asking = Room {
            waiting,
            copies: Some(written.clone()),
            ..room.clone()
        };
        for reader in 0..READERS {
            let (room, wants) = (asking.clone(), wants.clone());
            let thread = std::thread::Builder::new().name(format!("tier-{reader}"));
            let started = thread.spawn(move || {
                for wanted in wants {
                    room.serve(wanted);
                }
            });
            started.ok()?;
        }
        let shared = room.shared.as_ref();
        let uploads = shared.and_then(|shared| room.start_uploading(shared));
        let thread = std::thread::Builder::new().name("tier-writer".to_owned());
        let (uploads, uploader) = uploads.unzip();
        let writer = thread.spawn(move || {
            room.write_all(&writes, uploads.as_ref());
            drop(alive);
        });
        Some(Self {
            wanted,
            written,
            writer: writer.ok(),
            is_written,
            parts,
            is_shared,
            has_disk,
            is_uploaded: uploader,
            waiting: asking.waiting.clone(),
        })
    }

    fn want(&self, wanted: Wanted) {
        // The readers live as long as this does.
        let _ = self.wanted.send(wanted);
    }

    /// Something has failed or was given up: who waits for it in another process waits no more.
    pub(super) fn give_up_making(&self) {
        if let Some(waiting) = &self.waiting {
            let _ = waiting.send(Word::GivenUp);
        }
    }

    /// The parts that were waited for are there: they are asked from now on.
    pub(super) fn take_parts(&self, parts: Arc<Parts>) {
        if let Some(place) = &self.parts {
            // Whoever comes twice finds the first.
            let _ = place.set(parts);
        }
    }

    /// Asks whether an outcome is kept.
    pub(super) fn ask_for_outcome(&self, dimension: Dimension, identity: Identity) {
        self.want(Wanted::Outcome(dimension, Box::new(identity)));
    }

    /// Asks of which dimensions results are kept, if these files are as they were then.
    pub(super) fn ask_for_results(&self, files: Vec<(ResourceName, PathBuf)>) {
        self.want(Wanted::Results(files));
    }

    /// Forgets all that is kept.
    pub(super) fn clear(&self) -> bool {
        self.written.try_send(Written::Clear).is_ok()
    }

    /// Asks whether scores are kept; no more is told of it than that.
    pub(super) fn ask_for_scores(&self, content: ContentId) {
        self.want(Wanted::Scores(content));
    }

    /// Asks for scores that an earlier run has left, all of them together.
    pub(super) fn ask_for_baseline(&self, contents: Vec<ContentId>) {
        self.want(Wanted::BaselineScores(contents));
    }

    /// Remembers what names stand for, for later sessions to tell what has changed, and waits a moment
    /// for what is still to be written.
    pub(super) fn close(self, names: Vec<(ResourceName, ContentId, engine::Parts)>) {
        if !names.is_empty() {
            // Where too much is waiting, no reasons are told later.
            let _ = self.written.try_send(Written::Seen(names));
        }
        let Self {
            wanted,
            written,
            writer,
            is_written,
            is_uploaded,
            parts: _,
            is_shared: _,
            has_disk: _,
            waiting,
        } = self;
        drop((wanted, written, waiting));
        let ended = is_written.recv_timeout(PATIENCE);
        if let (Err(crossbeam_channel::RecvTimeoutError::Disconnected), Some(writer)) =
            (ended, writer)
        {
            let _ = writer.join();
        }
        if let Some(is_uploaded) = is_uploaded {
            let _ = is_uploaded.recv_timeout(LONG_PATIENCE);
        }
    }
}

/// Starts the thread that waits for what other processes make; it ends with those who may send to it.
fn start_waiting(room: &Room) -> Option<Queue> {
    let (queue, questions) = unbounded::<Word>();
    let room = room.clone();
    let thread = std::thread::Builder::new().name("tier-waiter".to_owned());
    let started = thread.spawn(move || room.wait_for_others(&questions));
    started.is_ok().then_some(queue)
}

fn reason_of(error: &TierError) -> MissReason {
    match error {
        TierError::Corrupt(_) => MissReason::CorruptEntry,
        TierError::Down(_) | TierError::Refused(_) => MissReason::TierDown,
    }
}

fn named(parts: &engine::Parts) -> Vec<(String, ContentId)> {
    let parts = parts.iter();
    parts.map(|(name, id)| (name.0.to_string(), *id)).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |time| time.as_secs())
}
