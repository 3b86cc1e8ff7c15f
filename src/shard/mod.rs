//! A run in shards: several machines score some rows each, and what they made is merged to the very
//! report that one machine would have made.
//!
//! A *part* is what a shard leaves: for each of the predictions that the run's dimensions ask for, the
//! scores of the shard's rows, in a file ([`part`]). [`Parts`] are those of a whole run, and a tier below
//! memory: a session that has them finds every prediction there, opens no model for it, and computes as
//! always.

mod error;
mod manifest;
mod part;
mod parts;
mod plan;

pub use error::PartError;
pub use manifest::Manifest;
pub use part::{Found, Part, PartWriter, RestsOn, Written, most_head};
pub use parts::Parts;
pub use plan::ShardPlan;
