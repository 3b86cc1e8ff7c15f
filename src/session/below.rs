//! The tiers below memory, as a session uses them: threads that ask, read and write, so that neither
//! the engine nor a worker ever waits for one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::driver::Driver;
use super::identity::Identity;
use super::recall::{self, Recalled};
use super::workers::Report;
use crate::dimension::{self, Findings};
use crate::disk_cache::{DiskCache, Pruned, Seen, SeenContent};
use crate::display;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id, file_id};
use crate::engine::{Fetch, Fetched, Loaded, Parts, Probe, Storage, Store, Workload};
use crate::event::EventKind;
use crate::resource::source::stamp;
use crate::resource::{Catalogue, Key, Resource, kept};
use crate::vocabulary::{ContentId, Dimension, MissReason, ResourceName, TierLookup, TierName};

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

impl Room {
    fn serve(&self, wanted: Wanted) {
        let report = match wanted {
            Wanted::Probe(probe, name) => {
                let started = Instant::now();
                let id = entry_id(probe.content, kept::MAKER);
                let found = self.disk.find(id);
                let (lookup, entry) = self.judge(&name, &named(&probe.parts), found);
                let answer = Answer {
                    lookup,
                    seconds: started.elapsed().as_secs_f64(),
                };
                Report::Probed(probe.key, probe.generation, answer, entry)
            }
            Wanted::Fetch(fetch, catalogue) => self.fetch(*fetch, &catalogue),
            Wanted::Outcome(dimension, identity) => self.recall(dimension, &identity),
            Wanted::Results(files) => Report::ResultsFound(self.results(&files)),
            Wanted::Scores(content) => {
                let found = self.disk.find(entry_id(content, kept::MAKER));
                Report::ScoresFound(found.is_ok_and(|found| found.is_some()))
            }
        };
        let _ = self.reports.send(report);
    }

    /// What was found, in the words of the log.
    fn judge(
        &self,
        name: &ResourceName,
        parts: &[(String, ContentId)],
        found: Result<Option<TierEntry>, TierError>,
    ) -> (TierLookup, Option<TierEntry>) {
        match found {
            Ok(Some(entry)) => {
                let hit = TierLookup::Hit {
                    bytes: entry.body_bytes,
                    saved_seconds: entry.seconds,
                    age_seconds: now().saturating_sub(entry.stored_at),
                };
                (hit, Some(entry))
            }
            Ok(None) => {
                let seen = self.seen.get_or_init(|| self.disk.seen(self.experiment.0));
                let changed = seen.changed_part(&name.0, parts);
                let reason =
                    changed.map_or(MissReason::FirstTouch, |part| MissReason::InputChanged {
                        part: ResourceName::from(part.as_str()),
                    });
                (TierLookup::Miss(reason), None)
            }
            Err(error) => (TierLookup::Miss(reason_of(&error)), None),
        }
    }

    /// The dimensions of which results were kept; none where a file is not known as it is.
    fn results(&self, files: &[(ResourceName, PathBuf)]) -> Vec<Dimension> {
        let seen = self.seen.get_or_init(|| self.disk.seen(self.experiment.0));
        let has_result = |dimension: &Dimension| {
            let name = recall::name_of(*dimension);
            seen.names.contains_key(&*name.0)
        };
        let dimensions: Vec<Dimension> = Dimension::ALL.into_iter().filter(has_result).collect();
        // Nobody has ever asked for the others: no result rests on them.
        let was_asked_for =
            |(name, _): &&(ResourceName, PathBuf)| seen.names.contains_key(&*name.0);
        let is_known = |(_, file): &(ResourceName, PathBuf)| {
            let id = stamp(file).map(|stamp| entry_id(file_id(&stamp), kept::MAKER));
            let found = id.map(|id| self.disk.find(id));
            matches!(found, Some(Ok(Some(_))))
        };
        if dimensions.is_empty() || !files.iter().filter(was_asked_for).all(is_known) {
            return Vec::new();
        }
        dimensions
    }

    fn recall(&self, dimension: Dimension, identity: &Identity) -> Report {
        let started = Instant::now();
        let id = entry_id(identity.id, dimension::FORMULAS);
        let read = self.disk.find(id).and_then(|found| match found {
            Some(entry) => Ok(self.disk.read(id)?.map(|body| (entry, body))),
            None => Ok(None),
        });
        let (found, recalled) = match read {
            Ok(Some((entry, body))) => match recall::from_bytes(&body) {
                Some(findings) => {
                    let recalled = Recalled {
                        findings,
                        age_seconds: now().saturating_sub(entry.stored_at),
                        seconds: entry.seconds,
                    };
                    (Ok(Some(entry)), Some(recalled))
                }
                None => (Ok(None), None),
            },
            Ok(None) => (Ok(None), None),
            Err(error) => (Err(error), None),
        };
        let name = recall::name_of(dimension);
        let (lookup, _) = self.judge(&name, &identity.parts, found);
        let answer = Answer {
            lookup,
            seconds: started.elapsed().as_secs_f64(),
        };
        Report::Recalled(dimension, identity.id, answer, recalled)
    }

