//! Text cut into records and fields: quotes hold separators and line ends, two of them are one, and
//! blank lines are nothing.

use std::borrow::Cow;
use std::io::{self, Read};

use super::decode::read_fully;

/// Bytes that are cut at a time.
pub(super) const BLOCK: usize = 1 << 20;
/// A record that is longer than this has a quote that nobody closes.
const LONGEST: usize = 1 << 26;

/// Why text cannot be cut.
#[derive(Debug)]
pub(super) enum CutError {
    Read(io::Error),
    /// The quote that opens in this line, counted from 1, is never closed.
    Unclosed(u64),
}

/// Text that is cut into records.
pub(super) struct Records<R> {
    input: R,
    separator: u8,
    /// What is read and not cut yet.
    rest: Vec<u8>,
    /// Its first line, counted from 1.
    line: u64,
    is_at_end: bool,
}

/// Some records.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    records: Vec<Record>,
}

#[derive(Clone, Copy)]
struct Field {
    start: u32,
    end: u32,
    is_quoted: bool,
}

#[derive(Clone, Copy)]
struct Record {
    first: u32,
    line: u64,
}

impl<R: Read> Records<R> {
    pub(super) fn new(input: R, separator: u8) -> Self {
        Self {
            input,
            separator,
            rest: Vec::new(),
            line: 1,
            is_at_end: false,
        }
    }

    /// What is cut.
    pub(super) fn input(&self) -> &R {
        &self.input
    }

    /// The next records; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Batch>, CutError> {
        loop {
            if self.is_at_end && self.rest.is_empty() {
                return Ok(None);
            }
            let mut bytes = std::mem::take(&mut self.rest);
            let before = bytes.len();
            bytes.resize(before + BLOCK, 0);
            let more = read_fully(&mut self.input, &mut bytes[before..]).map_err(CutError::Read)?;
            bytes.truncate(before + more);
            self.is_at_end = more < BLOCK;
            let mut batch = Batch {
                bytes,
                ..Batch::default()
            };
            let cut = batch.cut(self.separator, &mut self.line, self.is_at_end);
            let Some(cut) = cut else {
                return Err(CutError::Unclosed(self.line));
            };
            self.rest = batch.bytes.split_off(cut);
            if self.rest.len() > LONGEST {
                return Err(CutError::Unclosed(self.line));
            }
            if !batch.records.is_empty() {
                return Ok(Some(batch));
            }
        }
    }
}

impl Batch {
    /// The records that are whole in these bytes, and all of them where nothing follows; none where
    /// a quote is open at the end of all.
    pub(super) fn of(bytes: Vec<u8>, separator: u8, is_whole: bool) -> Option<Self> {
        let mut batch = Self {
            bytes,
            ..Self::default()
        };
        batch.cut(separator, &mut 1, is_whole)?;
        Some(batch)
    }

    /// Bytes of text.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Without so many of its first records.
    pub(super) fn from(mut self, skipped: usize) -> Self {
        self.records.drain(..skipped);
        self
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// How many fields a record has.
    pub(super) fn width(&self, record: usize) -> usize {
        let end = self.records.get(record + 1);
        let end = end.map_or(self.fields.len(), |next| next.first as usize);
        end - self.records[record].first as usize
    }

    /// The line in which a record begins, counted from 1.
    pub(super) fn line(&self, record: usize) -> u64 {
        self.records[record].line
    }

    /// A field's text; none in a record that is too short for it.
    pub(super) fn field(&self, record: usize, place: usize) -> Option<Cow<'_, [u8]>> {
        if place >= self.width(record) {
            return None;
        }
        let field = self.fields[self.records[record].first as usize + place];
        let raw = &self.bytes[field.start as usize..field.end as usize];
        if !field.is_quoted {
            return Some(Cow::Borrowed(raw));
        }
        let inner = &raw[1..];
        match inner.iter().position(|byte| *byte == b'"') {
            Some(close) if close + 1 == inner.len() => Some(Cow::Borrowed(&inner[..close])),
            _ => Some(Cow::Owned(unquoted(inner))),
        }
    }

    /// Cuts what is whole, and says up to where; none where a quote is open at the end.
    fn cut(&mut self, separator: u8, line: &mut u64, is_last: bool) -> Option<usize> {
        let mut at = 0;
        loop {
            let first = self.fields.len();
            match self.record(separator, at, is_last) {
                Cut::Whole { end, lines } => {
                    if self.is_blank(first, separator) {
                        self.fields.truncate(first);
                    } else {
                        self.records.push(Record {
                            first: first as u32,
                            line: *line,
                        });
                    }
                    *line += lines;
                    at = end;
                }
                Cut::Open if is_last => return None,
                Cut::Open | Cut::Short => {
                    self.fields.truncate(first);
                    return Some(at);
                }
            }
        }
    }

