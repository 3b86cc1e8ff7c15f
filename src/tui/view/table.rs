//! A table of results: names to the left, numbers to the right, as many columns as fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::Pen;
use crate::event::{Cell, ResultTable};
use crate::tui::screen::Screen;
use crate::tui::{format, text};

/// A name takes no more columns than this.
const WIDEST: usize = 26;

pub(super) fn height(table: &ResultTable) -> u16 {
    table.rows.len() as u16 + 2
}

pub(super) fn draw(screen: &Screen, buffer: &mut Buffer, area: Rect, table: &ResultTable) {
    let (theme, glyphs) = (screen.theme(), screen.glyphs());
    let widths = widths(table, glyphs.none);
    let room = usize::from(area.width);
    let mut used = 0;
    let fitting = widths.iter().take_while(|width| {
        used += **width + 2;
        used <= room + 2
    });
    let shown = fitting.count().max(1);
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.put(&table.title, theme.strong);
    let hidden = widths.len() - shown.min(widths.len());
    if hidden > 0 {
        pen.skip(2).put(&format!("+{hidden} columns: z zooms"), theme.dim);
    }
    let mut pen = Pen::new(buffer, glyphs, area, 1);
    for (i, (column, width)) in table.columns.iter().zip(&widths).take(shown).enumerate() {
        cell(&mut pen, i == 0, column, *width, theme.dim);
    }
    for (row, cells) in table.rows.iter().enumerate() {
        let mut pen = Pen::new(buffer, glyphs, area, row + 2);
        for (i, (value, width)) in cells.iter().zip(&widths).take(shown).enumerate() {
            let style = match value {
                Cell::Undefined => theme.dim,
                _ => theme.text,
            };
            cell(&mut pen, i == 0, &shown_cell(value, glyphs.none), *width, style);
        }
    }
}

fn cell(pen: &mut Pen<'_>, is_name: bool, words: &str, width: usize, style: Style) {
    if is_name {
        pen.name(words, width, style).skip(2);
    } else {
        pen.right(words, width, style).skip(2);
    }
}

fn widths(table: &ResultTable, none: &str) -> Vec<usize> {
    let heads = table.columns.iter().map(|head| text::width(&text::clean(head)));
    let mut widths: Vec<_> = heads.collect();
    for row in &table.rows {
        for (width, value) in widths.iter_mut().zip(row) {
            *width = (*width).max(text::width(&text::clean(&shown_cell(value, none))));
        }
    }
    widths.into_iter().map(|width| width.min(WIDEST)).collect()
}

fn shown_cell(cell: &Cell, none: &str) -> String {
    match cell {
        Cell::Undefined => none.to_owned(),
        Cell::Count(count) => format::count(*count),
        Cell::Number(number) => format::metric(*number),
        Cell::Text(words) => words.clone(),
    }
}
