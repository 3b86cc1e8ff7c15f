//! The index of a table that pandas has written: columns that number or name the rows, and were no
//! features when a model was trained on it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::TableSchema;

/// The names of the columns that are the index, by what pandas says in the file.
pub(super) fn columns(metadata: Option<&str>, schema: &TableSchema) -> BTreeSet<String> {
    let parsed = metadata.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let index = parsed
        .as_ref()
        .and_then(|parsed| parsed.get("index_columns"));
    let names = index.and_then(Value::as_array).into_iter().flatten();
    // A range of numbers is no column: it is written as an object.
    let names = names.filter_map(Value::as_str);
    let names = names.filter(|name| schema.has(name));
    names.map(str::to_owned).collect()
}