    fn fetch(&self, fetch: Fetch<Key>, catalogue: &Catalogue) -> Report {
        let started = Instant::now();
        let is_wanted = !fetch.cancel.is_cancelled();
        let id = entry_id(fetch.content, kept::MAKER);
        let read = if is_wanted {
            self.disk.read(id)
        } else {
            Ok(None)
        };
        let (body, failure) = match read {
            Ok(Some(body)) => (Some(body), None),
            Ok(None) => (None, is_wanted.then_some(MissReason::FirstTouch)),
            Err(error) => (None, Some(reason_of(&error))),
        };
        let bytes = body.as_ref().map_or(0, Vec::len) as u64;
        let value = body.and_then(|body| {
            crate::engine::pool::contained(|| {
                kept::from_bytes(catalogue, &fetch.key, &body, fetch.stamp)
            })
            .ok()
            .flatten()
        });
        let entry = fetch.entry;
        let seconds = started.elapsed().as_secs_f64();
        let fetched = Fetched {
            key: fetch.key,
            generation: fetch.generation,
            lane: fetch.lane,
            seconds,
            loaded: value.map(|value| Loaded {
                value,
                bytes: entry.bytes,
                mapped_bytes: 0,
                exact: entry.exact,
                detail: entry.detail,
            }),
        };
        Report::Fetched(fetched, bytes, failure)
    }

    fn write_all(&self, writes: &Receiver<Written>) {
        let mut seen: BTreeMap<String, SeenContent> = BTreeMap::new();
        let at = now();
        for write in writes {
            match write {
                Written::Resource(store, catalogue, name) => {
                    self.keep(*store, &catalogue, &name);
                }
                Written::Outcome(dimension, identity, findings, seconds) => {
                    let name = recall::name_of(dimension);
                    self.keep_outcome(&name, &identity, &findings, seconds);
                    let content = SeenContent {
                        content: identity.id,
                        parts: identity.parts,
                        at,
                    };
                    seen.insert(name.0.to_string(), content);
                }
                Written::Clear => {
                    let cleared = self.disk.clear();
                    let _ = self.reports.send(Report::Cleared(cleared));
                }
                Written::Seen(names) => {
                    seen.extend(names.into_iter().map(|(name, content, parts)| {
                        let parts = named(&parts);
                        (name.0.to_string(), SeenContent { content, parts, at })
                    }));
                }
            }
        }
        if !seen.is_empty() {
            let (id, name) = &self.experiment;
            self.disk.remember((*id, name), seen);
        }
    }

    fn keep(&self, store: Store<Key, Resource>, catalogue: &Catalogue, name: &ResourceName) {
        let started = Instant::now();
        if !kept::is_settled(catalogue, &store.key) {
            return;
        }
        let Some(body) = kept::to_bytes(catalogue, &store.key, &store.value) else {
            return;
        };
        drop(store.value);
        let entry = TierEntry {
            name: name.0.to_string(),
            body_bytes: body.len() as u64,
            bytes: store.bytes,
            seconds: store.seconds,
            stored_at: now(),
            exact: store.exact,
            detail: store.detail,
            parts: named(&store.parts),
        };
        let id = entry_id(store.content, kept::MAKER);
        let kept = self.disk.write(id, &entry, &body);
        let seconds = started.elapsed().as_secs_f64();
        self.told(name, kept.map(|()| (entry.body_bytes, seconds)));
    }
}

impl Room {
    fn keep_outcome(
        &self,
        name: &ResourceName,
        identity: &Identity,
        findings: &Findings,
        seconds: f64,
    ) {
        let started = Instant::now();
        let Some(body) = recall::to_bytes(findings) else {
            return;
        };
        let entry = TierEntry {
            name: name.0.to_string(),
            body_bytes: body.len() as u64,
            bytes: body.len() as u64,
            seconds,
            stored_at: now(),
            exact: true,
            detail: format!("{} metrics", findings.metrics.len()),
            parts: identity.parts.clone(),
        };
        let id = entry_id(identity.id, dimension::FORMULAS);
        let kept = self.disk.write(id, &entry, &body);
        self.told(
            name,
            kept.map(|()| (entry.body_bytes, started.elapsed().as_secs_f64())),
        );
    }

