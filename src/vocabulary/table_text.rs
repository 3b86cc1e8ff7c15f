//! How tables that are texts are written, where their owner says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands between the values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Separator(u8);

impl Separator {
    /// What is usual, the most usual first.
    pub const USUAL: [Self; 4] = [Self(b','), Self(b';'), Self(b'\t'), Self(b'|')];

    /// One sign, or `tab`; no letter or digit, and nothing that stands in numbers or ends a line.
    pub fn named(name: &str) -> Option<Self> {
        let sign = match name {
            "tab" | "\\t" => b'\t',
            name => match name.as_bytes() {
                [sign] => *sign,
                _ => return None,
            },
        };
        let is_plain = sign == b'\t' || sign == b' ' || sign.is_ascii_punctuation();
        let is_of_numbers = matches!(sign, b'"' | b'.' | b'-' | b'+');
        (is_plain && !is_of_numbers).then_some(Self(sign))
    }

    /// The byte.
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// Several of them, in words.
    pub const fn plural(self) -> &'static str {
        match self.0 {
            b',' => "commas",
            b';' => "semicolons",
            b'\t' => "tabs",
            b'|' => "bars",
            b' ' => "blanks",
            _ => "signs",
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\t' => f.pad("tab"),
            sign => f.pad(char::from(sign).encode_utf8(&mut [0; 4])),
        }
    }
}

choice! {
    /// What stands before the fraction of a number.
    pub enum DecimalSign {
        /// As in 0.5.
        Point = ".",
        /// As in 0,5.
        Comma = ",",
    }
}

choice! {
    /// How a file of text is encoded.
    pub enum Encoding {
        /// UTF-8.
        Utf8 = "utf-8",
        /// ISO 8859-1.
        Latin1 = "latin-1",
        /// Windows' code page for western Europe.
        Windows1252 = "windows-1252",
        /// UTF-16, little end first where the file does not say.
        Utf16 = "utf-16",
    }
}

choice! {
    /// How numbers and truth values are written where a model takes texts.
    #[derive(Default)]
    pub enum TextForm {
        /// As pandas writes them: 1.0, True.
        #[default]
        Pandas = "pandas",
        /// As Arrow writes them: 1, true.
        Arrow = "arrow",
    }
}

/// How to read tables, where that is not left to the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// Words that stand for missing numbers, beside the usual ones; those that are numbers do so in
    /// every format.
    pub missing: Vec<String>,
    /// What stands between the values of a CSV file.
    pub separator: Option<Separator>,
    /// What stands before the fraction of its numbers.
    pub decimal: Option<DecimalSign>,
    /// How it is encoded.
    pub encoding: Option<Encoding>,
    /// How numbers are written where a model takes texts.
    pub spelling: TextForm,
}

impl TableOptions {
    /// The numbers that stand for missing ones.
    pub fn missing_numbers(&self) -> Vec<f64> {
        let numbers = self.missing.iter().filter_map(|word| word.parse().ok());
        numbers.filter(|number: &f64| !number.is_nan()).collect()
    }
}
