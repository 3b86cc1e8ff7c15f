//! How the columns of a table reach what is made from them.

use std::fmt;

use serde::{Deserialize, Serialize};

choice! {
    /// How columns that only predictions pass over reach the models.
    #[derive(Default)]
    pub enum Columns {
        /// Held where several loads pass over them, or where they are small; else streamed.
        #[default]
        Auto = "auto",
        /// Loaded as a whole, and held as long as somebody needs them.
        Hold = "hold",
        /// Taken from the file batch by batch by each prediction, and let go of at once.
        Stream = "stream",
    }
}

/// How a set of columns is taken, and why so. A closed set, settled before anything of it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Way {
    /// Held: several loads pass over them.
    HeldForMany {
        /// How many.
        passes: usize,
    },
    /// Held: they are small.
    HeldAsSmall,
    /// Held: they are asked for themselves, by the strategy, by a dimension or by the user.
    HeldAsAskedFor,
    /// Held: what passes over them cannot take them batch by batch.
    HeldAsWhole,
    /// Held: that has taken less time, and there is room.
    HeldAsFaster,
    /// Held: the user wants it so.
    HeldAsTold,
    /// Used where they lie in the file, which is mapped.
    Mapped,
    /// Streamed: one load passes over them.
    StreamedOnce,
    /// Streamed: several loads pass over them, and they are too large to be held for that.
    StreamedForRoom {
        /// How many.
        passes: usize,
    },
    /// Streamed: that has taken no more time than to hold them.
    StreamedAsFast {
        /// How many loads pass over them.
        passes: usize,
    },
    /// Streamed: the user wants it so.
    StreamedAsTold {
        /// How many loads pass over them.
        passes: usize,
    },
}

impl Way {
    /// Are they taken batch by batch?
    pub const fn is_streamed(&self) -> bool {
        matches!(
            self,
            Self::StreamedOnce
                | Self::StreamedForRoom { .. }
                | Self::StreamedAsFast { .. }
                | Self::StreamedAsTold { .. }
        )
    }

    /// In a word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            way if way.is_streamed() => "streamed",
            _ => "held",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeldForMany { passes } => write!(f, "held: {passes} loads pass over them"),
            Self::HeldAsSmall => f.write_str("held: they are small"),
            Self::HeldAsAskedFor => f.write_str("held: they are asked for themselves"),
            Self::HeldAsWhole => {
                f.write_str("held: what passes over them needs the whole of them at once")
            }
            Self::HeldAsFaster => f.write_str("held: that took less time than to stream them"),
            Self::HeldAsTold => f.write_str("held, as `columns` says"),
            Self::Mapped => f.write_str("mapped: used where they lie in the file"),
            Self::StreamedOnce => f.write_str("streamed, not held: one load passes over them"),
            Self::StreamedForRoom { passes } => write!(
                f,
                "streamed, not held: {passes} loads pass over them, and they are too large to be \
                 held for that"
            ),
            Self::StreamedAsFast { passes } => write!(
                f,
                "streamed, not held: {passes} loads pass over them, which took no more time than to \
                 hold them"
            ),
            Self::StreamedAsTold { passes } => {
                let loads = if *passes == 1 { "load" } else { "loads" };
                write!(f, "streamed, as `columns` says, by {passes} {loads}")
            }
        }
    }
}
