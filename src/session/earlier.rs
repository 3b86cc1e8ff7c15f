//! What earlier sessions have left.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::Elsewhere;
use crate::dimension::baseline::Baseline;
use crate::disk_cache::DiskCache;
use crate::history::History;
use crate::shard::{PartWriter, Parts};
use crate::shared_cache::SharedCache;

/// What a session knows of earlier ones, and leaves to later ones.
#[derive(Default)]
pub struct Earlier {
    /// How long loads took.
    pub history: History,
    /// What loads have made; none: it is made anew, and goes with the session.
    pub disk: Option<Arc<DiskCache>>,
    /// What loads have made on any of several machines.
    pub shared: Option<Arc<SharedCache>>,
    /// The run that those of this session are held against.
    pub baseline: Option<Arc<Baseline>>,
    /// What the shards of a run have made: what it scores is there, and nowhere else.
    pub parts: Option<Arc<Parts>>,
    /// Where other machines are heard of, which make such parts while the session is open: nothing is to
    /// be run before they are there.
    pub elsewhere: Option<Receiver<Elsewhere>>,
    /// Where what a shard makes is left; then its dimensions find nothing.
    pub part: Option<Arc<PartWriter>>,
}

impl From<History> for Earlier {
    fn from(history: History) -> Self {
        Self {
            history,
            ..Self::default()
        }
    }
}
