//! CSV files: reading them, and saying what is wrong with one in words that its owner can act on.

use std::io::{BufRead, BufReader};

use super::source::Source;
use crate::vocabulary::Problem;
use polars_core::prelude::{AnyValue, DataFrame, PlSmallStr, PolarsResult};
use polars_io::prelude::{CsvReadOptions, SerReader};

/// Rows from which column types are guessed.
pub(super) const INFERENCE_ROWS: usize = 10_000;

/// Reads the first `rows` rows, or all; the named columns, or all.
pub(super) fn read(
    source: &Source,
    rows: Option<usize>,
    columns: Option<&[String]>,
) -> PolarsResult<DataFrame> {
    let names = columns.map(|c| c.iter().map(|n| PlSmallStr::from_str(n)).collect());
    let read = |inference_rows| {
        CsvReadOptions::default()
            .with_has_header(true)
            .with_n_rows(rows)
            .with_columns(names.clone())
            .with_infer_schema_length(inference_rows)
            .into_reader_with_file_handle(source.reader())
            .finish()
    };
    // The first rows may look like whole numbers where a later one is not: then all rows count.
    read(Some(INFERENCE_ROWS)).or_else(|_| read(None))
}

/// What is wrong with the header, which the reader would pass over.
pub(super) fn header_problem(source: &Source) -> Option<Problem> {
    let names = header(source).ok()?;
    if let [only] = names.as_slice() {
        let found = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
            .into_iter()
            .find(|(separator, _)| only.contains(*separator));
        return found.map(|(_, separators)| {
            Problem::new(format!("its columns are separated by {separators}"))
                .remedy("save it with commas")
        });
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    let twice = sorted.windows(2).find(|pair| pair[0] == pair[1])?[0];
    Some(if twice.is_empty() {
        Problem::new("two columns have no name").remedy("name them, or remove them")
    } else {
        Problem::new(format!("two columns are called `{twice}`"))
            .in_column(twice)
            .remedy("rename or remove one of them")
    })
}

/// The column names as they stand in the file: the reader makes repeated ones differ.
fn header(source: &Source) -> PolarsResult<Vec<String>> {
    let first = CsvReadOptions::default()
        .with_has_header(false)
        .with_n_rows(Some(1))
        .with_infer_schema_length(Some(0))
        .into_reader_with_file_handle(source.reader())
        .finish()?;
    let name = |value: AnyValue<'_>| value.get_str().unwrap_or_default().to_owned();
    let columns = first.columns().iter();
    Ok(columns.filter_map(|c| c.get(0).ok().map(name)).collect())
}

/// Why the reader gave up, in words.
pub(super) fn explain(source: &Source, reason: &str) -> Problem {
    const SAVE: &str = "save the file as UTF-8";
    if reason.contains("utf-8") {
        return match first_line_not_utf8(source) {
            Some((line, true)) => Problem::new(format!(
                "line {line} holds binary data, so this is no CSV file"
            )),
            Some((line, false)) => {
                Problem::new(format!("line {line} is not UTF-8 text")).remedy(SAVE)
            }
            None => Problem::new("it is not UTF-8 text").remedy(SAVE),
        };
    }
    if reason.contains("more fields") {
        return Problem::new("a row has more fields than the header has names")
            .remedy("texts with commas need quotes");
    }
    Problem::new(format!("not readable as CSV: {reason}"))
}

/// The first line that is not UTF-8, counted from 1, and whether it is no text at all.
fn first_line_not_utf8(source: &Source) -> Option<(usize, bool)> {
    let mut reader = BufReader::new(source.reader());
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        if std::str::from_utf8(&line).is_err() {
            let is_control = |b: &&u8| b.is_ascii_control() && !b.is_ascii_whitespace();
            return Some((number, line.iter().any(|b| is_control(&b))));
        }
    }
    None
}
