//! What a user can ask for.

use serde::{Deserialize, Serialize};

use super::Tuning;
use crate::vocabulary::{Dimension, Preset, ResourceName, Strategy};

/// What a user can ask of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", content = "what", rename_all = "snake_case")]
pub enum Command {
    /// Select or deselect a dimension.
    ToggleDimension(Dimension),
    /// Select all dimensions, or none when all are selected.
    ToggleAll,
    /// Run the selected dimensions; what was found of the very same before is used.
    RunSelected,
    /// Run one dimension, selected or not; it is computed whatever was found before.
    Run(Dimension),
    /// Load one resource and keep it.
    Preload(ResourceName),
    /// Load everything that the selected dimensions need and keep it; with no dimension selected,
    /// everything that the experiment names.
    PreloadAll,
    /// Take one resource from all its owners but running dimensions.
    Unload(ResourceName),
    /// Empty the prediction cache.
    ClearCache,
    /// Unload everything and empty the cache.
    ClearAll,
    /// Forget what is kept on the disk for later sessions.
    ClearDisk,
    /// Stop what is under way.
    Cancel,
    /// Change when resources are loaded.
    SetStrategy(Strategy),
    /// Go on to the next strategy; relative, so that two in a row go two on.
    NextStrategy,
    /// Hold so many bytes in the prediction cache at most, in any number of entries; zero switches it off.
    SetCacheBytes(u64),
    /// Hold resources of so many bytes together at most, by estimate; none: no limit.
    SetMemoryBudget(Option<u64>),
    /// Apply settings that are proposed by what was measured, as far as they can be changed now.
    Tune(Box<Tuning>),
    /// Be so thorough from the next run on.
    SetPreset(Preset),
    /// End the session: what is under way is cancelled, the event channel closes.
    Close,
}
