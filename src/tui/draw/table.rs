//! A table of results: names to the left, numbers to the right, as many columns as fit; where
//! nothing could make more room, the others follow below, beside the same names.

use std::iter;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Pen, View, text};
use crate::display::{self, layout};
use crate::event::{Cell, ResultTable};
use crate::tui::command::Action;
use crate::tui::layout::Arrangement;

/// A column is no wider than this; the names may be where there is room beside all others.
const WIDEST: usize = 26;
/// Decimals of a number below ten.
const DECIMALS: usize = 4;
/// Columns of the star before the best row, with its gap.
const STAR: usize = 2;
/// Blanks between columns.
const GAP: usize = 2;

/// A table as it is to be shown.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Shown<'a> {
    /// The table.
    pub table: &'a ResultTable,
    /// Which of its rows, in which order.
    pub rows: Vec<usize>,
    /// The same table of the run that it is compared with.
    pub before: Option<&'a ResultTable>,
    /// By which column the rows are sorted, and whether the other way round.
    pub sorted: Option<(usize, bool)>,
}

/// How the cells of a column are shown.
struct Column {
    /// Columns of the values.
    value: usize,
    /// As many decimals as its values need, the same for all of them.
    decimals: usize,
    /// Columns of the differences; zero where there are none.
    delta: usize,
}

impl Column {
    fn width(&self) -> usize {
        match self.delta {
            0 => self.value,
            delta => self.value + 1 + delta,
        }
    }
}

/// Lines that it takes in so many columns.
pub(in crate::tui) fn height(view: &View<'_>, shown: &Shown<'_>, columns: u16) -> u16 {
    let widths = widths(&columns_of(view, shown, usize::from(columns)));
    let blocks = blocks(view, &widths, usize::from(columns)).len();
    // A title, then for each block its heads and rows, with a blank line between two of them.
    (blocks * (shown.rows.len() + 2)) as u16
}

pub(in crate::tui) fn draw(view: &View<'_>, buffer: &mut Buffer, area: Rect, shown: &Shown<'_>) {
    let (theme, glyphs) = (view.theme, view.glyphs);
    let table = shown.table;
    let columns = columns_of(view, shown, usize::from(area.width));
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
        let top = 1 + number * (shown.rows.len() + 2);
        let places = || iter::once(0).chain(block.clone());
        let mut pen = Pen::new(buffer, glyphs, area, top);
        for at in places() {
            let (head, style) = head(view, shown, at);
            put(&mut pen, at, (&head, style), &columns[at], None);
        }
        for (line, row) in shown.rows.iter().enumerate() {
            let Some(cells) = table.rows.get(*row) else {
                continue;
            };
            let mut pen = Pen::new(buffer, glyphs, area, top + 1 + line);
            for (at, cell) in places().filter_map(|at| Some((at, cells.get(at)?))) {
                let undefined = matches!(cell, Cell::Undefined);
                let style = if undefined { theme.dim } else { theme.text };
                let words = words(cell, columns[at].decimals, glyphs.none);
                let words = if at == 0 {
                    starred(view, table, *row, words)
                } else {
                    words
                };
                let delta = delta(shown, *row, at);
                let delta = delta
                    .as_deref()
                    .map(|delta| (delta, view.delta_style(delta)));
                put(&mut pen, at, (&words, style), &columns[at], delta);
            }
        }
    }
}

/// A row's name, with a star where it is the best.
fn starred(view: &View<'_>, table: &ResultTable, row: usize, name: String) -> String {
    match table.best {
        None => name,
        Some(best) if best == row => format!("{} {name}", view.glyphs.best),
        Some(_) => format!("{:STAR$}{name}", ""),
    }
}

/// The head of a column, marked where the rows are sorted by it.
fn head(view: &View<'_>, shown: &Shown<'_>, at: usize) -> (String, Style) {
    let name = &shown.table.columns[at];
    match shown.sorted.filter(|(column, _)| *column == at) {
        Some((_, is_reversed)) => {
            let glyphs = view.glyphs;
            let sign = if is_reversed {
                glyphs.ascending
            } else {
                glyphs.descending
            };
            (format!("{sign}{name}"), view.theme.accent)
        }
        None => (name.clone(), view.theme.dim),
    }
}