    fn is_blank(&self, first: usize, separator: u8) -> bool {
        let [only] = &self.fields[first..] else {
            return false;
        };
        let text = &self.bytes[only.start as usize..only.end as usize];
        !only.is_quoted && separator != b' ' && text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    fn record(&mut self, separator: u8, start: usize, is_last: bool) -> Cut {
        let bytes = &self.bytes;
        if start == bytes.len() {
            return Cut::Short;
        }
        let mut lines = 1;
        let mut at = start;
        loop {
            let field = at;
            let is_quoted = bytes.get(at) == Some(&b'"');
            if is_quoted {
                at += 1;
                loop {
                    let Some(quote) = find(&bytes[at..], |byte| byte == b'"') else {
                        return Cut::Open;
                    };
                    let inside = &bytes[at..at + quote];
                    lines += inside.split(|byte| *byte == b'\n').count() as u64 - 1;
                    at += quote + 1;
                    match bytes.get(at) {
                        Some(b'"') => at += 1,
                        None if !is_last => return Cut::Short,
                        _ => break,
                    }
                }
            }
            let ends = |byte| byte == separator || byte == b'\n' || byte == b'\r';
            let end = find(&bytes[at..], ends).map(|end| at + end);
            let push = |fields: &mut Vec<Field>, end: usize| {
                fields.push(Field {
                    start: field as u32,
                    end: end as u32,
                    is_quoted,
                });
            };
            let Some(end) = end else {
                if !is_last {
                    return Cut::Short;
                }
                push(&mut self.fields, bytes.len());
                let end = bytes.len();
                return Cut::Whole { end, lines };
            };
            push(&mut self.fields, end);
            at = end + 1;
            if bytes[end] == separator {
                continue;
            }
            if bytes[end] == b'\r' {
                match bytes.get(at) {
                    Some(b'\n') => at += 1,
                    None if !is_last => return Cut::Short,
                    _ => {}
                }
            }
            return Cut::Whole { end: at, lines };
        }
    }
}

enum Cut {
    Whole {
        end: usize,
        lines: u64,
    },
    /// More bytes may be needed to tell.
    Short,
    /// A quote is open.
    Open,
}

fn find(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().position(|byte| wanted(*byte))
}

/// What a quoted field holds, with all that follows its opening quote.
fn unquoted(inner: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    let mut is_open = true;
    while let Some(byte) = bytes.next() {
        if *byte != b'"' || !is_open {
            text.push(*byte);
        } else if bytes.as_slice().first() == Some(&b'"') {
            text.push(b'"');
            bytes.next();
        } else {
            is_open = false;
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test is a panic")]
mod tests {
    use super::{BLOCK, CutError, Records};

    fn cut(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(text.as_bytes(), b',');
        let mut rows = Vec::new();
        while let Some(batch) = records.next().unwrap() {
            for record in 0..batch.len() {
                let fields = (0..batch.width(record)).map(|place| batch.field(record, place));
                let fields = fields.map(|f| String::from_utf8(f.unwrap().into_owned()).unwrap());
                rows.push((batch.line(record), fields.collect()));
            }
        }
        rows
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        cut(text).into_iter().map(|(_, fields)| fields).collect()
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        assert_eq!(fields("a,\"b,\"\"c\"\"\nd\",e"), [["a", "b,\"c\"\nd", "e"]]);
        assert_eq!(fields("\"\",x\r\n\"y\"z,\n"), [["", "x"], ["yz", ""]]);
        assert_eq!(fields("a\"b,c"), [["a\"b", "c"]]);
        assert_eq!(fields("a,b\rc,d"), [["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn blank_lines_are_nothing_and_are_counted() {
        let rows = cut("\n \na,b\n\n\"x\ny\",c\n\t\nd,e\n\n");
        let lines: Vec<u64> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 5, 8]);
        assert_eq!(fields("a\n\"\"\n"), [["a"], [""]]);
    }

    #[test]
    fn records_go_on_over_the_ends_of_blocks() {
        let row = "\"one \"\"two\"\"\r\nthree\",four\r\n";
        let text = row.repeat(2 * BLOCK / row.len() + 7);
        let rows = fields(&text);
        assert_eq!(rows.len(), text.len() / row.len());
        assert!(
            rows.iter()
                .all(|row| *row == ["one \"two\"\r\nthree", "four"])
        );
    }

    #[test]
    fn a_quote_that_nobody_closes_is_told_with_its_line() {
        let mut records = Records::new("a,b\nc,\"d\ne,f\n".as_bytes(), b',');
        assert!(matches!(records.next(), Err(CutError::Unclosed(2))));
    }
}
