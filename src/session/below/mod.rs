//! The tiers below memory, as a session uses them: threads that ask, read and write, so that neither
//! the engine nor a worker ever waits for one.

mod asking;
mod effects;
mod keeping;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::identity::Identity;
use super::workers::Report;
use crate::dimension::Findings;
use crate::disk_cache::{DiskCache, Seen};
use crate::engine::tier::TierError;
use crate::engine::{Fetch, Parts, Probe, Store};
use crate::resource::{Catalogue, Key, Resource};
use crate::vocabulary::{ContentId, Dimension, MissReason, ResourceName, TierLookup};

/// Threads that ask and read.
const READERS: usize = 2;
/// Values that wait to be written; what comes on top is not kept.
const MOST_WAITING: usize = 256;
/// How long a session that ends waits for what it has still to write.
const PATIENCE: Duration = Duration::from_secs(2);

/// What an answer of a tier was, and how long it took.
pub(super) struct Answer {
    pub(super) lookup: TierLookup,
    pub(super) seconds: f64,
}

/// Something to ask or read.
enum Wanted {
    Probe(Box<Probe<Key>>, ResourceName),
    Fetch(Box<Fetch<Key>>, Arc<Catalogue>),
    Outcome(Dimension, Box<Identity>),
    Scores(ContentId),
    Results(Vec<(ResourceName, PathBuf)>),
}

/// Something to write.
enum Written {
    Resource(Box<Store<Key, Resource>>, Arc<Catalogue>, ResourceName),
    Outcome(Dimension, Box<Identity>, Box<Findings>, f64),
    Seen(Vec<(ResourceName, ContentId, Parts)>),
    Clear,
}

/// The tiers below memory, with the threads that work for them.
pub(super) struct Below {
    wanted: Sender<Wanted>,
    written: Sender<Written>,
    writer: Option<JoinHandle<()>>,
    /// Disconnected when the writer has ended.
    is_written: Receiver<()>,
}

/// What the threads have in common.
#[derive(Clone)]
struct Room {
    disk: Arc<DiskCache>,
    reports: Sender<Report>,
    /// What the experiment's resources stood for in earlier sessions, once somebody wants to know.
    seen: Arc<std::sync::OnceLock<Seen>>,
    experiment: (ContentId, String),
}

impl Below {
    /// Starts the threads; none where the system refuses them.
    pub(super) fn start(
        disk: Arc<DiskCache>,
        experiment: (ContentId, String),
        reports: Sender<Report>,
    ) -> Option<Self> {
        let (wanted, wants) = unbounded::<Wanted>();
        let (written, writes) = bounded::<Written>(MOST_WAITING);
        let (alive, is_written) = bounded::<()>(0);
        let room = Room {
            disk,
            reports,
            seen: Arc::default(),
            experiment,
        };
        for reader in 0..READERS {
            let (room, wants) = (room.clone(), wants.clone());
            let thread = std::thread::Builder::new().name(format!("tier-{reader}"));
            let started = thread.spawn(move || {
                for wanted in wants {
                    room.serve(wanted);
                }
            });
            started.ok()?;
        }
        let thread = std::thread::Builder::new().name("tier-writer".to_owned());
        let writer = thread.spawn(move || {
            room.write_all(&writes);
            drop(alive);
        });
        Some(Self {
            wanted,
            written,
            writer: writer.ok(),
            is_written,
        })
    }

    fn want(&self, wanted: Wanted) {
        // The readers live as long as this does.
        let _ = self.wanted.send(wanted);
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

    /// Remembers what names stand for, for later sessions to tell what has changed, and waits a moment
    /// for what is still to be written.
    pub(super) fn close(self, names: Vec<(ResourceName, ContentId, Parts)>) {
        if !names.is_empty() {
            // Where too much is waiting, no reasons are told later.
            let _ = self.written.try_send(Written::Seen(names));
        }
        let Self {
            wanted,
            written,
            writer,
            is_written,
        } = self;
        drop((wanted, written));
        let ended = is_written.recv_timeout(PATIENCE);
        if let (Err(crossbeam_channel::RecvTimeoutError::Disconnected), Some(writer)) =
            (ended, writer)
        {
            let _ = writer.join();
        }
    }
}

fn reason_of(error: &TierError) -> MissReason {
    match error {
        TierError::Corrupt(_) => MissReason::CorruptEntry,
        TierError::Down(_) | TierError::Refused(_) => MissReason::TierDown,
    }
}

fn named(parts: &Parts) -> Vec<(String, ContentId)> {
    let parts = parts.iter();
    parts.map(|(name, id)| (name.0.to_string(), *id)).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    since_1970.map_or(0, |time| time.as_secs())
}
