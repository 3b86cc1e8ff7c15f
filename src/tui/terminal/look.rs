//! The look of a cell, and the shortest way from one look to the next.

use std::io::Write as _;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::colour::{ColourDepth, fit};

/// What SGR (`CSI m`) sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

pub(super) const PLAIN: Look = Look {
    fg: Color::Reset,
    bg: Color::Reset,
    modifier: Modifier::empty(),
};

/// What is seen of a cell without a letter, beside its ground; the colour of the text is seen in it.
const SEEN_ON_BLANK: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// What ends attributes; some of them end together.
const ENDS: [(Modifier, u8); 7] = [
    (Modifier::BOLD.union(Modifier::DIM), 22),
    (Modifier::ITALIC, 23),
    (Modifier::UNDERLINED, 24),
    (Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK), 25),
    (Modifier::REVERSED, 27),
    (Modifier::HIDDEN, 28),
    (Modifier::CROSSED_OUT, 29),
];

impl Look {
    /// The look of `cell` on a terminal with so many colours.
    pub(super) fn of(cell: &Cell, depth: ColourDepth) -> Self {
        Self {
            fg: fit(cell.fg, depth),
            bg: fit(cell.bg, depth),
            modifier: cell.modifier,
        }
    }

    /// As much of it as is seen where this symbol has it.
    pub(super) fn as_seen(self, symbol: &str) -> Self {
        if symbol == " " && !self.modifier.intersects(SEEN_ON_BLANK) {
            let Self { bg, .. } = self;
            Self { bg, ..PLAIN }
        } else {
            self
        }
    }

    /// What a blank with this look may as well have, right after another look.
    pub(super) fn on_blank(self, current: Self) -> Self {
        if (self.modifier | current.modifier).intersects(SEEN_ON_BLANK) {
            self
        } else {
            let Self { bg, .. } = self;
            Self { bg, ..current }
        }
    }
}

/// Appends one SGR sequence that leads from one look to another.
pub(super) fn change(bytes: &mut Vec<u8>, from: Look, to: Look) {
    if to == PLAIN {
        bytes.extend_from_slice(b"\x1b[m");
        return;
    }
    let start = bytes.len();
    bytes.extend_from_slice(b"\x1b[");
    let mut left = from;
    for (modifier, code) in ENDS {
        if left.modifier.intersects(modifier) && !to.modifier.contains(left.modifier & modifier) {
            put(bytes, format_args!("{code};"));
            left.modifier -= modifier;
        }
    }
    let is_ending = left.modifier != from.modifier;
    begin(bytes, left, to);
    if is_ending {
        // Perhaps it is shorter to end all of them, and the colours too.
        let one_by_one = bytes.len() - start;
        bytes.extend_from_slice(b"\x1b[0;");
        begin(bytes, PLAIN, to);
        if bytes.len() - start - one_by_one < one_by_one {
            bytes.drain(start..start + one_by_one);
        } else {
            bytes.truncate(start + one_by_one);
        }
    }
}

/// Appends what is to be set, and the end of the sequence.
fn begin(bytes: &mut Vec<u8>, from: Look, to: Look) {
    for (modifier, code) in ATTRIBUTES {
        if to.modifier.contains(modifier) && !from.modifier.contains(modifier) {
            put(bytes, format_args!("{code};"));
        }
    }
    if to.fg != from.fg {
        put_colour(bytes, to.fg, 30);
    }
    if to.bg != from.bg {
        put_colour(bytes, to.bg, 40);
    }
    // In place of the last semicolon.
    bytes.pop();
    bytes.push(b'm');
}

fn put_colour(bytes: &mut Vec<u8>, colour: Color, base: u8) {
    match colour {
        Color::Rgb(r, g, b) => put(bytes, format_args!("{};2;{r};{g};{b};", base + 8)),
        Color::Indexed(n) => put(bytes, format_args!("{};5;{n};", base + 8)),
        named => put(bytes, format_args!("{};", base + named_code(named))),
    }
}

fn put(bytes: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _ = bytes.write_fmt(arguments);
}

/// To be added to 30 or 40.
pub(super) const fn named_code(colour: Color) -> u8 {
    match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 60,
        Color::LightRed => 61,
        Color::LightGreen => 62,
        Color::LightYellow => 63,
        Color::LightBlue => 64,
        Color::LightMagenta => 65,
        Color::LightCyan => 66,
        Color::White => 67,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => 9,
    }
}
