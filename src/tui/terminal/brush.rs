//! The cursor that writes: what it looks like, where it stands, and the shortest way to where it is to
//! write next.

use std::io::Write as _;

use ratatui::buffer::Cell;
use ratatui::layout::Position;
use unicode_width::UnicodeWidthChar;

use super::colour::ColourDepth;
use super::look::{Look, PLAIN, change};
use super::scroll::Scroll;
use crate::display::is_shown;

/// Writes cells. It begins with the plain look, where the cursor stands, if that is known.
#[derive(Debug)]
pub(super) struct Brush<'a> {
    bytes: &'a mut Vec<u8>,
    depth: ColourDepth,
    columns: u16,
    look: Look,
    /// The row, where it is known.
    y: Option<u16>,
    /// And the column: terminals disagree on how wide some characters are.
    x: Option<u16>,
}

/// Where a brush was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    written: usize,
    look: Look,
    at: (Option<u16>, Option<u16>),
}

impl Mark {
    /// Had nothing been written by then?
    pub(super) fn is_at_start(self) -> bool {
        self.written == 0
    }
}

impl<'a> Brush<'a> {
    pub(super) fn new(
        bytes: &'a mut Vec<u8>,
        depth: ColourDepth,
        columns: u16,
        at: Option<Position>,
    ) -> Self {
        Self {
            bytes,
            depth,
            columns,
            look: PLAIN,
            y: at.map(|at| at.y),
            x: at.map(|at| at.x),
        }
    }

    /// How many bytes there are by now.
    pub(super) fn written(&self) -> usize {
        self.bytes.len()
    }

    /// What can be gone back to.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            written: self.bytes.len(),
            look: self.look,
            at: (self.y, self.x),
        }
    }

    /// Takes back what has been written since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.written);
        self.look = mark.look;
        (self.y, self.x) = mark.at;
    }

    /// Goes to a cell, over cells that already show what they are to show.
    pub(super) fn go(&mut self, to: Position, row: &[Cell]) {
        if (self.y, self.x) == (Some(to.y), Some(to.x)) {
            return;
        }
        let way = self.way(to);
        match self.over(to, row) {
            Some(cells) if cells <= way.len() => {
                let from = usize::from(self.x.unwrap_or(to.x));
                for cell in &row[from..usize::from(to.x)] {
                    self.put(cell);
                }
            }
            _ => self.bytes.extend_from_slice(&way),
        }
        (self.y, self.x) = (Some(to.y), Some(to.x));
    }

    /// Bytes that it takes to write what lies between once more; none where that is no way.
    fn over(&self, to: Position, row: &[Cell]) -> Option<usize> {
        let from = self.x.filter(|x| self.y == Some(to.y) && *x < to.x)?;
        let between = row.get(usize::from(from)..usize::from(to.x))?;
        let length = |cell: &Cell| {
            let is_same = self.look_for(cell) == self.look;
            (is_same && is_narrow(cell.symbol())).then(|| cell.symbol().len())
        };
        between.iter().map(length).sum()
    }

    /// The shortest sequence that leads there.
    fn way(&self, to: Position) -> Vec<u8> {
        let mut ways = vec![format!("\x1b[{};{}H", to.y + 1, to.x + 1)];
        let along = |from: Option<u16>| {
            let mut ways = vec![format!("\x1b[{}G", to.x + 1)];
            match from {
                Some(x) if x == to.x => ways.push(String::new()),
                Some(x) if x < to.x => ways.push(format!("\x1b[{}C", number(to.x - x))),
                Some(x) => {
                    ways.push(format!("\x1b[{}D", number(x - to.x)));
                    ways.push("\x08".repeat(usize::from(x - to.x)));
                }
                None => {}
            }
            if to.x == 0 {
                ways.push("\r".to_owned());
            }
            ways.into_iter().min_by_key(String::len).unwrap_or_default()
        };
        match self.y {
            Some(y) if y == to.y => ways.push(along(self.x)),
            // Behind the last column some terminals stay in it, and some do not.
            Some(y) if y < to.y && self.x.is_some() => {
                let down = usize::from(to.y - y);
                ways.push("\n".repeat(down) + &along(self.x));
            }
            _ => {}
        }
        let shortest = ways.into_iter().min_by_key(String::len).unwrap_or_default();
        shortest.into_bytes()
    }

    /// Writes a cell where it stands.
    pub(super) fn put(&mut self, cell: &Cell) {
        let wanted = self.look_for(cell);
        if wanted != self.look {
            change(self.bytes, self.look, wanted);
            self.look = wanted;
        }
        let symbol = cell.symbol();
        // What must not be shown never gets through, wherever a name came from.
        if symbol.is_empty() || !symbol.chars().all(is_shown) {
            self.bytes.push(b' ');
        } else {
            self.bytes.extend_from_slice(symbol.as_bytes());
        }
        let is_narrow = is_narrow(symbol);
        let next = self.x.map(|x| x + 1).filter(|x| *x < self.columns);
        self.x = next.filter(|_| is_narrow);
    }

    /// Ends with the plain look; where the cursor stands.
    pub(super) fn end(mut self) -> Option<Position> {
        self.plain();
        Some(Position::new(self.x?, self.y?))
    }

    fn plain(&mut self) {
        if self.look != PLAIN {
            change(self.bytes, self.look, PLAIN);
            self.look = PLAIN;
        }
    }

    /// Has the terminal move rows, which alone are its scroll region for so long.
    pub(super) fn scroll(&mut self, scroll: Scroll) {
        // Blank lines take the look of the moment on some terminals, and none on others.
        self.plain();
        let what = if scroll.lines > 0 { 'M' } else { 'L' };
        let lines = number(scroll.lines.unsigned_abs());
        let (top, bottom) = (scroll.top + 1, scroll.bottom + 1);
        // Writing to a vector cannot fail.
        let _ = write!(
            self.bytes,
            "\x1b[{top};{bottom}r\x1b[{top}H\x1b[{lines}{what}\x1b[r"
        );
        (self.y, self.x) = (None, None);
    }

    fn look_for(&self, cell: &Cell) -> Look {
        let look = Look::of(cell, self.depth);
        if cell.symbol() == " " {
            look.on_blank(self.look)
        } else {
            look
        }
    }
}

/// A parameter, which is one where it is left out.
fn number(n: u16) -> String {
    if n == 1 { String::new() } else { n.to_string() }
}

/// One column wherever we may run? ASCII, letters with accents, box drawing, blocks and braille, and
/// what no terminal takes for anything else.
fn is_narrow(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let (Some(only), None) = (chars.next(), chars.next()) else {
        return false;
    };
    matches!(only, ' '..='~' | '\u{a0}'..='\u{24f}' | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}')
        || (is_shown(only) && only.width_cjk() == Some(1))
}
