//! The shared tier: entries that several machines have in common, in a Redis or Valkey server, in an
//! S3-compatible bucket, or small ones in the one and large ones in the other.
//!
//! ```text
//! PREFIX/v1/ac/KEY       what an entry is, with its body up to 128 KB: in Redis where there is one
//! PREFIX/v1/cas/DIGEST   larger bodies, by the digest of their bytes: in the bucket
//! ```
//!
//! A key is what it stands for, so entries never change and nothing is ever invalidated: whoever finds
//! one, whenever, finds the same. Servers may be slow, sick or in the wrong hands: nobody waits for one
//! longer than a second in all, and what it gives is held against its digest and its seal.

mod breaker;
mod guarded;
mod lease;
mod object_store;
mod opening;
mod pace;
mod redis_server;
mod seal;
mod secrets;
mod server;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use opening::Opened;
pub use secrets::{BucketKeys, KEY, Secrets, URL};

use crate::disk_cache::{Body, Record};
use crate::engine::tier::{Tier, TierEntry, TierError};
use crate::vocabulary::{ContentId, TierState};
use breaker::{Admission, Breaker};
use guarded::Guarded;
use lease::LeaseServer;
use seal::{Broken, Sealer};
use server::{ANSWER, TRANSFER};

/// Bodies up to this size are in their records; Redis suffers from larger values.
const SMALL_BODY: usize = 128 << 10;
/// More than any record takes beside its body.
const MOST_HEAD: u64 = 256 << 10;
/// Records with their bodies that were found, and not read yet.
const MOST_FOUND: usize = 64;

/// Entries that several machines have in common.
pub struct SharedCache {
    records: Arc<Guarded>,
    /// Where larger bodies are; none: they are not shared.
    bodies: Option<Arc<Guarded>>,
    /// Who says who makes what; a bucket cannot.
    leases: Option<LeaseServer>,
    prefix: String,
    sealer: Sealer,
    may_write: bool,
    is_trusted: bool,
    /// Whether it takes what is written.
    writes: Mutex<Breaker>,
    /// What was found: whoever reads it next need not ask again.
    found: Mutex<HashMap<ContentId, Record>>,
    has_foreign: AtomicBool,
}

impl SharedCache {
    /// Is what is made here written to it?
    pub fn is_written(&self) -> bool {
        self.may_write
    }

    /// Does it say who makes what?
    pub fn has_leases(&self) -> bool {
        self.may_write && self.leases.is_some()
    }

    /// May what it gives be kept elsewhere too, for sessions that do not know of it?
    pub fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Has it given anything that was not sealed with our key, since this was last asked?
    pub fn take_foreign(&self) -> bool {
        self.has_foreign.swap(false, Ordering::Relaxed)
    }

    /// How it is, and why where it is not well.
    pub fn state(&self) -> (TierState, String) {
        if let Some(reason) = self.records.reason() {
            return (TierState::Down, reason);
        }
        let bodies = self.bodies.as_ref().and_then(|bodies| bodies.reason());
        let writes = self.writes().reason().map(str::to_owned);
        match bodies.or(writes) {
            Some(reason) => (TierState::Degraded, reason),
            None => (TierState::Ok, String::new()),
        }
    }

    /// How long it takes to ask for an entry, in seconds: 0 as long as that is not known.
    pub fn seconds_to_ask(&self) -> f64 {
        self.records.expected(0)
    }

    /// How long it takes to move a body of so many bytes, in seconds.
    pub fn seconds_to_move(&self, bytes: u64) -> f64 {
        match &self.bodies {
            Some(bodies) if bytes > SMALL_BODY as u64 => bodies.expected(bytes),
            _ => self.records.expected(bytes),
        }
    }

