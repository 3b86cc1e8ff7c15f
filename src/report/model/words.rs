//! What a report says in words.

use crate::display;
use crate::event::DimensionStatus;

/// What is undefined, such as 0/0.
pub(super) const UNDEFINED: &str = "n/a";

/// A metric's value.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), display::metric)
}

/// `1 table`, `2 tables`.
pub(super) fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How a dimension ended.
pub(super) fn status(status: DimensionStatus) -> &'static str {
    match status {
        DimensionStatus::Ok => "ok",
        DimensionStatus::Failed => "GATE FAILED",
        DimensionStatus::Error => "ERROR",
        DimensionStatus::Cancelled => "cancelled",
        DimensionStatus::NotApplicable => "not applicable",
    }
}

/// A name with a capital.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
