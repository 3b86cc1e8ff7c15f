//! A run's outcome, folded from the log: as JSON, as text, as a line of progress, as an exit code;
//! and, before a run, what it would load. [`model`] decides what a report says, and the renderers
//! how it looks: a new form of report is one more of them.
//!
//! Nothing here writes anywhere; the command line does.

pub mod model;
mod progress;
mod render;

use serde_json::Value;

use crate::ledger::Ledger;

pub use model::{Plans, RunReport};
pub use progress::line as progress_line;
pub use render::TextOptions;

impl RunReport<'_> {
    /// As text.
    pub fn text(&self, options: TextOptions) -> String {
        render::text(&self.document(), options)
    }

    /// As Markdown of at most 60 kB.
    pub fn markdown(&self) -> String {
        render::markdown(self)
    }

    /// The head of that: the verdict, the gates, and how each dimension ended.
    pub fn summary(&self) -> String {
        render::summary(self)
    }

    /// As JUnit XML.
    pub fn junit(&self) -> String {
        render::junit(self)
    }

    /// As one HTML file of at most 300 kB.
    pub fn html(&self) -> String {
        render::html(self)
    }

    /// As one JSON object. Undefined values are null.
    pub fn json(&self) -> Value {
        let mut whole = self.json_but_timings();
        whole["timings"] = self.timings_json();
        whole
    }

    /// The same but for how long everything took, for who writes it while time still goes on.
    pub fn json_but_timings(&self) -> Value {
        render::json_but_timings(self)
    }

    /// What stands in the JSON object under `timings`; the total is that of now.
    pub fn timings_json(&self) -> Value {
        render::timings_json(self)
    }
}

/// The report of everything that `ledger` knows, as text.
pub fn text(ledger: &Ledger, options: TextOptions) -> String {
    RunReport::of(ledger).text(options)
}

/// The same as one JSON object.
pub fn json(ledger: &Ledger) -> Value {
    RunReport::of(ledger).json()
}

/// 0: all is well; 1: a gate failed; 2: something could not run; 130: the run was cancelled.
pub fn exit_code(ledger: &Ledger) -> u8 {
    RunReport::of(ledger).exit_code()
}

/// The plans as text.
pub fn plan_text(plans: &Plans, options: TextOptions) -> String {
    render::text(&plans.document(), options)
}

/// The plans as one JSON object. Times that rest on nothing are null.
pub fn plan_json(plans: &Plans) -> Value {
    render::plan_json(plans)
}
