//! The one log: a session writes what happens, and everybody who wants to know reads it.
//!
//! A [`LogWriter`] gives events their number and their time. A [`Log`] is subscribed to, by as many
//! readers as like; one that comes late begins with the first event as all others did. The screen,
//! the progress line, the report and a recording are subscribers, and none of them can hold up the
//! writer or another reader. An event is stored once, whoever reads it.
//!
//! The newest events are in memory. In a long session the older ones go to a file that nobody else
//! sees, in the format of recordings, and are read back for whoever asks for them: for a late reader,
//! or for a [`Timeline`], which gives back any moment of the log.

mod archive;
mod chunk;
pub mod file;
mod store;
mod subscription;
mod timeline;
mod waker;
mod weight;
mod writer;

pub use store::Log;
pub use subscription::{EventRef, NoEvent, Subscription};
pub use timeline::Timeline;
pub use writer::LogWriter;

/// Older events are in a file that does not give them back.
#[derive(Debug, thiserror::Error)]
#[error("older events of the log cannot be read back: {0}")]
pub struct ReadBackError(#[from] std::io::Error);
