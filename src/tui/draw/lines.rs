//! The screen as lines of text, for a file.

use ratatui::buffer::{Buffer, Cell};

use super::text::width;

/// The rows of the screen without what is blank at their ends.
pub(in crate::tui) fn plain(buffer: &Buffer) -> String {
    let line = |row: &[Cell]| {
        let line: String = shown(row).map(Cell::symbol).collect();
        format!("{}\n", line.trim_end())
    };
    rows(buffer).map(line).collect()
}

/// Its rows.
pub(in crate::tui) fn rows(buffer: &Buffer) -> impl Iterator<Item = &[Cell]> {
    let columns = usize::from(buffer.area.width).max(1);
    buffer.content.chunks(columns)
}

/// The cells of a row but for those that a wide character before them covers.
pub(in crate::tui) fn shown(row: &[Cell]) -> impl Iterator<Item = &Cell> {
    let mut covered = 0_usize;
    row.iter().filter(move |cell| {
        let is_shown = covered == 0;
        if is_shown {
            covered = width(cell.symbol()).saturating_sub(1);
        } else {
            covered -= 1;
        }
        is_shown
    })
}
