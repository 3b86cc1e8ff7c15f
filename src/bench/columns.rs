//! Tables as lines of text.

use std::fmt::Write;

/// Cells in columns as wide as they need to be: numbers to the right with their head, all else to the
/// left.
pub(super) fn push_columns(text: &mut String, lines: &[Vec<String>]) {
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let cells = |column: usize| lines.iter().filter_map(move |line| line.get(column));
    let width = |column: usize| cells(column).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
    let is_of_numbers = |column: usize| cells(column).skip(1).all(|cell| is_number(cell));
    let of_numbers: Vec<bool> = (0..columns).map(|c| c > 0 && is_of_numbers(c)).collect();
    for line in lines {
        let cells = line.iter().zip(&widths).zip(&of_numbers);
        let cells = cells.map(|((cell, width), of_numbers)| {
            if *of_numbers {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
}

/// Does it begin with a number, or stand for one that is missing?
fn is_number(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['+', '-', '<', '~']);
    cell == "-" || digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Cells as a table of Markdown; the first line is its head.
pub(super) fn push_markdown(text: &mut String, lines: &[Vec<String>]) {
    for (place, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line.iter().map(|cell| within_cell(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if place == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(line.len()));
        }
    }
}

/// A text that stays within its cell.
fn within_cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
