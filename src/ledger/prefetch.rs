//! What was loaded ahead, and what came of it: seconds that nobody waited for, and seconds and bytes in
//! vain.

use super::Ledger;
use crate::event::EventKind;
use crate::vocabulary::{Lookup, Owner, ResourceName};

/// How far a load ahead of a resource is, as long as nobody has used it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prefetched {
    /// It is to begin.
    Wanted,
    /// It goes on, since then.
    Loading {
        /// When it began.
        since: f64,
    },
    /// It is in memory, and nobody has asked for it yet.
    Unused {
        /// What it took.
        seconds: f64,
        /// Bytes that it takes.
        bytes: u64,
    },
}

/// Loads ahead of a resource that nobody has used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Waste {
    /// Loads that were given up, or whose value went before anybody asked.
    pub loads: u64,
    /// Their seconds.
    pub seconds: f64,
    /// The bytes of those that had come to their end.
    pub bytes: u64,
}

impl Waste {
    fn add(&mut self, seconds: f64, bytes: u64) {
        self.loads += 1;
        self.seconds += seconds;
        self.bytes += bytes;
    }
}

/// What loading ahead has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PrefetchFigures {
    /// Loads that were begun ahead.
    pub loads: u64,
    /// Those that somebody asked for.
    pub used: u64,
    /// Seconds of loads that were over when somebody asked, so that nobody waited for them.
    pub hidden_seconds: f64,
    /// Loads that were given up, or whose value went before anybody asked.
    pub wasted: u64,
    /// Their seconds.
    pub wasted_seconds: f64,
    /// The bytes of those that had come to their end.
    pub wasted_bytes: u64,
    /// Values in memory that nobody has asked for so far.
    pub unused: u64,
    /// The seconds of their loads.
    pub unused_seconds: f64,
    /// Their bytes.
    pub unused_bytes: u64,
}

impl PrefetchFigures {
    fn use_of(&mut self, hidden_seconds: f64) {
        self.used += 1;
        self.hidden_seconds += hidden_seconds;
    }
}

impl Ledger {
    /// What loading ahead has come to so far.
    pub fn prefetch(&self) -> PrefetchFigures {
        let mut figures = self.prefetch;
        for resource in &self.resources {
            let in_vain = resource.prefetch_waste;
            figures.wasted += in_vain.loads;
            figures.wasted_seconds += in_vain.seconds;
            figures.wasted_bytes += in_vain.bytes;
            if let Some(Prefetched::Unused { seconds, bytes }) = resource.prefetched {
                figures.unused += 1;
                figures.unused_seconds += seconds;
                figures.unused_bytes += bytes;
            }
        }
        figures
    }

    /// Is a request part of loading ahead?
    pub(super) fn is_ahead(&self, by: &Owner) -> bool {
        match by {
            Owner::Prefetch => true,
            Owner::Load { load } => self.resource(load).is_some_and(|r| r.prefetched.is_some()),
            _ => false,
        }
    }

    /// Takes a request in; true where what it found was loaded ahead and has its first user now.
    pub(super) fn follow_request(
        &mut self,
        t: f64,
        name: &ResourceName,
        is_ahead: bool,
        lookup: &Lookup,
    ) -> bool {
        let Some(place) = self.index.get(name).copied() else {
            return false;
        };
        let state = &mut self.resources[place].prefetched;
        if is_ahead {
            if matches!(lookup, Lookup::Miss(_)) {
                *state = Some(Prefetched::Wanted);
            }
            return false;
        }
        match (state.take(), lookup) {
            (Some(Prefetched::Unused { seconds, .. }), Lookup::Hit { .. }) => {
                self.prefetch.use_of(seconds);
                true
            }
            (Some(ahead), Lookup::Coalesced) => {
                self.use_ahead(t, ahead);
                self.use_inputs(t, place);
                false
            }
            (Some(Prefetched::Loading { since }), _) => {
                self.resources[place].prefetch_waste.add(t - since, 0);
                false
            }
            (Some(Prefetched::Unused { seconds, bytes }), _) => {
                self.resources[place].prefetch_waste.add(seconds, bytes);
                false
            }
            (Some(Prefetched::Wanted) | None, _) => false,
        }
    }

    /// Somebody waits for this from now on.
    fn use_ahead(&mut self, t: f64, ahead: Prefetched) {
        match ahead {
            Prefetched::Wanted => {}
            Prefetched::Loading { since } => self.prefetch.use_of(t - since),
            Prefetched::Unused { seconds, .. } => self.prefetch.use_of(seconds),
        }
    }

    /// Who waits for a load waits for what it is made from.
    fn use_inputs(&mut self, t: f64, place: usize) {
        let mut open = self.resources[place].inputs.clone();
        while let Some(name) = open.pop() {
            let resource = self.resource_mut(&name);
            let used = resource.and_then(|r| Some((r.prefetched.take()?, r.inputs.clone())));
            if let Some((ahead, inputs)) = used {
                self.use_ahead(t, ahead);
                open.extend(inputs);
            }
        }
    }

    /// Takes in what becomes of a load ahead.
    pub(super) fn follow_prefetch(&mut self, t: f64, name: &ResourceName, kind: &EventKind) {
        let Some(place) = self.index.get(name).copied() else {
            return;
        };
        let state = &mut self.resources[place].prefetched;
        match (kind, *state) {
            (EventKind::LoadStarted { .. }, Some(Prefetched::Wanted)) => {
                *state = Some(Prefetched::Loading { since: t });
                self.prefetch.loads += 1;
            }
            (EventKind::LoadFinished { bytes, seconds, .. }, Some(Prefetched::Loading { .. })) => {
                let (seconds, bytes) = (*seconds, *bytes);
                *state = Some(Prefetched::Unused { seconds, bytes });
            }
            (
                EventKind::LoadFailed { .. } | EventKind::LoadCancelled { .. },
                Some(Prefetched::Loading { since }),
            ) => {
                *state = None;
                self.resources[place].prefetch_waste.add(t - since, 0);
            }
            (
                EventKind::LoadFailed { .. } | EventKind::LoadCancelled { .. },
                Some(Prefetched::Wanted),
            ) => *state = None,
            (EventKind::Released { .. }, Some(Prefetched::Unused { seconds, bytes })) => {
                *state = None;
                self.resources[place].prefetch_waste.add(seconds, bytes);
            }
            _ => {}
        }
    }
}