    fn told(&self, name: &ResourceName, kept: Result<(u64, f64), TierError>) {
        let _ = self.reports.send(Report::Kept(name.clone(), kept));
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

impl Driver {
    pub(super) fn probe(&mut self, probe: Box<Probe<Key>>) {
        let name = self.name_of(&probe.key);
        match &self.below {
            Some(below) => below.want(Wanted::Probe(probe, name)),
            None => self.engine.probed(&probe.key, probe.generation, None),
        }
    }

    pub(super) fn fetch(&mut self, fetch: Box<Fetch<Key>>) {
        if let Some(below) = &self.below {
            below.want(Wanted::Fetch(fetch, self.catalogue.clone()));
        }
    }

    pub(super) fn store(&mut self, store: Box<Store<Key, Resource>>) {
        self.has_stored = true;
        let name = self.name_of(&store.key);
        let Some(below) = &self.below else {
            return;
        };
        let written = Written::Resource(store, self.catalogue.clone(), name.clone());
        if below.written.try_send(written).is_err() {
            self.not_kept(name, "too much is waiting to be written".to_owned());
        }
    }

    /// Keeps what a dimension has found.
    pub(super) fn keep_outcome(
        &mut self,
        dimension: Dimension,
        identity: Identity,
        findings: &Findings,
        seconds: f64,
    ) {
        let Some(below) = &self.below else {
            return;
        };
        let (identity, findings) = (Box::new(identity), Box::new(findings.clone()));
        let written = Written::Outcome(dimension, identity, findings, seconds);
        if below.written.try_send(written).is_err() {
            let reason = "too much is waiting to be written".to_owned();
            self.not_kept(recall::name_of(dimension), reason);
        }
    }

    fn not_kept(&mut self, name: ResourceName, reason: String) {
        self.emit(EventKind::TierRefused {
            name,
            tier: TierName::Disk,
            reason,
        });
    }

    /// Has all forgotten that is kept on the disk.
    pub(super) fn clear_disk(&mut self) {
        match &self.below {
            None => self.notice("nothing is kept on the disk in this session", false),
            Some(below) if below.clear() => {}
            Some(_) => self.notice("the disk is busy: try again", true),
        }
    }

    pub(super) fn disk_cleared(&mut self, cleared: Pruned) {
        let noun = if cleared.entries == 1 {
            "entry"
        } else {
            "entries"
        };
        let (entries, freed) = (cleared.entries, display::bytes(cleared.bytes));
        self.notice(
            format!("disk cache cleared: {entries} {noun}, {freed} freed"),
            false,
        );
    }

    /// Takes what a tier has said of a key.
    pub(super) fn probed(
        &mut self,
        key: &Key,
        generation: u64,
        answer: Answer,
        entry: Option<TierEntry>,
    ) {
        let name = self.name_of(key);
        let is_over = self.is_expired(key, &answer.lookup);
        let (lookup, entry) = if is_over {
            (TierLookup::Miss(MissReason::Expired), None)
        } else {
            (answer.lookup, entry)
        };
        self.emit(EventKind::TierAsked {
            name,
            tier: TierName::Disk,
            lookup,
            seconds: answer.seconds,
        });
        self.engine.probed(key, generation, entry);
    }

    /// Is what a tier has of an entry of the prediction cache older than it may be?
    fn is_expired(&self, key: &Key, lookup: &TierLookup) -> bool {
        let age = match lookup {
            TierLookup::Hit { age_seconds, .. } => *age_seconds,
            TierLookup::Miss(_) => return false,
        };
        let is_entry = self.catalogue.storage(key) == Storage::Cache;
        is_entry
            && self
                .settings
                .ttl_seconds
                .is_some_and(|ttl| age as f64 > ttl)
    }

    /// Takes what a tier has given.
    pub(super) fn fetched(
        &mut self,
        fetched: Fetched<Key, Resource>,
        bytes: u64,
        failure: Option<MissReason>,
    ) {
        let name = self.name_of(&fetched.key);
        let (tier, seconds) = (TierName::Disk, fetched.seconds);
        if fetched.loaded.is_some() {
            self.emit(EventKind::TierRead {
                name,
                tier,
                bytes,
                seconds,
            });
        } else if let Some(reason) = failure {
            self.emit(EventKind::TierAsked {
                name,
                tier,
                lookup: TierLookup::Miss(reason),
                seconds,
            });
        }
        let value = fetched.loaded.as_ref().map(|loaded| &loaded.value);
        let file = value.and_then(|value| self.file_of(&fetched.key, Ok(value)));
        self.engine.fetched(fetched);
        self.follow_effects();
        self.file_was_read(file);
    }

    /// Takes whether a tier keeps something.
    pub(super) fn kept(&mut self, name: ResourceName, kept: Result<(u64, f64), TierError>) {
        match kept {
            Ok((bytes, seconds)) => self.emit(EventKind::TierWritten {
                name,
                tier: TierName::Disk,
                bytes,
                seconds,
            }),
            Err(error) => self.not_kept(name, error.to_string()),
        }
    }
}
