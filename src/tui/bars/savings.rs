//! What has been loaded against what eager loads: always in sight, in one line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::explain::savings::savings_words;
use crate::tui::draw::{Pen, View, text};

/// In a row of its own.
pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect) {
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip(1).put(&savings_words(view.ledger), view.theme.dim);
}

/// At the right of a rule, if there is room; else `or`, which is shorter.
pub(in crate::tui) fn on_rule(view: &View<'_>, buffer: &mut Buffer, area: Rect, or: &str) {
    let words = savings_words(view.ledger);
    let room = usize::from(area.width).saturating_sub(6);
    let words = if text::width(&words) <= room {
        &words
    } else {
        or
    };
    let style = view.theme.dim;
    let mut pen = Pen::new(buffer, view.glyphs, area, 0);
    pen.skip_to_last(text::width(words) + 4).put(" ", style);
    pen.put(words, style).put(" ", style);
}
