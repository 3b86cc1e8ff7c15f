//! Figures that are read from afar: digits three cells wide and three rows high.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::draw::Pen;
use crate::tui::draw::glyphs::Glyphs;

/// Rows that they take.
pub(super) const ROWS: u16 = 3;

/// Five rows of three dots each, the left one first.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b001, 0b001, 0b001],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];
const POINT: [u8; 5] = [0, 0, 0, 0, 1];

/// The dots of a sign, and how many columns it takes.
fn dots(sign: char) -> Option<([u8; 5], usize)> {
    if sign == '.' {
        return Some((POINT, 1));
    }
    let digit = sign.to_digit(10)?;
    Some((DIGITS[digit as usize], 3))
}

/// Draws a figure and its unit, such as `7.42 s`: the figure large where there is room for it.
pub(super) fn draw(
    buffer: &mut Buffer,
    glyphs: &'static Glyphs,
    area: Rect,
    words: &str,
    style: Style,
) {
    let (figure, unit) = words.rsplit_once(' ').unwrap_or((words, ""));
    let columns: usize = figure
        .chars()
        .filter_map(dots)
        .map(|(_, columns)| columns + 1)
        .sum();
    let is_drawn = glyphs.blocks
        && area.height >= ROWS
        && columns + unit.len() <= usize::from(area.width)
        && figure.chars().all(|sign| dots(sign).is_some());
    if !is_drawn {
        Pen::new(buffer, glyphs, area, 0).put(words, style);
        return;
    }
    for row in 0..usize::from(ROWS) {
        let mut pen = Pen::new(buffer, glyphs, area, row);
        for (rows, columns) in figure.chars().filter_map(dots) {
            for column in (0..columns).rev() {
                let is_set = |row: usize| rows.get(row).is_some_and(|dots| dots >> column & 1 == 1);
                let sign = match (is_set(2 * row), is_set(2 * row + 1)) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => " ",
                };
                pen.put(sign, style);
            }
            pen.skip(1);
        }
        if row + 1 == usize::from(ROWS) {
            pen.put(unit, style);
        }
    }
}
