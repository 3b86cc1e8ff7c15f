//! A run's outcome, folded from the log: as JSON, as text, as a line of progress, as an exit code.
//!
//! Nothing here writes anywhere; the command line does.

mod json;
mod layout;
mod page;
mod progress;
mod text;
mod verdict;
mod words;

pub use json::json;
pub use progress::line as progress_line;
pub use text::{TextOptions, text};
pub use verdict::exit_code;
