//! Watching a session from another terminal: it listens on a socket that only its user can open, and
//! whoever connects is told the log from its first event on, as a recording. A viewer takes as long as it
//! likes: it reads the log at its own pace, and the session does not know of it.
//!
//! A viewer may give commands only where the session says so: a line of JSON each.

mod found;
mod listener;
mod viewer;

pub use found::{Unattached, find, listening, sockets_folder};
pub use listener::{Listener, Open};
pub use viewer::{Attached, attach};
