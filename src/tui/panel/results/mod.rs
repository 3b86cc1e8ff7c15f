//! What the selected dimension found: verdict, gates, pictures, tables, notes. It is a page of
//! sections, of which the panel shows a part; where there is room, the tables stand beside the pictures.

mod layout;
mod page;
mod section;

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::list::Move;
use super::{Panel, Spot, Step};
use crate::display;
use crate::tui::command::{Action, Answer, unless};
use crate::tui::draw::{Pen, ResultRow, View, frame};
use crate::tui::find::Filter;
use crate::tui::layout::{PanelName, Placed};
use crate::vocabulary::{Dimension, Note};
use layout::{Block, Laid};

/// By which column a table is sorted, and whether the other way round.
type Sorts = HashMap<(Dimension, String), (usize, bool)>;

/// How far the page is scrolled, and where its cursor is; another dimension's page begins at its top.
#[derive(Debug, Default)]
pub(super) struct Results {
    scroll: usize,
    /// The row under the cursor, by its place among those that can be looked at.
    cursor: usize,
    /// Has the cursor moved since it was last brought into sight?
    has_moved: bool,
    /// Whose page it is.
    of: Option<Dimension>,
    filter: Filter,
    sorts: Sorts,
}

impl Results {
    fn laid<'a>(&self, view: &View<'a>, area: Rect) -> Laid<'a> {
        Laid::of(page::page(view, &self.filter, &self.sorts), view, area)
    }

    /// The page in the place where it was laid out.
    fn page<'a>(&self, view: &View<'a>) -> (Laid<'a>, Rect) {
        let placed = view.layout.place_of(PanelName::Results);
        let area = padded(placed.map_or(Rect::ZERO, |placed| placed.inner()));
        (self.laid(view, area), area)
    }

    /// The row under the cursor.
    fn selected(&self, view: &View<'_>) -> Option<ResultRow> {
        let (laid, _) = self.page(view);
        laid.rows.get(self.cursor).map(|row| row.what.clone())
    }

    /// Sorts the table under the cursor by its next column; after the last it is as it was.
    fn sort(&mut self, view: &View<'_>) -> Step {
        let Some((key, columns)) = self.table(view) else {
            return Step::Done;
        };
        let sorts = &mut self.sorts;
        let place = (view.dimension, key);
        let next = sorts.get(&place).map_or(0, |(column, _)| column + 1);
        if let Some(head) = columns.get(next) {
            sorts.insert(place, (next, false));
            return Step::Say(Note::info(format!("sorted by {}", display::clean(head))));
        }
        sorts.remove(&place);
        Step::Say(Note::info("in its own order"))
    }

    fn sort_other_way(&mut self, view: &View<'_>) {
        if let Some((key, _)) = self.table(view)
            && let Some((_, is_reversed)) = self.sorts.get_mut(&(view.dimension, key))
        {
            *is_reversed = !*is_reversed;
        }
    }

    /// The name and the column heads of the table under the cursor.
    fn table(&self, view: &View<'_>) -> Option<(String, Vec<String>)> {
        let Some(ResultRow::Table(key, _)) = self.selected(view) else {
            return None;
        };
        let outcome = view.ledger.dimension(view.dimension).outcome.as_ref()?;
        let columns = outcome.tables.get(&key)?.columns.clone();
        Some((key, columns))
    }

    /// Moves by a row; beyond the first and the last by a line, so that all of the page can be seen.
    fn step(&mut self, lines: isize, rows: usize) {
        let at = self.cursor.saturating_add_signed(lines);
        if rows == 0 || at == self.cursor || at >= rows {
            self.scroll = self.scroll.saturating_add_signed(lines);
        } else {
            self.cursor = at;
            self.has_moved = true;
        }
    }
}

impl Panel for Results {
    fn available(&self, action: Action, view: &View<'_>) -> Answer {
        match action {
            Action::OpenRow => unless(self.selected(view).is_none(), "no row is under the cursor"),
            Action::Sort | Action::SortOtherWay => {
                unless(self.table(view).is_none(), "no table is under the cursor")
            }
            _ => Ok(()),
        }
    }

