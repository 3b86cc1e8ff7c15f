//! One process makes what several want: the others wait until it is there, as long as that is expected to
//! take, and nobody in the engine waits with them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendError, Sender};

use super::asking::id_in;
use super::sharing::{Reach, shared_id};
use super::{Answer, Room, named};
use crate::engine::Probe;
use crate::engine::tier::{Lease, Leases, Tier as _};
use crate::resource::Key;
use crate::session::workers::Report;
use crate::vocabulary::{ContentId, ResourceName, TierName};

/// What takes less time to make, in seconds, is not worth a lease.
const WORTH: f64 = 0.020;
/// How long somebody waits where nobody knows how long it takes to make.
const UNKNOWN: Duration = Duration::from_secs(20);
/// How often it is looked whether others are done.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often leases are renewed.
const RENEW_EVERY: Duration = Duration::from_secs(1);
/// A lease is given back when making takes so many times as long as expected, or so long at least.
const TOO_LONG: u32 = 4;
const LONG: Duration = Duration::from_secs(30);

/// A question that waits for another process.
pub(super) struct Waiting {
    pub(super) id: ContentId,
    pub(super) probe: Probe<Key>,
    pub(super) name: ResourceName,
    pub(super) reach: Reach,
    /// What was found before.
    pub(super) answer: Answer,
    pub(super) since: Instant,
}

impl Waiting {
    fn is_patient(&self) -> bool {
        self.since.elapsed() < expected(self.reach)
    }
}

fn expected(reach: Reach) -> Duration {
    let known = reach.seconds.map(Duration::try_from_secs_f64);
    known.and_then(Result::ok).unwrap_or(UNKNOWN)
}

/// Leases of one entry.
struct Held {
    leases: Vec<(TierName, Arc<dyn Lease>)>,
    until: Instant,
}

/// The leases that this session has.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<ContentId, Held>>);

impl Flights {
    fn held(&self) -> MutexGuard<'_, HashMap<ContentId, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A value is in a tier, or will not be: others need not wait for it there any more.
    pub(super) fn let_go(&self, id: ContentId, of: Option<TierName>) {
        let mut held = self.held();
        let Some(flight) = held.get_mut(&id) else {
            return;
        };
        let (gone, left) = std::mem::take(&mut flight.leases)
            .into_iter()
            .partition(|(tier, _)| of.is_none_or(|of| of == *tier));
        flight.leases = left;
        if flight.leases.is_empty() {
            held.remove(&id);
        }
        // Giving back takes a message: nobody else is to wait for that.
        drop(held);
        let gone: Vec<(TierName, Arc<dyn Lease>)> = gone;
        drop(gone);
    }

    fn let_all_go(&self) {
        let all = std::mem::take(&mut *self.held());
        drop(all);
    }

    /// Renews what is still wanted, and lets go of what takes too long.
    fn renew(&self) {
        let now = Instant::now();
        let mut held = self.held();
        let gone: Vec<Held> = held
            .extract_if(|_, flight| flight.until <= now)
            .map(|(_, f)| f)
            .collect();
        let leases = held.values().flat_map(|flight| &flight.leases);
        let leases: Vec<Arc<dyn Lease>> = leases.map(|(_, lease)| lease.clone()).collect();
        drop(held);
        drop(gone);
        for lease in leases {
            lease.renew();
        }
    }

    fn is_empty(&self) -> bool {
        self.held().is_empty()
    }
}

impl Room {
    /// Takes the leases of an entry; false where another process has one of them.
    fn take_leases(&self, id: ContentId, reach: Reach) -> bool {
        let disk = self.disk.as_ref().map(|disk| {
            let leases: &dyn Leases = &**disk;
            (TierName::Disk, leases, id)
        });
        let shared = self.shared.as_ref().filter(|_| reach.is_shared);
        let shared = shared
            .filter(|shared| shared.cache.has_leases())
            .map(|shared| {
                let leases: &dyn Leases = &*shared.cache;
                (TierName::Shared, leases, shared_id(id))
            });
        let mut taken = Vec::new();
        for (tier, leases, id) in disk.into_iter().chain(shared) {
            match leases.take(id) {
                Ok(Some(lease)) => taken.push((tier, lease)),
                Ok(None) => return false,
                // Where nobody says who makes it, everybody does.
                Err(_) => {}
            }
        }
        if !taken.is_empty() {
            let flight = Held {
                leases: taken,
                until: Instant::now() + (expected(reach) * TOO_LONG).max(LONG),
            };
            self.flights.held().insert(id, flight);
        }
        true
    }

