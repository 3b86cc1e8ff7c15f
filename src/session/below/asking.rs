//! What readers do: ask tiers, and read what they have.

use std::path::PathBuf;
use std::time::Instant;

use super::{Answer, Room, Wanted, named, now, reason_of};
use crate::dimension;
use crate::engine::pool::contained;
use crate::engine::tier::{Tier, TierEntry, TierError, entry_id, file_id};
use crate::engine::{Fetch, Fetched, Loaded};
use crate::resource::source::stamp;
use crate::resource::{Catalogue, Key, kept};
use crate::session::identity::Identity;
use crate::session::recall::{self, Recalled};
use crate::session::workers::Report;
use crate::vocabulary::{ContentId, Dimension, MissReason, ResourceName, TierLookup};

impl Room {
    pub(super) fn serve(&self, wanted: Wanted) {
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
            contained(|| kept::from_bytes(catalogue, &fetch.key, &body, fetch.stamp))
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
}