/// How a number differs from that of the same row and column of the table before; none where it is no
/// number, or there was none.
pub(in crate::tui) fn delta(shown: &Shown<'_>, row: usize, at: usize) -> Option<String> {
    let (table, before) = (shown.table, shown.before?);
    let name = table.columns.get(at)?;
    let column = before.columns.iter().position(|head| head == name)?;
    let cells = table.rows.get(row)?;
    let first = cells.first()?;
    let same = |other: &&Vec<Cell>| other.first() == Some(first);
    let in_place = before.rows.get(row).filter(same);
    let was = in_place
        .or_else(|| before.rows.iter().find(same))?
        .get(column)?;
    Some(match (was, cells.get(at)?) {
        // What names the row is no number to compare.
        _ if at == 0 => return None,
        (Cell::Number(was), Cell::Number(is)) => display::signed(is - was),
        (Cell::Count(was), Cell::Count(is)) => display::signed_count(*was, *is),
        _ => return None,
    })
}

/// Which columns stand side by side, but for the first, which every block begins with. Only where
/// nothing could make more room is there more than one block.
fn blocks(view: &View<'_>, widths: &[usize], room: usize) -> Vec<Range<usize>> {
    let is_zoomed = is_zoomed(view);
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

fn is_zoomed(view: &View<'_>) -> bool {
    view.layout.arrangement == Arrangement::Zoomed
}

fn columns_of(view: &View<'_>, shown: &Shown<'_>, room: usize) -> Vec<Column> {
    let columns = 0..shown.table.columns.len();
    let all = columns.map(|at| column(shown, at, view.glyphs.none));
    let mut all: Vec<Column> = all.collect();
    let others: usize = all.iter().skip(1).map(|column| GAP + column.width()).sum();
    if let Some(names) = all.first_mut() {
        let most = room.saturating_sub(others + names.width() - names.value);
        // Where columns that find no room stand below, names may take half of it.
        let least = if is_zoomed(view) { room / 2 } else { WIDEST };
        names.value = names.value.min(most.max(least).max(WIDEST));
    }
    all
}

fn widths(columns: &[Column]) -> Vec<usize> {
    columns.iter().map(Column::width).collect()
}

/// Writes a cell; the first column names the row.
fn put(
    pen: &mut Pen<'_>,
    at: usize,
    (words, style): (&str, Style),
    column: &Column,
    delta: Option<(&str, Style)>,
) {
    if at == 0 {
        pen.name(words, column.value, style);
    } else {
        pen.right(words, column.value, style);
    }
    if column.delta > 0 {
        let (words, style) = delta.unwrap_or_default();
        pen.skip(1).left(words, column.delta, style);
    }
    pen.skip(GAP);
}

fn column(shown: &Shown<'_>, at: usize, none: &str) -> Column {
    let rows = || shown.table.rows.iter();
    let cells = || rows().filter_map(|row| row.get(at));
    let decimals = cells().map(needed_decimals).max().unwrap_or(0);
    let width_of = |words: &str| text::width(&display::clean(words));
    let mark = usize::from(shown.sorted.is_some_and(|(column, _)| column == at));
    let head = width_of(&shown.table.columns[at]) + mark;
    let widths = cells().map(|cell| width_of(&words(cell, decimals, none)));
    let deltas = shown.rows.iter().filter_map(|row| delta(shown, *row, at));
    let widest = widths.fold(head, usize::max);
    let star = match shown.table.best {
        Some(_) if at == 0 => STAR,
        _ => 0,
    };
    Column {
        value: if at == 0 {
            widest + star
        } else {
            widest.min(WIDEST)
        },
        decimals,
        delta: deltas.map(|delta| delta.len()).max().unwrap_or(0),
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

/// A cell with so many decimals.
fn words(cell: &Cell, decimals: usize, none: &str) -> String {
    match cell {
        Cell::Undefined => none.to_owned(),
        Cell::Count(count) => display::count(*count),
        Cell::Number(number) if number.abs() < 10.0 => format!("{number:.decimals$}"),
        Cell::Number(number) => display::metric(*number),
        Cell::Text(words) => words.clone(),
    }
}

/// A cell by itself.
pub(in crate::tui) fn cell_words(cell: &Cell) -> String {
    words(cell, DECIMALS, "undefined")
}
