//! The screen as a file that `cat` shows in a terminal as it was.

use ratatui::buffer::Cell;

use super::colour::ColourDepth;
use super::look::{Look, PLAIN, change};

/// Rows of cells with their colours, as deep as they are.
pub fn ansi<'a, R>(rows: impl Iterator<Item = R>) -> Vec<u8>
where
    R: Iterator<Item = &'a Cell>,
{
    let mut bytes = Vec::new();
    for row in rows {
        let mut look = PLAIN;
        for cell in row {
            let next = Look::of(cell, ColourDepth::True);
            if next != look {
                change(&mut bytes, look, next);
                look = next;
            }
            bytes.extend_from_slice(cell.symbol().as_bytes());
        }
        if look != PLAIN {
            change(&mut bytes, look, PLAIN);
        }
        bytes.push(b'\n');
    }
    bytes
}
