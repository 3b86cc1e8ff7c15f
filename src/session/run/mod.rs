//! A run: what the strategy loads first, then one dimension after the other.

mod dimensions;
mod setting_up;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::time::Instant;

use super::against::Against;
use super::driver::Driver;
use super::identity::Identity;
use super::outcome::ended;
use super::recall::Recalls;
use super::versions::Versions;
use crate::dimension::baseline::Metrics;
use crate::engine::{LoadFailure, Ticket};
use crate::event::{DimensionStatus, EventKind};
use crate::resource::Key;
use crate::vocabulary::{Dimension, Owner};

/// A run that goes on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says something else of it, in any combination"
)]
pub(super) struct Run {
    number: u32,
    started: Instant,
    pub(super) waiting: VecDeque<Dimension>,
    dimensions: Vec<Dimension>,
    phase: Phase,
    /// Facts that were asked for.
    asked: HashSet<Key>,
    /// Dimensions of which it cannot be known what they need.
    unbound: BTreeMap<Dimension, LoadFailure>,
    cancelled: bool,
    /// Is everything computed, whatever is known of it?
    anew: bool,
    /// Does it only show what is known, and compute nothing? Nobody has asked for it, so the log has no
    /// run of it.
    shows_only: bool,
    /// What earlier computations have left.
    pub(super) recalls: Recalls,
    /// Has anything been computed?
    has_computed: bool,
    /// What its dimensions have found.
    pub(super) found: Metrics,
    /// Those of them that rest on the model's scores for the dataset.
    pub(super) scored_by: BTreeSet<Dimension>,
    /// How far it is with its baseline.
    pub(super) against: Against,
    /// The files that it rests on.
    pub(super) versions: Versions,
}

impl Run {
    fn new(number: u32, dimensions: &[Dimension], anew: bool) -> Self {
        Self {
            number,
            started: Instant::now(),
            waiting: dimensions.iter().copied().collect(),
            dimensions: dimensions.to_owned(),
            phase: Phase::Binding,
            asked: HashSet::new(),
            unbound: BTreeMap::new(),
            cancelled: false,
            anew,
            shows_only: false,
            recalls: Recalls::default(),
            has_computed: false,
            found: Metrics::new(),
            scored_by: BTreeSet::new(),
            against: Against::default(),
            versions: Versions::default(),
        }
    }

    /// One that only shows what is known of these.
    pub(super) fn to_show(dimensions: &[Dimension]) -> Self {
        Self {
            shows_only: true,
            ..Self::new(0, dimensions, false)
        }
    }

    pub(super) fn shows_only(&self) -> bool {
        self.shows_only
    }

    pub(super) fn cancel(&mut self) {
        self.cancelled = true;
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Nothing that was told of files counts any more.
    pub(super) fn begin_binding(&mut self) {
        self.asked.clear();
        self.unbound.clear();
        self.recalls = Recalls::default();
        self.phase = Phase::Binding;
    }

    pub(super) fn is_anew(&self) -> bool {
        self.anew
    }

    /// What is still to come of it, as far as it is known what that needs.
    pub(super) fn bound_dimensions(&self) -> Vec<Dimension> {
        let waiting = self.waiting.iter().copied();
        waiting.filter(|d| !self.unbound.contains_key(d)).collect()
    }

    /// It is asked what is known of its dimensions.
    pub(super) fn begin_recalling(&mut self) {
        self.recalls = Recalls::default();
        self.phase = Phase::Recalling;
    }

    pub(super) fn is_recalling(&self) -> bool {
        matches!(self.phase, Phase::Recalling)
    }
}

enum Phase {
    /// What must be known for the run is on its way.
    Binding,
    /// It is asked what earlier computations have left.
    Recalling,
    /// What the strategy loads first is on its way.
    Setup(Ticket),
    /// A dimension's resources are on their way.
    Loading {
        dimension: Dimension,
        ticket: Ticket,
        keys: Vec<Key>,
        started: Instant,
    },
    /// A dimension's metrics are being computed.
    Computing {
        keys: Vec<Key>,
        started: Instant,
        warm: bool,
        /// What comes out is kept under it.
        identity: Option<Identity>,
    },
}

impl Driver {
    /// Stops the run: at once while it loads, after the present computation otherwise.
    pub(super) fn cancel_run(&mut self) {
        self.stop_showing();
        if self.stop_comparing() {
            return;
        }
        let Some(run) = &mut self.run else {
            return;
        };
        run.cancelled = true;
        let waiting = std::mem::take(&mut run.waiting);
        let (stopped, ticket) = match &run.phase {
            Phase::Setup(ticket) => (None, Some(*ticket)),
            Phase::Loading {
                dimension,
                ticket,
                started,
                ..
            } => (Some((*dimension, *started)), Some(*ticket)),
            Phase::Binding | Phase::Recalling | Phase::Computing { .. } => (None, None),
        };
        let is_binding = matches!(run.phase, Phase::Binding | Phase::Recalling);
        let recalling = run.recalls.tickets();
        run.recalls = Recalls::default();
        for ticket in recalling {
            self.engine.cancel(ticket);
        }
        for dimension in waiting {
            self.engine.release(&Owner::from(dimension));
            self.emit(EventKind::DimensionFinished {
                dimension,
                outcome: Box::new(ended(DimensionStatus::Cancelled, Instant::now())),
            });
        }
        if is_binding {
            self.next_dimension();
        }
        let Some(ticket) = ticket else {
            return;
        };
        self.engine.cancel(ticket);
        match stopped {
            Some((dimension, started)) => {
                self.finish_dimension(dimension, ended(DimensionStatus::Cancelled, started));
            }
            None => self.next_dimension(),
        }
    }
}
