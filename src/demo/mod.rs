//! Eager against lazy: the same question to two processes at the same time, with the same share of
//! the machine, on data of a size that one feels. Nothing is acted: what is shown is what their
//! traces tell.
//!
//! | file | what it does |
//! |---|---|
//! | [`data`] | generates what is asked about |
//! | [`race`] | starts the two processes, and follows them |
//! | [`record`] | both traces in one file, and back |

pub mod data;
pub mod race;
pub mod record;

use crate::vocabulary::Strategy;

/// The strategies of the two, as they stand on the screen.
pub const STRATEGIES: [Strategy; 2] = [Strategy::Eager, Strategy::LazyAll];
