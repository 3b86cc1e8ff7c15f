//! Reads the tables and values of this folder, for the tests of the metrics.
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::Value;

fn read(name: &str) -> String {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn json(name: &str) -> Value {
    serde_json::from_str(&read(name)).unwrap()
}

/// A CSV without quoted fields; an empty field is missing.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

pub(crate) fn csv(name: &str) -> Table {
    let text = read(name);
    let mut lines = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect());
    let header: Vec<String> = lines.next().unwrap();
    let rows: Vec<Vec<String>> = lines.collect();
    assert!(rows.iter().all(|row| row.len() == header.len()), "{name}");
    Table { header, rows }
}

impl Table {
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    pub(crate) fn text(&self, column: &str) -> Vec<&str> {
        let index = self.header.iter().position(|name| name == column);
        let index = index.unwrap_or_else(|| panic!("no column {column}"));
        self.rows.iter().map(|row| row[index].as_str()).collect()
    }

    pub(crate) fn numbers(&self, column: &str) -> Vec<f64> {
        let parse = |field: &str| {
            if field.is_empty() {
                f64::NAN
            } else {
                field.parse().unwrap()
            }
        };
        self.text(column).into_iter().map(parse).collect()
    }

    /// Probabilities: written as f32, read into f64.
    pub(crate) fn scores(&self, column: &str) -> Vec<f64> {
        let parse = |field: &str| f64::from(field.parse::<f32>().unwrap());
        self.text(column).into_iter().map(parse).collect()
    }

    pub(crate) fn labels(&self) -> Vec<bool> {
        self.text("y").into_iter().map(|y| y == "1").collect()
    }
}

/// Asserts `|got - want| <= tolerance`, or that both are undefined (`None`, null).
#[track_caller]
pub(crate) fn close(got: impl Into<Option<f64>>, want: &Value, tolerance: f64, what: &str) {
    let got = got.into();
    assert!(
        want.is_number() || want.is_null(),
        "{what}: no reference value"
    );
    match (got, want.as_f64()) {
        (Some(got), Some(want)) => assert!(
            (got - want).abs() <= tolerance,
            "{what}: {got}, reference {want}, difference {:e}",
            got - want
        ),
        (got, want) => assert_eq!(got, want, "{what}"),
    }
}

/// The same with the tolerance relative to the reference.
#[track_caller]
pub(crate) fn close_relative(
    got: impl Into<Option<f64>>,
    want: &Value,
    tolerance: f64,
    what: &str,
) {
    close(
        got,
        want,
        tolerance * want.as_f64().unwrap_or(0.0).abs(),
        what,
    );
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|v| v.as_f64().unwrap()).collect()
}
