//! What readers do: ask tiers, and read what they have.

use std::path::PathBuf;
use std::time::Instant;

use super::flights::Waiting;
use super::sharing::{Reach, shared_id};
use super::{Answer, Room, Wanted, Written, named, now, reason_of};
use crate::dimension;
use crate::disk_cache::Seen;
use crate::engine::pool::contained;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id, file_id};
use crate::engine::{Fetch, Fetched, Loaded, Probe};
use crate::resource::source::stamp;
use crate::resource::{Catalogue, Key, kept};
use crate::session::identity::Identity;
use crate::session::recall::{self, Recalled};
use crate::session::workers::Report;
use crate::vocabulary::{ContentId, Dimension, MissReason, ResourceName, TierLookup, TierName};

impl Room {
    pub(super) fn serve(&self, wanted: Wanted) {
        let report = match wanted {
            Wanted::Probe(probe, name, reach) => match self.probe(*probe, name, reach) {
                Some(report) => report,
                None => return,
            },
            Wanted::Fetch(fetch, catalogue) => self.fetch(*fetch, &catalogue),
            Wanted::Outcome(dimension, identity) => self.recall(dimension, &identity),
            Wanted::Results(files) => Report::ResultsFound(self.results(&files)),
            Wanted::Scores(content) => Report::ScoresFound(self.has_scores(content)),
            Wanted::BaselineScores(contents) => {
                let scores = contents.iter().map(|content| self.scores_of(*content));
                let scores = scores.collect();
                Report::BaselineScores(contents, scores)
            }
        };
        let _ = self.reports.send(report);
    }

    /// The tiers that may have a value, the nearest first.
    pub(super) fn tiers(&self, reach: Reach) -> impl Iterator<Item = (TierName, &dyn Tier)> {
        let parts = self.parts.as_ref().filter(|_| reach.is_scored);
        let parts = parts.and_then(|parts| parts.get());
        let parts = parts.map(|parts| (TierName::Parts, &**parts as &dyn Tier));
        let disk = self
            .disk
            .as_ref()
            .map(|disk| (TierName::Disk, &**disk as &dyn Tier));
        let shared = self.shared.as_ref().filter(|_| reach.is_shared);
        let shared = shared.map(|shared| (TierName::Shared, &*shared.cache as &dyn Tier));
        parts.into_iter().chain(disk).chain(shared)
    }

    /// Asks one tier after the other until one has an entry, and takes what is wanted of it.
    fn ask<T>(
        &self,
        (id, name, parts): (ContentId, &ResourceName, &[(String, ContentId)]),
        reach: Reach,
        take: impl Fn(&dyn Tier, ContentId) -> Result<Option<(TierEntry, T)>, TierError>,
    ) -> (Answer, Option<(TierEntry, T)>) {
        let mut last: Option<Answer> = None;
        for (tier, asked) in self.tiers(reach) {
            if let Some(answer) = last.take() {
                let _ = self.reports.send(Report::AskedInVain(name.clone(), answer));
            }
            let started = Instant::now();
            let (lookup, found) = if self.is_worth_asking(tier, reach) {
                let found = take(asked, id_in(tier, id));
                self.tell_state(tier, &found);
                self.judge((tier, reach), name, parts, found)
            } else {
                (TierLookup::Miss(MissReason::CheaperToMake), None)
            };
            let answer = Answer {
                tier,
                lookup,
                seconds: started.elapsed().as_secs_f64(),
            };
            if found.is_some() {
                return (answer, found);
            }
            last = Some(answer);
        }
        let nobody = Answer {
            tier: TierName::Disk,
            lookup: TierLookup::Miss(MissReason::FirstTouch),
            seconds: 0.0,
        };
        (last.unwrap_or(nobody), None)
    }

    fn is_worth_asking(&self, tier: TierName, reach: Reach) -> bool {
        let shared = self.shared.as_ref().filter(|_| tier == TierName::Shared);
        shared.is_none_or(|shared| shared.is_worth_asking(reach))
    }

    /// What was found, in the words of the log.
    fn judge<T>(
        &self,
        (tier, reach): (TierName, Reach),
        name: &ResourceName,
        parts: &[(String, ContentId)],
        found: Result<Option<(TierEntry, T)>, TierError>,
    ) -> (TierLookup, Option<(TierEntry, T)>) {
        match found {
            Ok(Some((entry, taken))) => {
                let shared = self.shared.as_ref().filter(|_| tier == TierName::Shared);
                if shared.is_some_and(|shared| !shared.is_worth_moving(&entry, reach)) {
                    return (TierLookup::Miss(MissReason::CheaperToMake), None);
                }
                let hit = TierLookup::Hit {
                    bytes: entry.body_bytes,
                    saved_seconds: entry.seconds,
                    age_seconds: now().saturating_sub(entry.stored_at),
                };
                (hit, Some((entry, taken)))
            }
            Ok(None) => {
                let changed = self.seen().changed_part(&name.0, parts);
                let reason =
                    changed.map_or(MissReason::FirstTouch, |part| MissReason::InputChanged {
                        part: ResourceName::from(part.as_str()),
                    });
                (TierLookup::Miss(reason), None)
            }
            Err(error) => (TierLookup::Miss(reason_of(&error)), None),
        }
    }

    /// What names stood for in earlier sessions; nothing without a disk to remember it.
    fn seen(&self) -> &Seen {
        self.seen.get_or_init(|| {
            let disk = self.disk.as_ref();
            disk.map_or_else(Seen::default, |disk| disk.seen(self.experiment.0))
        })
    }

