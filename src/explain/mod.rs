//! Words and sentences for people, from the ledger and the vocabulary: where things stand, why a
//! request missed, who holds what, what a plan would do, what has happened.
//!
//! One module a subject. Nothing here knows a width, a colour or a layout: the faces cut, wrap and
//! paint. Where words want a sign that only some terminals have, it is handed in.

pub mod consequences;
pub mod experiment;
pub mod names;
pub mod owners;
pub mod plans;
pub mod reasons;
pub mod results;
pub mod states;
pub mod timings;
pub mod why;

/// What words mean, for a face to paint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// To be read.
    Plain,
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