    /// What to answer where no tier has what is asked for: that it is to be made here, or nothing yet,
    /// since another process makes it.
    pub(super) fn make_or_wait(&self, waiting: Waiting) -> Option<Report> {
        let is_worth_it = waiting.reach.seconds.is_none_or(|seconds| seconds >= WORTH);
        if !is_worth_it || !waiting.reach.is_shared {
            return Some(waiting.missed());
        }
        let Some(queue) = &self.waiting else {
            return Some(waiting.missed());
        };
        if !self.take_leases(waiting.id, waiting.reach) {
            return match queue.send(Word::Waits(Box::new(waiting))) {
                Err(SendError(Word::Waits(waiting))) => Some(waiting.missed()),
                _ => None,
            };
        }
        let _ = queue.send(Word::Taken);
        // Who had it before may have stored it between the two questions.
        let disk = self.disk.as_ref();
        let is_there = disk.is_some_and(|disk| matches!(disk.find(waiting.id), Ok(Some(_))));
        if !is_there {
            return Some(waiting.missed());
        }
        Some(
            self.look_again(waiting)
                .unwrap_or_else(|missed| missed.missed()),
        )
    }

    /// The answer, if another process has stored it meanwhile.
    fn look_again(&self, waiting: Waiting) -> Result<Report, Box<Waiting>> {
        let is_there = self
            .tiers(waiting.reach)
            .any(|(tier, asked)| matches!(asked.find(id_in(tier, waiting.id)), Ok(Some(_))));
        if !is_there {
            return Err(Box::new(waiting));
        }
        let parts = named(&waiting.probe.parts);
        let (answer, found) = self.find((waiting.id, &waiting.name, &parts), waiting.reach);
        self.flights.let_go(waiting.id, None);
        let Probe {
            key, generation, ..
        } = waiting.probe;
        Ok(Report::Probed(key, generation, answer, found))
    }

    /// Waits for other processes, on behalf of everybody who does; ends when nobody can any more.
    pub(super) fn wait_for_others(&self, queue: &Receiver<Word>) {
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut renewed = Instant::now();
        let mut is_open = true;
        while is_open || !waiting.is_empty() {
            // Where nobody waits and nothing is to be renewed, nobody wakes up.
            let more = match (waiting.is_empty(), self.flights.is_empty()) {
                (false, _) => queue.recv_timeout(LOOK_EVERY),
                (true, false) => queue.recv_timeout(RENEW_EVERY),
                (true, true) => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match more {
                Ok(Word::Waits(more)) => waiting.push(*more),
                Ok(Word::GivenUp) => self.flights.let_all_go(),
                Ok(Word::Taken) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => is_open = false,
            }
            if renewed.elapsed() >= RENEW_EVERY {
                self.flights.renew();
                renewed = Instant::now();
            }
            for one in std::mem::take(&mut waiting) {
                let report = match self.look_again(one) {
                    Ok(report) => report,
                    Err(one) if !is_open || !one.is_patient() => one.missed(),
                    Err(one) if self.take_leases(one.id, one.reach) => {
                        // It may have been stored since.
                        self.look_again(*one).unwrap_or_else(|one| one.missed())
                    }
                    Err(one) => {
                        waiting.push(*one);
                        continue;
                    }
                };
                let _ = self.reports.send(report);
            }
        }
        self.flights.let_all_go();
    }
}

impl Waiting {
    /// It is to be made here.
    fn missed(self) -> Report {
        let Probe {
            key, generation, ..
        } = self.probe;
        Report::Probed(key, generation, self.answer, None)
    }
}

/// What whoever waits for other processes hears.
pub(super) enum Word {
    /// Another question waits.
    Waits(Box<Waiting>),
    /// There is a lease to renew.
    Taken,
    /// Something has failed or was given up: whatever it was, other processes may begin with it.
    GivenUp,
}

/// Where it is heard.
pub(super) type Queue = Sender<Word>;