    /// Asks for an entry without its body.
    pub(super) fn find(
        &self,
        asked: (ContentId, &ResourceName, &[(String, ContentId)]),
        reach: Reach,
    ) -> (Answer, Option<TierEntry>) {
        let find = |tier: &dyn Tier, id| Ok(tier.find(id)?.map(|entry| (entry, ())));
        let (answer, found) = self.ask(asked, reach, find);
        (answer, found.map(|(entry, ())| entry))
    }

    /// The answer to a question of the engine; none as long as another process makes what it is about.
    fn probe(&self, probe: Probe<Key>, name: ResourceName, reach: Reach) -> Option<Report> {
        let id = entry_id(probe.content, kept::MAKER);
        let (answer, entry) = self.find((id, &name, &named(&probe.parts)), reach);
        if entry.is_some() {
            let Probe {
                key, generation, ..
            } = probe;
            return Some(Report::Probed(key, generation, answer, entry));
        }
        self.make_or_wait(Waiting {
            id,
            probe,
            name,
            reach,
            answer,
            since: Instant::now(),
        })
    }

    fn has_scores(&self, content: ContentId) -> bool {
        let id = entry_id(content, kept::MAKER);
        self.tiers(Reach::SCORES)
            .any(|(tier, asked)| matches!(asked.find(id_in(tier, id)), Ok(Some(_))))
    }

    /// The scores that an earlier run has left, from the nearest tier that has them.
    fn scores_of(&self, content: ContentId) -> Option<Vec<f64>> {
        let (_, read) = self.body(entry_id(content, kept::MAKER), Reach::ALL);
        let body = read.ok().flatten()?;
        contained(|| kept::scores_of(&body)).ok().flatten()
    }

    /// The dimensions of which results were kept; none where a file is not known as it is.
    fn results(&self, files: &[(ResourceName, PathBuf)]) -> Vec<Dimension> {
        let seen = self.seen();
        let Some(disk) = &self.disk else {
            return Vec::new();
        };
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
            let found = id.map(|id| disk.find(id));
            matches!(found, Some(Ok(Some(_))))
        };
        if dimensions.is_empty() || !files.iter().filter(was_asked_for).all(is_known) {
            return Vec::new();
        }
        dimensions
    }

    fn recall(&self, dimension: Dimension, identity: &Identity) -> Report {
        let id = entry_id(identity.id, dimension::FORMULAS);
        let name = recall::name_of(dimension);
        let read = |tier: &dyn Tier, id| {
            let Some(entry) = tier.find(id)? else {
                return Ok(None);
            };
            let body = tier.read(id)?;
            let findings = body.and_then(|body| Some((recall::from_bytes(&body)?, body)));
            Ok(findings.map(|findings| (entry, findings)))
        };
        let (answer, found) = self.ask((id, &name, &identity.parts), Reach::ALL, read);
        let recalled = found.map(|(entry, (findings, body))| {
            let recalled = Recalled {
                findings,
                tier: answer.tier,
                age_seconds: now().saturating_sub(entry.stored_at),
                seconds: entry.seconds,
            };
            self.copy(answer.tier, id, entry, body);
            recalled
        });
        Report::Recalled(dimension, identity.id, answer, recalled)
    }

    /// Has the disk keep what the shared tier gave, or the parts of a run.
    fn copy(&self, from: TierName, id: ContentId, entry: TierEntry, body: Vec<u8>) {
        let shared = self.shared.as_ref().filter(|_| from == TierName::Shared);
        let is_wanted =
            from == TierName::Parts || shared.is_some_and(|shared| shared.cache.is_trusted());
        if let Some(copies) = self
            .copies
            .as_ref()
            .filter(|_| is_wanted && self.disk.is_some())
        {
            // Where too much is waiting, it is fetched again next time.
            let _ = copies.try_send(Written::Copy(id, Box::new(entry), body));
        }
    }

    /// The body of an entry from the nearest tier that has it, and which that is.
    fn body(&self, id: ContentId, reach: Reach) -> (TierName, Result<Option<Vec<u8>>, TierError>) {
        let mut last = (TierName::Disk, Ok(None));
        for (tier, asked) in self.tiers(reach) {
            let read = asked.read(id_in(tier, id));
            self.tell_state(tier, &read);
            last = (tier, read);
            if matches!(last.1, Ok(Some(_))) {
                break;
            }
        }
        last
    }

    fn fetch(&self, fetch: Fetch<Key>, catalogue: &Catalogue) -> Report {
        let started = Instant::now();
        let is_wanted = !fetch.cancel.is_cancelled();
        let id = entry_id(fetch.content, kept::MAKER);
        let (tier, read) = if is_wanted {
            self.body(id, Reach::of(catalogue, &fetch.key))
        } else {
            (TierName::Disk, Ok(None))
        };
        let (body, failure) = match read {
            Ok(Some(body)) => (Some(body), None),
            Ok(None) => (None, is_wanted.then_some(MissReason::FirstTouch)),
            Err(error) => (None, Some(reason_of(&error))),
        };
        let bytes = body.as_ref().map_or(0, Vec::len) as u64;
        let value = body.as_ref().and_then(|body| {
            contained(|| kept::from_bytes(catalogue, &fetch.key, body, fetch.stamp))
                .ok()
                .flatten()
        });

        let entry = fetch.entry;
        if let (TierName::Parts, Some(_), Some(body)) = (tier, &value, body) {
            self.copy(tier, id, entry.clone(), body);
        }
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
        Report::Fetched(fetched, tier, bytes, failure)
    }
}

/// What an entry is called in a tier.
pub(super) fn id_in(tier: TierName, id: ContentId) -> ContentId {
    match tier {
        TierName::Parts | TierName::Disk => id,
        TierName::Shared => shared_id(id),
    }
}