    fn writes(&self) -> MutexGuard<'_, Breaker> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self) -> MutexGuard<'_, HashMap<ContentId, Record>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, kind: &str, id: ContentId) -> String {
        let text = id.to_string();
        let digits = text.rsplit(':').next().unwrap_or_default();
        format!("{}/v1/{kind}/{digits}", self.prefix)
    }

    fn record(&self, id: ContentId) -> Result<Option<Record>, TierError> {
        let name = self.name("ac", id);
        let most = SMALL_BODY as u64 + MOST_HEAD;
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let bytes = self.records.call(ANSWER, length, move |server, pulse| {
            server.get(&name, most, pulse)
        })?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let record = self.sealer.open(id, &bytes).map_err(|broken| {
            TierError::Corrupt(match broken {
                Broken::NotOne => "what is kept there is no entry".to_owned(),
                Broken::Foreign => {
                    self.has_foreign.store(true, Ordering::Relaxed);
                    format!("it is not sealed with the key of {KEY}")
                }
            })
        })?;
        Record::from_bytes(record, id).map_err(TierError::Corrupt)
    }

    fn body(&self, digest: ContentId, entry: &TierEntry) -> Result<Option<Vec<u8>>, TierError> {
        let Some(bodies) = &self.bodies else {
            let reason = "its body is in a bucket, and none is set (cache.shared.bucket)";
            return Err(TierError::Refused(reason.to_owned()));
        };
        let (name, most) = (self.name("cas", digest), entry.body_bytes);
        // To wait longer than it takes to make it would save nothing.
        let whole = Duration::try_from_secs_f64(entry.seconds).unwrap_or(TRANSFER);
        let moved = |_: &Option<Vec<u8>>| most;
        let bytes = bodies.call(
            whole.clamp(ANSWER, TRANSFER),
            moved,
            move |server, pulse| server.get(&name, most, pulse),
        )?;
        match bytes {
            Some(bytes) if bytes.len() as u64 == most && digest_of(&bytes) == digest => {
                Ok(Some(bytes))
            }
            Some(_) => Err(TierError::Corrupt(
                "its body is not what was written".to_owned(),
            )),
            None => Ok(None),
        }
    }

    fn put(&self, id: ContentId, entry: &TierEntry, body: &[u8]) -> Result<(), TierError> {
        let is_small = body.len() <= SMALL_BODY;
        let digest = (!is_small).then(|| digest_of(body));
        if let Some(digest) = digest {
            let Some(bodies) = &self.bodies else {
                let reason = "it is over 128 KB, and no bucket is set (cache.shared.bucket)";
                return Err(TierError::Refused(reason.to_owned()));
            };
            let (name, bytes) = (self.name("cas", digest), body.to_vec());
            let length = bytes.len() as u64;
            bodies.call_unattended(
                TRANSFER,
                move |()| length,
                move |server, pulse| server.put(&name, &bytes, pulse),
            )?;
        }
        let record = Record {
            entry: entry.clone(),
            body: match digest {
                Some(digest) => Body::Apart(digest),
                None => Body::Here(body.to_vec()),
            },
        };
        let record = record
            .to_bytes(id)
            .map_err(|error| TierError::Refused(error.to_string()))?;
        let (name, bytes) = (self.name("ac", id), self.sealer.close(id, &record));
        let length = bytes.len() as u64;
        self.records.call_unattended(
            TRANSFER,
            move |()| length,
            move |server, pulse| server.put(&name, &bytes, pulse),
        )
    }
}

impl Tier for SharedCache {
    fn find(&self, id: ContentId) -> Result<Option<TierEntry>, TierError> {
        let Some(record) = self.record(id)? else {
            return Ok(None);
        };
        let entry = record.entry.clone();
        let mut found = self.found();
        if found.len() >= MOST_FOUND {
            found.clear();
        }
        found.insert(id, record);
        Ok(Some(entry))
    }

    fn read(&self, id: ContentId) -> Result<Option<Vec<u8>>, TierError> {
        let found = self.found().remove(&id);
        let record = match found {
            Some(found) => found,
            None => match self.record(id)? {
                Some(record) => record,
                None => return Ok(None),
            },
        };
        let body = match record.body {
            Body::Here(bytes) => Some(bytes),
            Body::Apart(digest) => self.body(digest, &record.entry)?,
        };
        if body.is_some() {
            self.records.saved(record.entry.seconds);
            if let Some(bodies) = &self.bodies {
                bodies.saved(record.entry.seconds);
            }
        } else if self.may_write {
            // It leads nowhere.
            let _ = self.remove(id);
        }
        Ok(body)
    }

    fn write(&self, id: ContentId, entry: &TierEntry, body: &[u8]) -> Result<(), TierError> {
        if !self.may_write {
            return Err(TierError::Refused("it is read only".to_owned()));
        }
        let admission = self.writes().admit(Instant::now());
        if let Admission::Refused(reason) = admission {
            return Err(TierError::Refused(reason));
        }
        let written = self.put(id, entry, body);
        let is_too_large = body.len() > SMALL_BODY && self.bodies.is_none();
        let mut writes = self.writes();
        match &written {
            Err(TierError::Refused(reason)) if !is_too_large => {
                writes.failed(Instant::now(), reason.clone());
            }
            _ => {
                writes.tried(Instant::now(), Duration::ZERO, None);
                writes.answered(Instant::now(), Duration::ZERO);
            }
        }
        written
    }

    fn remove(&self, id: ContentId) -> Result<bool, TierError> {
        let name = self.name("ac", id);
        let moved = |_: &bool| 0;
        self.records
            .call(ANSWER, moved, move |server, _| server.remove(&name))
    }
}

fn digest_of(bytes: &[u8]) -> ContentId {
    ContentId::new(*blake3::hash(bytes).as_bytes())
}
