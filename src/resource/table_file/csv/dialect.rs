//! How a text file is written: told by its first rows, or by its owner.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::decode::Decoded;
use super::number::is_fraction;
use super::records::Batch;
use crate::resource::source::Source;
use crate::vocabulary::{DecimalSign, Encoding, Separator, TableOptions};

/// Bytes that are looked at.
const SAMPLE: u64 = 1 << 18;
/// Rows that are looked at.
const ROWS: usize = 1000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dialect {
    pub(super) separator: Separator,
    pub(super) decimal: DecimalSign,
    pub(super) encoding: Encoding,
}

impl Dialect {
    /// Looks at the file's beginning.
    pub(super) fn tell(source: &Source, options: &TableOptions) -> io::Result<Self> {
        let input = Decoded::open(source, options.encoding)?;
        let encoding = input.encoding();
        let mut sample = Vec::new();
        input.take(SAMPLE).read_to_end(&mut sample)?;
        let sample = Sample {
            is_whole: (sample.len() as u64) < SAMPLE,
            bytes: sample,
        };
        let separator = options.separator.unwrap_or_else(|| separator(&sample));
        let decimal = options.decimal.unwrap_or_else(|| {
            if separator.byte() == b',' {
                return DecimalSign::Point;
            }
            let rows = sample.cut(separator);
            let count = |decimal| rows.as_ref().map_or(0, |rows| fractions(rows, decimal));
            let has_comma = count(DecimalSign::Comma) > 0 && count(DecimalSign::Point) == 0;
            if has_comma {
                DecimalSign::Comma
            } else {
                DecimalSign::Point
            }
        });
        Ok(Self {
            separator,
            decimal,
            encoding,
        })
    }

    /// What of it the user may not know.
    pub(super) fn in_words(self) -> Option<String> {
        let mut words = Vec::new();
        if self.separator.byte() != b',' {
            words.push(format!("separated by {}", self.separator.plural()));
        }
        if self.decimal == DecimalSign::Comma {
            words.push("with decimal commas".to_owned());
        }
        if self.encoding != Encoding::Utf8 {
            words.push(format!("in {}", self.encoding));
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// The beginning of a file.
struct Sample {
    bytes: Vec<u8>,
    /// Is it all of it?
    is_whole: bool,
}

impl Sample {
    fn cut(&self, separator: Separator) -> Option<Batch> {
        Batch::of(self.bytes.clone(), separator.byte(), self.is_whole)
    }
}

/// The sign that cuts all rows into as many fields as the header.
fn separator(sample: &Sample) -> Separator {
    let columns =
        Separator::USUAL.map(|separator| sample.cut(separator).map_or(0, |rows| even(&rows)));
    let best = columns.iter().copied().max().unwrap_or(0);
    let usual = Separator::USUAL.into_iter().zip(columns);
    let mut found = usual
        .clone()
        .filter(|(_, columns)| *columns == best && best > 1);
    let header = sample
        .bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let in_header = |separator: &Separator| header.split(|byte| *byte == separator.byte()).count();
    // Rows of different lengths are for the reader to tell; the header says what was meant.
    let fallback = || {
        let most = Separator::USUAL
            .iter()
            .rev()
            .max_by_key(|separator| in_header(separator));
        *most.unwrap_or(&Separator::USUAL[0])
    };
    found
        .next()
        .map_or_else(fallback, |(separator, _)| separator)
}

/// How many fields all of the rows have; none where they differ.
fn even(rows: &Batch) -> usize {
    if rows.len() == 0 {
        return 0;
    }
    let width = rows.width(0);
    let is_even = (1..rows.len().min(ROWS)).all(|row| rows.width(row) == width);
    if is_even { width } else { 0 }
}

/// How many columns hold fractions with this sign.
fn fractions(rows: &Batch, decimal: DecimalSign) -> usize {
    let mut columns: BTreeMap<usize, usize> = BTreeMap::new();
    for row in 1..rows.len().min(ROWS) {
        for place in 0..rows.width(row) {
            if rows
                .field(row, place)
                .is_some_and(|field| is_fraction(&field, decimal))
            {
                *columns.entry(place).or_default() += 1;
            }
        }
    }
    columns.len()
}