    fn perform(&mut self, action: Action, view: &View<'_>) -> Step {
        let all = Dimension::ALL;
        let beside = |places| all[(view.dimension as usize + places) % all.len()];
        match action {
            Action::NextResult => Step::Show(beside(1)),
            Action::PreviousResult => Step::Show(beside(all.len() - 1)),
            Action::OpenRow => match self.selected(view) {
                Some(ResultRow::Need(name)) => Step::Explain(name, None),
                Some(row) => Step::Open(row),
                None => Step::Done,
            },
            Action::Sort => self.sort(view),
            Action::SortOtherWay => {
                self.sort_other_way(view);
                Step::Done
            }
            _ => Step::Done,
        }
    }

    fn go(&mut self, to: Move, view: &View<'_>) {
        let (laid, area) = self.page(view);
        let rows = laid.rows.len();
        match to {
            Move::By(lines @ (1 | -1)) => self.step(lines, rows),
            Move::By(lines) => {
                let most = laid.lines.saturating_sub(usize::from(area.height));
                self.scroll = self.scroll.saturating_add_signed(lines).min(most);
                // The cursor comes along.
                let in_sight = self.scroll..self.scroll + usize::from(area.height);
                let is_in_sight = |row: &layout::Row| in_sight.contains(&row.line);
                if !laid.rows.get(self.cursor).is_some_and(is_in_sight) {
                    let found = laid.rows.iter().position(is_in_sight);
                    self.cursor = found.unwrap_or(self.cursor);
                }
            }
            Move::Top => (self.scroll, self.cursor) = (0, 0),
            Move::Bottom => (self.scroll, self.cursor) = (usize::MAX, rows.saturating_sub(1)),
        }
    }

    fn click(&mut self, at: Position, inner: Rect, view: &View<'_>) -> Step {
        let laid = self.laid(view, padded(inner));
        let line = self.scroll + usize::from(at.y - inner.y);
        let is_there =
            |row: &layout::Row| row.line == line && (row.x..row.x + row.width).contains(&at.x);
        if let Some(found) = laid.rows.iter().position(is_there) {
            self.cursor = found;
        }
        Step::Done
    }

    fn settle(&mut self, inner: Rect, view: &View<'_>) {
        if self.of != Some(view.dimension) {
            self.of = Some(view.dimension);
            (self.scroll, self.cursor) = (0, 0);
        }
        if inner.is_empty() {
            return;
        }
        let area = padded(inner);
        let laid = self.laid(view, area);
        self.cursor = self.cursor.min(laid.rows.len().saturating_sub(1));
        let height = usize::from(inner.height);
        if std::mem::take(&mut self.has_moved)
            && let Some(row) = laid.rows.get(self.cursor)
        {
            // The whole of a picture; and above a row the head of its table.
            let (from, to) = (
                row.line.saturating_sub(2),
                row.line + usize::from(row.height),
            );
            if to > self.scroll + height {
                self.scroll = to - height;
            }
            if from < self.scroll || self.cursor == 0 {
                self.scroll = if self.cursor == 0 { 0 } else { from };
            }
            if row.line < self.scroll || row.line >= self.scroll + height {
                self.scroll = row.line;
            }
        }
        self.scroll = self.scroll.min(laid.lines.saturating_sub(height));
    }

    fn filter(&self) -> Option<&Filter> {
        Some(&self.filter)
    }

    fn find(&mut self, filter: Filter, _view: &View<'_>) {
        self.filter = filter;
        (self.scroll, self.cursor) = (0, 0);
    }

    fn spot(&self, _view: &View<'_>) -> Option<Spot> {
        Some(Spot::Row(self.cursor))
    }

    fn go_to(&mut self, spot: &Spot, _view: &View<'_>) {
        if let Spot::Row(row) = spot {
            self.cursor = *row;
            self.has_moved = true;
        }
    }

