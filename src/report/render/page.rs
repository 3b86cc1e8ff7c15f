//! Lines of text that fit a width, in colour or without, and tables of them.

use crate::display::clean;
use crate::display::layout::{fit, squeeze, width, wrap};
use crate::explain::Tone;

/// In place of what is cut off.
const DOTS: &str = "...";
/// Blanks between the columns of a table.
const GAP: usize = 2;

/// A piece of text and how it is to be taken.
pub(super) type Piece = (Tone, String);

pub(super) fn plain(text: impl Into<String>) -> Piece {
    (Tone::Plain, text.into())
}

const fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Main => "\x1b[1m",
        Tone::Faint => "\x1b[2m",
        Tone::Active => "\x1b[36m",
        Tone::Good => "\x1b[32m",
        Tone::Warning => "\x1b[33m",
        Tone::Bad => "\x1b[1;31m",
    }
}

/// A text under construction. Everything that is put on it is cleaned of control characters.
pub(super) struct Page {
    width: usize,
    colour: bool,
    text: String,
}

impl Page {
    pub(super) fn new(width: usize, colour: bool) -> Self {
        Self {
            width: width.max(20),
            colour,
            text: String::new(),
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One line, cut to the width.
    pub(super) fn line(&mut self, pieces: &[Piece]) {
        let mut room = self.width;
        for (tone, text) in pieces {
            let text = fit(text, room, DOTS);
            room -= width(&text);
            self.put(*tone, &text);
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    fn put(&mut self, tone: Tone, text: &str) {
        let code = colour(tone);
        if self.colour && !code.is_empty() && !text.is_empty() {
            self.text.push_str(code);
            self.text.push_str(text);
            self.text.push_str("\x1b[0m");
        } else {
            self.text.push_str(text);
        }
    }

    /// A word in the margin, and text beside it on as many lines as it needs.
    pub(super) fn entry(&mut self, margin: usize, label: Piece, text: &str) {
        let (tone, label) = label;
        let mut label = format!("{:margin$}", clean(&label));
        for line in wrap(&clean(text), self.width.saturating_sub(margin).max(10)) {
            self.line(&[(tone, label), plain(line)]);
            label = " ".repeat(margin);
        }
    }

    /// A table: the first column to the left, the others to the right. In too little room the first
    /// column is cut, and then the last columns are left out.
    pub(super) fn table(&mut self, indent: usize, heads: &[Piece], rows: &[Vec<Piece>]) {
        let lines = || std::iter::once(heads).chain(rows.iter().map(Vec::as_slice));
        let widest = |at: usize| {
            let cells = lines().filter_map(|line| line.get(at));
            cells.map(|(_, text)| width(&clean(text))).max()
        };
        let widths = (0..heads.len()).filter_map(widest).collect();
        let widths = squeeze(widths, GAP, self.width.saturating_sub(indent));
        for line in lines() {
            let mut pieces = vec![plain(" ".repeat(indent))];
            for (at, ((tone, text), columns)) in line.iter().zip(&widths).enumerate() {
                let text = fit(text, *columns, DOTS).into_owned();
                let blanks = " ".repeat(columns - width(&text));
                if at == 0 {
                    pieces.extend([(*tone, text), plain(blanks)]);
                } else {
                    pieces.extend([plain(" ".repeat(GAP) + &blanks), (*tone, text)]);
                }
            }
            self.line(&pieces);
        }
    }
}
