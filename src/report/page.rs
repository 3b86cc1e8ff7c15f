//! Lines of styled text that fit a width, and tables of them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::display::clean;

/// How a piece of text looks; without colour they all look alike, so words carry the meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Warning,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Faint => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[1;31m",
            Self::Warning => "\x1b[33m",
        }
    }
}

/// A piece of text and how it looks.
pub(super) type Piece = (Style, String);

pub(super) fn plain(text: impl Into<String>) -> Piece {
    (Style::Plain, text.into())
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
        let cleaned: Vec<Piece> = pieces
            .iter()
            .map(|(s, text)| (*s, clean(text).into_owned()))
            .collect();
        let total: usize = cleaned.iter().map(|(_, text)| text.width()).sum();
        for (style, text) in cleaned {
            let text = if total > self.width {
                cut(&text, room)
            } else {
                text
            };
            room = room.saturating_sub(text.width());
            self.styled(style, &text);
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }

    fn styled(&mut self, style: Style, text: &str) {
        if self.colour && style != Style::Plain && !text.is_empty() {
            self.text.push_str(style.code());
            self.text.push_str(text);
            self.text.push_str("\x1b[0m");
        } else {
            self.text.push_str(text);
        }
    }

    /// A word in the margin, and text beside it on as many lines as it needs.
    pub(super) fn entry(&mut self, margin: usize, label: Piece, text: &str) {
        let (style, label) = label;
        let mut label = format!("{:margin$}", clean(&label));
        for line in wrap(&clean(text), self.width.saturating_sub(margin).max(10)) {
            self.line(&[(style, label), plain(line)]);
            label = " ".repeat(margin);
        }
    }

    /// A table: the first column to the left, the others to the right. In too little room the first
    /// column is cut, and then the last columns are left out.
    pub(super) fn table(&mut self, indent: usize, heads: &[String], rows: &[Vec<Piece>]) {
        let column_width = |i: usize| {
            let cells = rows.iter().filter_map(|row| row.get(i));
            let widest = cells
                .map(|(_, text)| clean(text).width())
                .max()
                .unwrap_or(0);
            widest.max(heads[i].width())
        };
        let mut widths: Vec<usize> = (0..heads.len()).map(column_width).collect();
        let room = self.width.saturating_sub(indent);
        let full = |widths: &[usize]| widths.iter().sum::<usize>() + 2 * widths.len().max(1) - 2;
        let over = full(&widths).saturating_sub(room);
        if let Some(first) = widths.first_mut() {
            let least = (*first).min(room / 3);
            *first = first.saturating_sub(over).max(least);
        }
        while widths.len() > 1 && full(&widths) > room {
            widths.pop();
        }
        let heads: Vec<Piece> = heads.iter().map(|h| (Style::Faint, h.clone())).collect();
        for row in std::iter::once(&heads).chain(rows) {
            let mut pieces = vec![plain(" ".repeat(indent))];
            for (i, ((style, text), width)) in row.iter().zip(&widths).enumerate() {
                let text = cut(&clean(text), *width);
                let gap = " ".repeat(width - text.width());
                let text = (*style, text);
                if i == 0 {
                    pieces.extend([text, plain(gap)]);
                } else {
                    pieces.extend([plain("  "), plain(gap), text]);
                }
            }
            self.line(&pieces);
        }
    }
}

/// `text` in at most `width` columns, with dots in place of what is cut off.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let dots = &"..."[..width.min(3)];
    let mut room = width - dots.len();
    let mut kept = String::new();
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if columns > room {
            break;
        }
        room -= columns;
        kept.push(c);
    }
    kept + dots
}

/// `text` on lines of at most `width` columns, broken between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
