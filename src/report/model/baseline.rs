//! How a run stands to the one that it was held against.

use super::document::{Block, Said, Section};
use super::table::{Brief, Table};
use super::words::count;
use crate::display;
use crate::event::BaselineComparison;
use crate::explain::Tone;
use crate::explain::results::baseline_words;

/// The heading above it.
pub const BASELINE: &str = "Baseline";

/// Rows of flips and slices that a short report shows.
const SHOWN: usize = 10;
/// Of changes: those of all rows stand first.
const CHANGES_SHOWN: usize = 20;

/// What has moved, and which rows have flipped.
pub(super) fn section(found: &BaselineComparison) -> Section {
    let failed = found.gates.iter().filter(|gate| !gate.passed).count() as u64;
    let mut said = Vec::new();
    match (failed, found.gates.len()) {
        (_, 0) => {}
        (0, _) => said.push(Said::new(Tone::Good, "no worse than is allowed")),
        _ => {
            let words = format!("{} FAILED", count(failed, "gate", "gates"));
            said.push(Said::new(Tone::Bad, words));
        }
    }
    said.push(Said::new(Tone::Plain, display::clean(&found.name)));
    let mut blocks = vec![Block::entry(Tone::Main, "compared", baseline_words(found))];
    if let Some((lost, gained)) = found.flips() {
        let words = format!(
            "{} right before and wrong now, {} wrong before and right now",
            count(lost, "row", "rows"),
            gained
        );
        blocks.push(Block::entry(Tone::Main, "flips", words));
    }
    for (name, table) in &found.tables {
        let brief = match name.as_str() {
            "changes" => Brief::Rows(CHANGES_SHOWN),
            _ => Brief::Rows(SHOWN),
        };
        if !table.rows.is_empty() {
            blocks.push(Block::Table(Table::of(table, brief)));
        }
    }
    blocks.extend(found.notes.iter().cloned().map(Block::Note));
    Section::under(BASELINE, said, blocks)
}
