//! What is different between two runs: results, gates, and what they were made from. Runs are taken as
//! reports tell of them; a recording is folded into a report first.

mod difference;
mod side;
mod text;

pub use difference::{Change, Comparison, GateChange, MetricChange, ResourceChange, StatusChange};
pub use side::{NotAReport, Side, check_schema};
pub use text::text;
