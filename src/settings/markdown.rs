//! The settings as a table for documentation.

use std::fmt::Write;

use super::table::all;

/// A row a setting: key, flag, what it takes, what holds where it is not set, what it is.
pub fn markdown_table() -> String {
    let mut table = String::from("| key | flag | takes | default | |\n|---|---|---|---|---|\n");
    for setting in all() {
        let flag = setting.flag.map_or_else(String::new, |flag| {
            let words = format!("{flag} {}", flag.value_name);
            format!("`{}`", words.trim_end())
        });
        let cells = [
            format!("`{}`", setting.name()),
            flag,
            setting.takes(),
            setting.default.unwrap_or_default().to_owned(),
            setting.doc.to_owned(),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    table
}
