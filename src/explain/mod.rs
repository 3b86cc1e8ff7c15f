//! Words and sentences for people, from the ledger and the vocabulary: where things stand, why a
//! request missed, who holds what, what a plan would do, what has happened.
//!
//! One module a subject. Nothing here knows a width, a colour or a layout: the faces cut, wrap and
//! paint. Where words want a sign that only some terminals have, it is handed in.

pub mod changes;
pub mod consequences;
pub mod definitions;
pub mod differences;
pub mod events;
pub mod evidence;
pub mod experiment;
pub mod names;
pub mod owners;
pub mod plans;
pub mod prefetch;
pub mod progress;
pub mod race;
pub mod reasons;
pub mod reruns;
pub mod results;
pub mod savings;
pub mod states;
pub mod summary;
pub mod tiers;
pub mod timings;
pub mod tuning;
pub mod why;

use crate::vocabulary::Severity;

/// What words mean, for a face to paint. Without colour all look alike, so words carry the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// To be read.
    Plain,
    /// It leads.
    Main,
    /// There, but it can wait.
    Faint,
    /// Something happens.
    Active,
    /// It went well.
    Good,
    /// Look here.
    Warning,
    /// It went wrong.
    Bad,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Faint,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Bad,
        }
    }
}
