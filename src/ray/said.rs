//! What the script says, a JSON object a line; `driver.py` is the other side.

use serde::Deserialize;

use super::ShardFailure;
use crate::event::Event;

/// Something that it says.
#[derive(Debug, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub(super) enum Said {
    /// It begins.
    Begun {
        /// Shards that run at a time.
        workers: u32,
        /// Processors for each.
        cpus: u32,
    },
    /// A worker takes a shard.
    Shard {
        shard: u32,
        machine: String,
        worker: u32,
    },
    /// What the program tells there.
    Event { shard: u32, event: Box<Event> },
    /// The shard's worker is gone, and another is to take it.
    Lost { shard: u32, why: String },
    /// The next bytes of a part.
    Piece { shard: u32, base64: String },
    /// The part is whole.
    Done { shard: u32 },
    /// There will be no part.
    Failed {
        shard: u32,
        why: ShardFailure,
        words: String,
    },
    /// It is still there.
    Beat,
    /// It ends.
    End,
}

/// What a line says; none where somebody else has written it.
pub(super) fn said(line: &str) -> Option<Said> {
    let line = line.trim_end();
    if !line.starts_with("{\"say\":") {
        return None;
    }
    serde_json::from_str(line).ok()
}
