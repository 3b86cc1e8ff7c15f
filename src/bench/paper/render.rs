//! A [`Page`] as text and as Markdown; nothing is decided here.

use std::fmt::Write;

use super::page::{Page, Row, Table};
use crate::bench::columns::{push_columns, push_markdown};

/// The page as text for a terminal.
pub fn text(page: &Page) -> String {
    let mut text = format!("The paper's tables, measured: {}\n", page.machine.words());
    for sentence in &page.method {
        let _ = writeln!(text, "{sentence}");
    }
    for table in &page.tables {
        let _ = writeln!(text, "\n{}  {}\n{}\n", table.id, table.title, table.about);
        let mut lines = vec![heads(table)];
        lines.extend(table.rows.iter().map(cells));
        push_columns(&mut text, &lines);
        text.push('\n');
        for row in table.rows.iter().filter(|row| !row.why.is_empty()) {
            let _ = writeln!(text, "  {}: {}", row.label, row.why);
        }
        for contradiction in &table.contradictions {
            let _ = writeln!(text, "  the paper contradicts itself: {contradiction}");
        }
    }
    text
}

/// The page as Markdown.
pub fn markdown(page: &Page) -> String {
    let mut text = format!("**{}**\n", page.machine.words());
    for sentence in &page.method {
        let _ = write!(text, "\n{sentence}\n");
    }
    for table in &page.tables {
        let _ = write!(
            text,
            "\n### {}: {}\n\n{}\n\n",
            table.id, table.title, table.about
        );
        let heads = [heads(table), vec!["why".to_owned()]].concat();
        let mut lines = vec![heads];
        let rows = table.rows.iter();
        lines.extend(rows.map(|row| [cells(row), vec![row.why.clone()]].concat()));
        push_markdown(&mut text, &lines);
        for contradiction in &table.contradictions {
            let _ = write!(text, "\nThe paper contradicts itself: {contradiction}\n");
        }
    }
    text
}

fn heads(table: &Table) -> Vec<String> {
    let mut heads = vec!["what".to_owned()];
    heads.extend(table.columns.iter().map(ToString::to_string));
    heads.extend(["paper", "verdict"].map(str::to_owned));
    heads
}

fn cells(row: &Row) -> Vec<String> {
    let mut cells = vec![row.label.clone()];
    cells.extend(row.cells.iter().cloned());
    cells.extend([row.paper.clone(), row.verdict.words().to_owned()]);
    cells
}
