//! CSV: a header, a line a row, quotes where a text needs them.

use std::fmt::Write as _;
use std::io::{self, Write};

use rayon::prelude::*;

use super::{Block, BlockValues};

/// Rows that are spelled at a time.
const ROWS: usize = 4_096;

pub(super) struct Writer<W: Write> {
    file: W,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut file: W, first: &Block<'_>) -> io::Result<Self> {
        let mut line = String::new();
        for (place, (name, _)) in first.columns.iter().enumerate() {
            separate(&mut line, place);
            push_text(&mut line, name);
        }
        line.push('\n');
        file.write_all(line.as_bytes())?;
        Ok(Self { file })
    }

    pub(super) fn write(&mut self, block: &Block<'_>) -> io::Result<()> {
        let starts: Vec<usize> = (0..block.rows()).step_by(ROWS).collect();
        let lines = |start: &usize| lines(block, *start..block.rows().min(start + ROWS));
        let parts: Vec<String> = starts.par_iter().map(lines).collect();
        for part in parts {
            self.file.write_all(part.as_bytes())?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn lines(block: &Block<'_>, rows: std::ops::Range<usize>) -> String {
    let mut text = String::new();
    for row in rows {
        for (place, (_, values)) in block.columns.iter().enumerate() {
            separate(&mut text, place);
            push_cell(&mut text, values, row);
        }
        text.push('\n');
    }
    text
}

fn separate(line: &mut String, place: usize) {
    if place > 0 {
        line.push(',');
    }
}

fn push_cell(line: &mut String, values: &BlockValues<'_>, row: usize) {
    // Writing to a text cannot fail.
    let _ = match values {
        BlockValues::Counts(values) => write!(line, "{}", values[row]),
        BlockValues::Integers(values) => write!(line, "{}", values[row]),
        // Shortest digits that read as the same number, with a point: 1.0, not 1.
        BlockValues::Numbers(values) => write!(line, "{:?}", values[row]),
        BlockValues::Scores(values) => match values[row] {
            Some(score) => write!(line, "{score:?}"),
            None => Ok(()),
        },
        BlockValues::Texts(values) => {
            if let Some(text) = values[row] {
                push_text(line, text);
            }
            Ok(())
        }
    };
}

/// An empty text is in quotes, unlike none.
fn push_text(line: &mut String, text: &str) {
    let is_plain = !text.is_empty() && !text.contains([',', '"', '\n', '\r']);
    if is_plain {
        line.push_str(text);
    } else {
        let _ = write!(line, "\"{}\"", text.replace('"', "\"\""));
    }
}
