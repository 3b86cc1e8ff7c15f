//! What the measurement says, decided once: text, Markdown and JSON are written from it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::machine::Machine;
use super::verdict::{Estimate, Verdict};
use crate::display::{bytes, seconds};

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// Where.
    pub machine: Machine,
    /// How, a sentence each.
    pub method: Vec<String>,
    /// The paper's tables, and what it claims besides.
    pub tables: Vec<Table>,
}

/// A table of the paper.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Its number, or the section.
    pub id: &'static str,
    /// What it is about.
    pub title: String,
    /// How it was measured here.
    pub about: String,
    /// Heads of the cells of a row.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Where the paper contradicts itself in it.
    pub contradictions: Vec<&'static str>,
}

/// A row, beside the paper's.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was run.
    pub label: String,
    /// Our figures, as people read them.
    pub cells: Vec<String>,
    /// The same in full: seconds, bytes, shares and factors.
    pub figures: BTreeMap<&'static str, Estimate>,
    /// The paper's figure.
    pub paper: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

impl Row {
    pub(super) fn new(label: impl Into<String>, paper: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            cells: Vec::new(),
            figures: BTreeMap::new(),
            paper: paper.into(),
            verdict: Verdict::NoClaim,
            why: String::new(),
        }
    }

    /// One that was not part of this measurement, with so many cells.
    pub(super) fn not_measured(mut self, cells: usize, why: &str) -> Self {
        self.cells = vec!["-".to_owned(); cells];
        self.verdict = Verdict::NotMeasured;
        why.clone_into(&mut self.why);
        self
    }

    pub(super) fn seconds(&mut self, name: &'static str, figure: Option<Estimate>) {
        self.cell(name, figure, |e| seconds(e.median));
    }

    pub(super) fn bytes(&mut self, name: &'static str, figure: Option<Estimate>) {
        self.cell(name, figure, |e| bytes(e.median as u64));
    }

    /// A share that is saved, with where it lies.
    pub(super) fn share(&mut self, name: &'static str, figure: Option<Estimate>) {
        self.cell(name, figure, |e| {
            format!(
                "{} ({} to {})",
                percent(e.median),
                percent(e.low),
                percent(e.high)
            )
        });
    }

    pub(super) fn factor(&mut self, name: &'static str, figure: Option<Estimate>) {
        self.cell(name, figure, |e| {
            format!("{:.2}x ({:.2} to {:.2})", e.median, e.low, e.high)
        });
    }

    fn cell(
        &mut self,
        name: &'static str,
        figure: Option<Estimate>,
        words: impl FnOnce(Estimate) -> String,
    ) {
        self.cells
            .push(figure.map_or_else(|| "-".to_owned(), words));
        if let Some(figure) = figure {
            self.figures.insert(name, figure);
        }
    }

    /// The verdict, and why.
    pub(super) fn judged(mut self, verdict: Option<Verdict>, why: impl Into<String>) -> Self {
        self.verdict = verdict.unwrap_or(Verdict::NotMeasured);
        self.why = why.into();
        self
    }
}

/// A share in percent: one decimal where it is small.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let text = if percent.abs() < 9.95 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    };
    if text.trim_start_matches('-') == "0.0%" {
        return "0.0%".to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_have_a_decimal() {
        let shown = [0.421, 0.018, -0.004, -0.000_1, -0.3].map(percent);
        assert_eq!(shown, ["42%", "1.8%", "-0.4%", "0.0%", "-30%"]);
    }
}
