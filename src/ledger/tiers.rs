//! The tiers below memory as the log tells them.

use std::collections::{BTreeMap, HashMap};

use super::{Ledger, Recent};
use crate::event::EventKind;
use crate::vocabulary::{ResourceName, TierLookup, TierName, TierState};

/// What an entry loses at least, in seconds, to be called a loser: less is how long a clock takes.
const LEAST_LOSS: f64 = 1e-3;

/// Figures of a tier below memory since the session began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TierFigures {
    /// Questions that found what they asked for.
    pub hits: u64,
    /// Questions that did not.
    pub misses: u64,
    /// Misses by reason.
    pub miss_reasons: BTreeMap<&'static str, u64>,
    /// Values read.
    pub reads: u64,
    /// Bytes of them.
    pub read_bytes: u64,
    /// Values written.
    pub writes: u64,
    /// Bytes of them.
    pub written_bytes: u64,
    /// Values that it could not keep.
    pub refused: u64,
    /// The middle one of all answers, reads included, in seconds; none before the first.
    pub middle_seconds: Option<f64>,
    /// What the values read would have cost to make, less what it took to ask and to read.
    pub saved_seconds: f64,
    /// The entries that took longer to ask for and to read than to make, and how much longer in seconds,
    /// the worst first.
    pub losing: Vec<(ResourceName, f64)>,
    /// How it is.
    pub state: TierState,
    /// Why, where it is not well.
    pub reason: String,
}

/// A tier as the log tells it.
#[derive(Clone, Debug, Default)]
struct Told {
    figures: TierFigures,
    /// The newest answers, in seconds.
    seconds: Recent<f64, 1_024>,
    /// What those values had cost that were found and are not read yet.
    found: HashMap<ResourceName, f64>,
    /// What an entry has saved since the session began, less what it took: negative where it loses.
    saved: HashMap<ResourceName, f64>,
}

/// All tiers below memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Tiers(BTreeMap<&'static str, Told>);

impl Tiers {
    fn of(&mut self, tier: TierName) -> &mut Told {
        self.0.entry(tier.name()).or_default()
    }

    pub(super) fn apply(&mut self, kind: &EventKind) {
        match kind {
            EventKind::TierAsked {
                name,
                tier,
                lookup,
                seconds,
            } => self.of(*tier).asked(name, lookup, *seconds),
            EventKind::TierRead {
                name,
                tier,
                bytes,
                seconds,
            } => self.of(*tier).read(name, *bytes, *seconds),
            EventKind::TierWritten { tier, bytes, .. } => {
                let figures = &mut self.of(*tier).figures;
                figures.writes += 1;
                figures.written_bytes += bytes;
            }
            EventKind::TierRefused { tier, .. } => self.of(*tier).figures.refused += 1,
            EventKind::TierChanged {
                tier,
                state,
                reason,
            } => {
                let figures = &mut self.of(*tier).figures;
                figures.state = *state;
                figures.reason.clone_from(reason);
            }
            _ => {}
        }
    }
}

impl Told {
    fn took(&mut self, seconds: f64) {
        self.seconds.push(seconds);
        self.figures.saved_seconds -= seconds;
    }

    fn asked(&mut self, name: &ResourceName, lookup: &TierLookup, seconds: f64) {
        self.took(seconds);
        match lookup {
            TierLookup::Hit { saved_seconds, .. } => {
                self.figures.hits += 1;
                *self.saved.entry(name.clone()).or_default() -= seconds;
                self.found.insert(name.clone(), *saved_seconds);
            }
            TierLookup::Miss(reason) => {
                // What was found and could not be read after all was no hit.
                if self.found.remove(name).is_some() {
                    self.figures.hits -= 1;
                }
                self.figures.misses += 1;
                let reasons = &mut self.figures.miss_reasons;
                *reasons.entry(reason.name()).or_default() += 1;
            }
        }
    }

    fn read(&mut self, name: &ResourceName, bytes: u64, seconds: f64) {
        self.took(seconds);
        self.figures.reads += 1;
        self.figures.read_bytes += bytes;
        let cost = self.found.remove(name).unwrap_or(0.0);
        self.figures.saved_seconds += cost;
        *self.saved.entry(name.clone()).or_default() += cost - seconds;
    }

    /// Entries that were read and cost more than they have saved. What was found only says nothing yet.
    fn losing(&self) -> Vec<(ResourceName, f64)> {
        let read = self
            .saved
            .iter()
            .filter(|(name, _)| !self.found.contains_key(*name));
        let losing = read.filter(|(_, saved)| **saved < -LEAST_LOSS);
        let mut losing: Vec<_> = losing.map(|(name, saved)| (name.clone(), -saved)).collect();
        losing.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        losing
    }
}

impl Ledger {
    /// The tiers below memory that were asked anything, with their figures.
    pub fn tiers(&self) -> Vec<(TierName, TierFigures)> {
        let told = TierName::ALL.into_iter();
        let told = told.filter_map(|tier| Some((tier, self.tiers.0.get(tier.name())?)));
        told.map(|(tier, told)| {
            let mut seconds: Vec<f64> = told.seconds.iter().copied().collect();
            seconds.sort_by(f64::total_cmp);
            let middle = seconds.get(seconds.len() / 2).copied();
            let figures = TierFigures {
                middle_seconds: middle,
                losing: told.losing(),
                ..told.figures.clone()
            };
            (tier, figures)
        })
        .collect()
    }
}
