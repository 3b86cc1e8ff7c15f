//! Writes one row of cells from left to right. All text passes here, so none reaches the screen
//! with control characters in it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::glyphs::Glyphs;
use super::text;

/// A place in a row, and where the row ends.
pub(in crate::tui) struct Pen<'a> {
    buffer: &'a mut Buffer,
    glyphs: &'static Glyphs,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// At the start of row `row` of an area; beyond its last row nothing is written.
    pub(in crate::tui) fn new(
        buffer: &'a mut Buffer,
        glyphs: &'static Glyphs,
        area: Rect,
        row: usize,
    ) -> Self {
        let inside = row < usize::from(area.height);
        Self {
            buffer,
            glyphs,
            x: area.x,
            y: area.y + if inside { row as u16 } else { 0 },
            end: if inside { area.right() } else { area.x },
        }
    }

    /// Columns left.
    pub(in crate::tui) fn room(&self) -> usize {
        usize::from(self.end.saturating_sub(self.x))
    }

    /// Leaves columns as they are.
    pub(in crate::tui) fn skip(&mut self, columns: usize) -> &mut Self {
        self.x += columns.min(self.room()) as u16;
        self
    }

    /// Goes to the column that leaves so many to the end.
    pub(in crate::tui) fn skip_to_last(&mut self, columns: usize) -> &mut Self {
        let columns = self.room().saturating_sub(columns);
        self.skip(columns)
    }

    /// Takes columns off the end of the row.
    pub(in crate::tui) fn shorten(&mut self, columns: usize) -> &mut Self {
        self.end -= columns.min(self.room()) as u16;
        self
    }

    /// Writes text in the columns that it takes.
    pub(in crate::tui) fn put(&mut self, text: &str, style: Style) -> &mut Self {
        let shown = text::fit(text, self.room(), self.glyphs.ellipsis);
        self.write(&shown, style);
        self
    }

    /// Writes text to the left of so many columns.
    pub(in crate::tui) fn left(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let shown = text::fit(text, columns, self.glyphs.ellipsis);
        self.pad(&shown, columns, false, style)
    }

    /// Writes a name to the left of so many columns; a long one loses its middle.
    pub(in crate::tui) fn name(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let shown = text::fit_middle(text, columns, self.glyphs.ellipsis);
        self.pad(&shown, columns, false, style)
    }

    /// Writes text to the right of so many columns.
    pub(in crate::tui) fn right(&mut self, text: &str, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let shown = text::fit(text, columns, self.glyphs.ellipsis);
        self.pad(&shown, columns, true, style)
    }

    /// Writes one sign so many times.
    pub(in crate::tui) fn fill(&mut self, sign: &str, times: usize, style: Style) -> &mut Self {
        for _ in 0..times.min(self.room()) {
            self.write(sign, style);
        }
        self
    }

    fn pad(&mut self, text: &str, columns: usize, right: bool, style: Style) -> &mut Self {
        let blank = columns - text::width(text).min(columns);
        if right {
            self.skip(blank);
            self.write(text, style);
        } else {
            self.write(text, style);
            self.skip(blank);
        }
        self
    }

    fn write(&mut self, text: &str, style: Style) {
        let room = self.room();
        // Over a frame that is faint, words are not.
        let style = style.remove_modifier(Modifier::DIM - style.add_modifier);
        (self.x, _) = self.buffer.set_stringn(self.x, self.y, text, room, style);
    }

    /// A bar of `share` of so many columns; the rest stays as it is.
    pub(in crate::tui) fn bar(&mut self, share: f64, columns: usize, style: Style) -> &mut Self {
        let columns = columns.min(self.room());
        let halves = (share.clamp(0.0, 1.0) * columns as f64 * 2.0).round() as usize;
        let glyphs = self.glyphs;
        self.fill(glyphs.line_full, halves / 2, style);
        self.fill(glyphs.line_half, halves % 2, style);
        self.skip(columns - halves.div_ceil(2))
    }

    /// A progress line of so many columns, done to `share`.
    pub(in crate::tui) fn progress(
        &mut self,
        share: f64,
        columns: usize,
        done: Style,
        rest: Style,
    ) -> &mut Self {
        let columns = columns.min(self.room());
        let from = self.x;
        let empty = self.glyphs.line_empty;
        self.fill(empty, columns, rest);
        self.x = from;
        self.bar(share, columns, done)
    }
}
