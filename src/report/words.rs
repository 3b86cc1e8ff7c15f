//! What a report says in words.

use crate::display;

/// A metric's value.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), display::metric)
}

/// `1 table`, `2 tables`.
pub(super) fn count(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
