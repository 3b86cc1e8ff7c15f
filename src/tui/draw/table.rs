//! A table of results: names to the left, numbers to the right, as many columns as fit.

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

pub(in crate::tui) fn height(table: &ResultTable) -> u16 {
    table.rows.len() as u16 + 2
}

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, table: &ResultTable) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let columns: Vec<_> = (0..table.columns.len())
        .map(|at| column(table, at, glyphs.none))
        .collect();
    let widths: Vec<usize> = columns.iter().map(|column| column.width).collect();
    let shown = layout::columns_that_fit(&widths, GAP, usize::from(area.width));
    let mut pen = Pen::new(buffer, glyphs, area, 0);
    pen.put(&table.title, theme.strong);
    let hidden = columns.len() - shown;
    if hidden > 0 {
        let is_zoomed = view.layout.arrangement == Arrangement::Zoomed;
        let hint = if is_zoomed {
            String::new()
        } else {
            format!(": {} zooms", view.key(Action::Zoom))
        };
        pen.skip(GAP);
        pen.put(&format!("+{hidden} columns{hint}"), theme.dim);
    }
    let columns = &columns[..shown];
    let mut pen = Pen::new(buffer, glyphs, area, 1);
    for (at, (head, column)) in table.columns.iter().zip(columns).enumerate() {
        put(&mut pen, at, head, column, theme.dim);
    }
    for (row, cells) in table.rows.iter().enumerate() {
        let mut pen = Pen::new(buffer, glyphs, area, row + 2);
        for (at, (cell, column)) in cells.iter().zip(columns).enumerate() {
            let undefined = matches!(cell, Cell::Undefined);
            let style = if undefined { theme.dim } else { theme.text };
            put(
                &mut pen,
                at,
                &words(cell, column.decimals, glyphs.none),
                column,
                style,
            );
        }
    }
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
