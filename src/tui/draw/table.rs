//! A table of results: names to the left, numbers to the right, as many columns as fit; where
//! nothing could make more room, the others follow below, beside the same names.

use std::iter;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pen, View, text};
use crate::display::{self, layout};
use crate::event::{Cell, ResultTable};
use crate::tui::command::Action;
use crate::tui::layout::Arrangement;

/// A column is no wider than this.
const WIDEST: usize = 26;
/// Decimals of a number below ten.
const DECIMALS: usize = 4;
/// Blanks between columns.
const GAP: usize = 2;

/// How the cells of a column are shown.
struct Column {
    width: usize,
    /// As many decimals as its values need, the same for all of them.
    decimals: usize,
}

/// Lines that it takes in so many columns.
pub(in crate::tui) fn height(view: &View<'_>, table: &ResultTable, columns: u16) -> u16 {
    let widths = widths(&columns_of(view, table));
    let blocks = blocks(view, &widths, usize::from(columns)).len();
    // A title, then for each block its heads and rows, with a blank line between two of them.
    (blocks * (table.rows.len() + 2)) as u16
}

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, table: &ResultTable) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let columns = columns_of(view, table);
    let blocks = blocks(view, &widths(&columns), usize::from(area.width));
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.put(&table.title, theme.strong);
    let hidden = columns.len() - blocks.last().map_or(columns.len(), |block| block.end);
    if hidden > 0 {
        let zoom = view.key(Action::Zoom);
        pen.skip(GAP);
        pen.put(&format!("+{hidden} columns: {zoom} zooms"), theme.dim);
    }
    for (number, block) in blocks.into_iter().enumerate() {
        let top = 1 + number * (table.rows.len() + 2);
        let shown = || iter::once(0).chain(block.clone());
        let mut pen = Pen::new(buffer, glyphs, area, top);
        for at in shown() {
            put(&mut pen, at, &table.columns[at], &columns[at], theme.dim);
        }
        for (row, cells) in table.rows.iter().enumerate() {
            let mut pen = Pen::new(buffer, glyphs, area, top + 1 + row);
            for (at, cell) in shown().filter_map(|at| Some((at, cells.get(at)?))) {
                let undefined = matches!(cell, Cell::Undefined);
                let style = if undefined { theme.dim } else { theme.text };
                let words = words(cell, columns[at].decimals, glyphs.none);
                put(&mut pen, at, &words, &columns[at], style);
            }
        }
    }
}

/// Which columns stand side by side, but for the first, which every block begins with. Only where
/// nothing could make more room is there more than one block.
fn blocks(view: &View<'_>, widths: &[usize], room: usize) -> Vec<Range<usize>> {
    let is_zoomed = view.layout.arrangement == Arrangement::Zoomed;
    let Some((name, others)) = widths.split_first() else {
        return Vec::new();
    };
    let room = room.saturating_sub(name + GAP);
    let mut blocks = Vec::new();
    let mut from = 0;
    while from < others.len() && (is_zoomed || blocks.is_empty()) {
        let fitting = layout::columns_that_fit(&others[from..], GAP, room);
        blocks.push(1 + from..1 + from + fitting);
        from += fitting;
    }
    if others.is_empty() {
        blocks.push(1..1);
    }
    blocks
}

fn columns_of(view: &View<'_>, table: &ResultTable) -> Vec<Column> {
    let columns = 0..table.columns.len();
    let all = columns.map(|at| column(table, at, view.glyphs.none));
    all.collect()
}

fn widths(columns: &[Column]) -> Vec<usize> {
    columns.iter().map(|column| column.width).collect()
}

/// Writes a cell; the first column names the row.
fn put(pen: &mut Pen<'_>, at: usize, words: &str, column: &Column, style: ratatui::style::Style) {
    if at == 0 {
        pen.name(words, column.width, style).skip(GAP);
    } else {
        pen.right(words, column.width, style).skip(GAP);
    }
}

fn column(table: &ResultTable, at: usize, none: &str) -> Column {
    let cells = || table.rows.iter().filter_map(|row| row.get(at));
    let decimals = cells().map(needed_decimals).max().unwrap_or(0);
    let width_of = |words: &str| text::width(&display::clean(words));
    let head = width_of(&table.columns[at]);
    let widths = cells().map(|cell| width_of(&words(cell, decimals, none)));
    Column {
        width: widths.fold(head, usize::max).min(WIDEST),
        decimals,
    }
}

fn needed_decimals(cell: &Cell) -> usize {
    let Cell::Number(number) = cell else {
        return 0;
    };
    let digits = format!("{number:.DECIMALS$}");
    let digits = digits.trim_end_matches('0');
    digits
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.len())
}

fn words(cell: &Cell, decimals: usize, none: &str) -> String {
    match cell {
        Cell::Undefined => none.to_owned(),
        Cell::Count(count) => display::count(*count),
        Cell::Number(number) if number.abs() < 10.0 => format!("{number:.decimals$}"),
        Cell::Number(number) => display::metric(*number),
        Cell::Text(words) => words.clone(),
    }
}
