//! What happened when, for a picture over time: the dimensions at work, what is held, and what left or
//! changed.

use super::{Ledger, Recent};
use crate::event::EventKind;
use crate::vocabulary::{Dimension, TierName};

/// A dimension of a run, from its first request to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Which one.
    pub dimension: Dimension,
    /// When it began to ask.
    pub asked_at: f64,
    /// When all that it asked for was there.
    pub computing_at: Option<f64>,
    /// When it ended.
    pub ended_at: Option<f64>,
    /// Where its results were found, where they were not computed.
    pub kept_in: Option<TierName>,
}

/// Something that happened in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The user gave a command.
    Command,
    /// A run began.
    Run,
    /// The cache or the budget gave something up.
    Evicted,
    /// A file changed.
    Changed,
}

/// The newest of it.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Dimensions at work, by when they began.
    pub works: Recent<Work, 1_024>,
    /// Moments.
    pub marks: Recent<(f64, Mark), 2_048>,
    /// What is held by estimate from a time on, in bytes: one entry a change.
    pub held: Recent<(f64, u64), 8_192>,
}

impl Course {
    fn mark(&mut self, t: f64, mark: Mark) {
        // Many at a time are one to look at.
        if self.marks.last() != Some(&(t, mark)) {
            self.marks.push((t, mark));
        }
    }

    /// Takes note of what is held now.
    fn hold(&mut self, t: f64, bytes: u64) {
        if self.held.last().map_or(0, |(_, held)| *held) != bytes {
            self.held.push((t, bytes));
        }
    }

    /// The last work of a dimension, while it goes on.
    fn open(&mut self, dimension: Dimension) -> Option<&mut Work> {
        let is_it = |work: &Work| work.dimension == dimension && work.ended_at.is_none();
        let from = self.works.total().saturating_sub(Dimension::ALL.len());
        let numbers = (from.max(self.works.first_number())..self.works.total()).rev();
        let mut numbers = numbers.filter(|number| self.works.get(*number).is_some_and(is_it));
        let number = numbers.next()?;
        self.works.get_mut(number)
    }
}

impl Ledger {
    pub(super) fn apply_to_course(&mut self, t: f64, kind: &EventKind) {
        let held = self.estimated_bytes();
        let course = &mut self.course;
        course.hold(t, held);
        match kind {
            EventKind::DimensionStarted { dimension, .. } => {
                course.works.push(Work {
                    dimension: *dimension,
                    asked_at: t,
                    computing_at: None,
                    ended_at: None,
                    kept_in: None,
                });
            }
            EventKind::DimensionComputing { dimension, .. } => {
                if let Some(work) = course.open(*dimension) {
                    work.computing_at = Some(t);
                }
            }
            EventKind::DimensionFinished { dimension, outcome } => {
                if let Some(work) = course.open(*dimension) {
                    work.ended_at = Some(t);
                    work.kept_in = outcome.kept.map(|kept| kept.tier);
                }
            }
            EventKind::CommandGiven { .. } => course.mark(t, Mark::Command),
            EventKind::RunStarted { .. } => course.mark(t, Mark::Run),
            EventKind::CacheEvicted { .. } => course.mark(t, Mark::Evicted),
            EventKind::ContentChanged { .. } => course.mark(t, Mark::Changed),
            _ => {}
        }
    }
}
