//! Accesses in a table: a CSV file with the columns `t,key,bytes,cost_us`.

use std::io::{self, BufRead};

use super::Accesses;

/// The first line.
const HEADER: &str = "t,key,bytes,cost_us";

/// Why a table of accesses cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It begins otherwise.
    #[error("line 1 is not `{HEADER}`, the columns of a table of accesses")]
    NoHeader,
    /// A line has other fields.
    #[error("line {line}: expected four fields, {HEADER}, found {found}")]
    Fields {
        /// Counted from 1.
        line: usize,
        /// How many there are.
        found: usize,
    },
    /// A value is no whole number.
    #[error("line {line}: `{column}` is a whole number from 0 to 2^64 - 1, found \"{found}\"")]
    NoNumber {
        /// Counted from 1.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What is there.
        found: String,
    },
    /// The sums go beyond what can be counted.
    #[error("line {line}: `{column}` add up to more than 2^64 - 1")]
    TooMuch {
        /// Counted from 1.
        line: usize,
        /// Which column.
        column: &'static str,
    },
}

/// Reads a table of accesses; keys may be any text without a comma.
pub fn read_table(source: impl BufRead) -> Result<Accesses, AccessError> {
    let mut lines = source.lines();
    let header = lines.next().transpose()?.unwrap_or_default();
    if header.trim_start_matches('\u{feff}').trim_end() != HEADER {
        return Err(AccessError::NoHeader);
    }
    let mut rows = Vec::new();
    let (mut bytes_in_all, mut cost_in_all) = (0_u64, 0_u64);
    for (place, text) in lines.enumerate() {
        let (line, text) = (place + 2, text?);
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        let fields: Vec<&str> = text.split(',').collect();
        let [_, key, bytes, cost_us] = fields[..] else {
            let found = fields.len();
            return Err(AccessError::Fields { line, found });
        };
        let bytes = number(bytes, line, "bytes")?;
        let cost_us = number(cost_us, line, "cost_us")?;
        bytes_in_all = sum(bytes_in_all, bytes, line, "bytes")?;
        cost_in_all = sum(cost_in_all, cost_us, line, "cost_us")?;
        rows.push((key.trim().to_owned(), bytes, cost_us));
    }
    Ok(Accesses::of(rows))
}

fn number(text: &str, line: usize, column: &'static str) -> Result<u64, AccessError> {
    text.trim().parse().map_err(|_| AccessError::NoNumber {
        line,
        column,
        found: text.trim().to_owned(),
    })
}

fn sum(sum: u64, more: u64, line: usize, column: &'static str) -> Result<u64, AccessError> {
    let sum = sum.checked_add(more);
    sum.ok_or(AccessError::TooMuch { line, column })
}