    fn cursor_row(&self, view: &View<'_>) -> u16 {
        let (laid, _) = self.page(view);
        let row = laid.rows.get(self.cursor);
        row.map_or(0, |row| row.line.saturating_sub(self.scroll) as u16)
    }

    fn draw(&self, view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
        let inner = frame::frame(view, buffer, placed);
        which(view, buffer, placed);
        let area = padded(inner);
        let laid = self.laid(view, area);
        let in_sight = self.scroll..self.scroll + usize::from(area.height);
        for block in &laid.blocks {
            let bottom = block.top + usize::from(block.area.height);
            if bottom > in_sight.start && block.top < in_sight.end {
                part(
                    view,
                    buffer,
                    area,
                    block,
                    block.top as isize - self.scroll as isize,
                );
            }
        }
        self.mark(view, buffer, inner, &laid);
        frame::found(view, buffer, area, &self.filter);
        frame::thumb(view, buffer, placed, inner, (self.scroll, laid.lines));
        frame::filtered(view, buffer, placed, &self.filter, laid.rows.len());
    }
}

impl Results {
    /// Marks the row under the cursor.
    fn mark(&self, view: &View<'_>, buffer: &mut Buffer, inner: Rect, laid: &Laid<'_>) {
        let Some(row) = laid.rows.get(self.cursor) else {
            return;
        };
        let Some(line) = row.line.checked_sub(self.scroll) else {
            return;
        };
        if line >= usize::from(inner.height) {
            return;
        }
        let before = Rect::new(row.x.saturating_sub(1), inner.y, 1, inner.height);
        let mut pen = Pen::new(buffer, view.glyphs, before, line);
        frame::cursor(view, &mut pen, PanelName::Results, true);
        let all = Rect::new(row.x, inner.y, row.width, inner.height);
        frame::highlight(view, buffer, all, PanelName::Results, line);
    }
}

fn padded(inner: Rect) -> Rect {
    Rect::new(
        inner.x + 1,
        inner.y,
        inner.width.saturating_sub(1),
        inner.height,
    )
}

/// The numbers of the dimensions in the upper edge, the one that is shown marked.
fn which(view: &View<'_>, buffer: &mut Buffer, placed: &Placed) {
    let theme = view.theme;
    let name = view.dimension.name();
    let columns = name.len() + 14;
    let area = placed.area;
    let row = Rect::new(area.x, area.y, area.width - 1, 1);
    let mut pen = Pen::new(buffer, view.glyphs, row, 0);
    pen.skip_to_last(columns).put(" ", theme.dim);
    for (i, dimension) in Dimension::ALL.into_iter().enumerate() {
        let number = ["1", "2", "3", "4", "5"][i];
        let style = if dimension == view.dimension {
            theme.accent.add_modifier(Modifier::REVERSED)
        } else {
            theme.dim
        };
        pen.put(number, style).put(" ", theme.dim);
    }
    pen.put(" ", theme.dim)
        .put(name, theme.strong)
        .put(" ", theme.dim);
}

/// Draws a section of which the upper or lower lines may be out of sight.
fn part(view: &View<'_>, buffer: &mut Buffer, area: Rect, block: &Block<'_>, at: isize) {
    let Rect {
        x, width, height, ..
    } = block.area;
    if at >= 0 && at as u16 + height <= area.height {
        let whole = Rect::new(x, area.y + at as u16, width, height);
        block.section.draw(view, buffer, whole);
        return;
    }
    let whole = Rect::new(0, 0, width, height);
    let mut page = Buffer::empty(whole);
    page.set_style(whole, view.theme.ground);
    block.section.draw(view, &mut page, whole);
    for y in 0..height {
        let target = at + y as isize;
        if (0..area.height as isize).contains(&target) {
            for column in 0..width {
                buffer[(x + column, area.y + target as u16)] = page[(column, y)].clone();
            }
        }
    }
}
