//! A run's outcome, folded from the log: as JSON, as text, as a line of progress, as an exit code;
//! and, before a run, what it would load.
//!
//! Nothing here writes anywhere; the command line does.

mod json;
mod layout;
mod page;
mod plan;
mod progress;
mod text;
mod verdict;
mod words;

pub use json::json;
pub use plan::{Plans, plan_json, plan_text};
pub use progress::line as progress_line;
pub use text::{TextOptions, text};
pub use verdict::exit_code;
