//! A table of what was measured, and its forms.

use std::fmt::Write;

use serde::Serialize;

use super::Peers;
use crate::bench::columns::{push_columns, push_markdown};

/// A table.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// What it is about.
    pub title: String,
    /// How it was measured.
    pub about: String,
    /// Heads of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, a cell a column.
    pub rows: Vec<Vec<String>>,
    /// What must be known of some of them.
    pub notes: Vec<String>,
}

impl Sheet {
    fn lines(&self) -> Vec<Vec<String>> {
        let heads = self.columns.iter().map(ToString::to_string).collect();
        [vec![heads], self.rows.clone()].concat()
    }
}

/// A difference of two figures, in one digit.
pub(super) fn difference(largest: f64) -> String {
    if largest == 0.0 {
        "0".to_owned()
    } else {
        format!("{largest:.0e}")
    }
}

fn libraries(peers: &Peers) -> String {
    let libraries = peers.libraries.iter();
    let libraries = libraries.map(|(name, version)| format!("{name} {version}"));
    libraries.collect::<Vec<_>>().join(", ")
}

/// All of it as text.
pub fn text(peers: &Peers) -> String {
    let mut text = format!("{}\n{}\n", peers.machine.words(), libraries(peers));
    for sheet in &peers.sheets {
        let _ = writeln!(text, "\n{}\n{}\n", sheet.title, sheet.about);
        push_columns(&mut text, &sheet.lines());
        for note in &sheet.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    text
}

/// All of it as Markdown.
pub fn markdown(peers: &Peers) -> String {
    let mut text = format!("**{}**\n\n{}\n", peers.machine.words(), libraries(peers));
    for sheet in &peers.sheets {
        let _ = write!(text, "\n### {}\n\n{}\n\n", sheet.title, sheet.about);
        push_markdown(&mut text, &sheet.lines());
        for note in &sheet.notes {
            let _ = write!(text, "\n{note}\n");
        }
    }
    text
}
