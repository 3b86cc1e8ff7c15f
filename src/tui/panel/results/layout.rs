//! Where the sections of a page are: one under the other, or in two columns where there is room, and
//! then tables and notes are beside verdict and pictures.

use ratatui::layout::Rect;

use super::section::Section;
use crate::tui::draw::{ResultRow, View};

/// From so many columns on there are two.
const ROOMY: u16 = 120;
/// Blank columns between two.
const GAP: u16 = 4;

/// A section in its place.
pub(super) struct Block<'a> {
    /// The section.
    pub section: Section<'a>,
    /// Its columns and its height; its row is `top`.
    pub area: Rect,
    /// The line of the page that it begins in.
    pub top: usize,
}

/// A row that can be looked at by itself.
pub(super) struct Row {
    /// What it stands for.
    pub what: ResultRow,
    /// Its line on the page.
    pub line: usize,
    /// How many lines belong to it.
    pub height: u16,
    /// Its first column on the screen.
    pub x: u16,
    /// Its columns.
    pub width: u16,
}

/// A page in its place.
#[derive(Default)]
pub(super) struct Laid<'a> {
    /// Its sections.
    pub blocks: Vec<Block<'a>>,
    /// Its rows, in the order of the cursor.
    pub rows: Vec<Row>,
    /// How high it is.
    pub lines: usize,
}

impl<'a> Laid<'a> {
    /// Lays a page out.
    pub(super) fn of(page: Vec<Section<'a>>, view: &View<'_>, area: Rect) -> Self {
        let mut laid = Self::default();
        let has_tables = page.iter().any(Section::stands_beside);
        if area.width < ROOMY || !has_tables {
            laid.column(page, view, area);
            return laid;
        }
        let width = (area.width - GAP) / 2;
        let (beside, first): (Vec<_>, Vec<_>) = page.into_iter().partition(Section::stands_beside);
        laid.column(first, view, Rect { width, ..area });
        let x = area.x + area.width - width;
        laid.column(spaced(beside), view, Rect { x, width, ..area });
        laid
    }

    /// Puts sections one under the other.
    fn column(&mut self, page: Vec<Section<'a>>, view: &View<'_>, area: Rect) {
        let mut top = 0;
        let mut was_blank = true;
        for section in page {
            // Where what stood between two blanks is in the other column.
            if std::mem::replace(&mut was_blank, section.is_blank()) && section.is_blank() {
                continue;
            }
            let height = section.height(view, area);
            for (line, lines, row) in section.rows(view, area) {
                self.rows.push(Row {
                    what: row,
                    line: top + usize::from(line),
                    height: lines,
                    x: area.x,
                    width: area.width,
                });
            }
            self.blocks.push(Block {
                section,
                area: Rect { height, ..area },
                top,
            });
            top += usize::from(height);
        }
        self.lines = self.lines.max(top);
    }
}

/// With a blank line between tables, and before the notes.
fn spaced(sections: Vec<Section<'_>>) -> Vec<Section<'_>> {
    let mut spaced: Vec<Section<'_>> = Vec::new();
    for section in sections {
        let goes_on = spaced
            .last()
            .is_some_and(|last| last.is_note() && section.is_note());
        if !spaced.is_empty() && !goes_on {
            spaced.push(Section::Blank);
        }
        spaced.push(section);
    }
    spaced
}
