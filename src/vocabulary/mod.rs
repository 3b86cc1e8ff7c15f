//! What everybody names: dimensions, strategies, resources and their owners, problems and notes.
//!
//! Plain data with its names and doc lines, and nothing else: no command line, no terminal, no
//! tables. It imports nothing of ours.

#[macro_use]
mod choice;
mod backend;
mod cache_policy;
mod client;
mod content_id;
mod demand;
mod device;
mod direction;
mod engine_settings;
mod lint;
mod lint_settings;
mod lookup;
mod memory_pool;
mod note;
mod owners;
mod plain;
mod problem;
mod resource;
mod shard;
mod table_text;
mod task;
mod tier;
mod verdict;
mod way;
mod worker;

pub use backend::{Backend, BackendChoice, ModelOutput, RunsOn};
pub use cache_policy::CachePolicy;
pub use choice::{Choice, Codec, Dimension, Preset, Strategy};
pub use client::Client;
pub use content_id::ContentId;
pub use demand::DemandPredictor;
pub use device::{Device, DeviceError};
pub use direction::Direction;
pub use engine_settings::EngineSettings;
pub(crate) use engine_settings::{MOST_THREADS, engine_settings};
pub use lint::Lint;
pub use lint_settings::LintSettings;
pub(crate) use lint_settings::lint_settings;
pub use lookup::{
    ClearedBy, Lookup, MEMORY_BUDGET, MissReason, Need, Owner, ReleaseCause, SHORTAGE,
    SMALLER_CACHE,
};
pub use memory_pool::MemoryPool;
pub use note::{Note, Severity};
pub use owners::Owners;
pub use problem::{Problem, Problems};
pub use resource::{ResourceKind, ResourceName};
pub use shard::{Runner, Shard};
pub use table_text::{DecimalSign, Encoding, Separator, TableOptions, TextForm};
pub use task::{Grouping, Task};
pub use tier::{SharedMode, TierLookup, TierName, TierState};
pub use verdict::{Correction, Sides};
pub use way::{Columns, Way};
pub use worker::{ShardEnd, Worker};
