//! A run on several machines by Ray: one job, submitted to its job server over HTTP, whose script runs the
//! shards as tasks and tells what happens.
//!
//! What is uploaded is a *package*: this program, the script, and the experiment with its files where they
//! are small; Ray keeps it by what it holds, so that it travels once. The job's log is the way back: a JSON
//! object a line, for what workers do, and for the parts that they make.

mod address;
mod client;
mod error;
mod follow;
mod order;
mod package;
mod said;
mod token;

pub use address::RayAddress;
pub use client::Client;
pub use error::{RayError, ShardFailure};
pub use follow::follow;
pub use order::Order;
pub use package::Package;
pub use token::Token;
