//! What a validation finds: metrics by name, tables, pictures, notes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::Measures;
use crate::event::{Cell, CurvePoint, Figure, ResultTable, Score};
use crate::metrics::bootstrap::Interval;
use crate::vocabulary::Note;

/// What a validation found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Metric name to value; `None` is undefined.
    pub metrics: BTreeMap<String, Option<f64>>,
    /// The metric to show in a list: a few words for it, and its name.
    pub headline: Option<(String, String)>,
    /// The dimension in one number, where one is defined.
    pub score: Option<Score>,
    /// Tables by name.
    pub tables: BTreeMap<String, ResultTable>,
    /// Pictures, the most telling first.
    pub figures: Vec<Figure>,
    /// What a reader must know; what warns stands first.
    pub notes: Vec<Note>,
}

impl Findings {
    /// Adds a metric. What is not finite is undefined.
    pub fn metric(&mut self, name: impl Into<String>, value: impl Into<Option<f64>>) {
        let value = value.into().filter(|v| v.is_finite());
        self.metrics.insert(name.into(), value);
    }

    /// Adds a metric, and the ends of its 95% interval, where it has one, as `.low` and `.high`.
    pub fn with_interval(
        &mut self,
        name: impl Into<String>,
        value: impl Into<Option<f64>>,
        interval: Option<Interval>,
    ) {
        let name = name.into();
        if let Some(Interval { low, high }) = interval {
            self.metric(format!("{name}.low"), low);
            self.metric(format!("{name}.high"), high);
        }
        self.metric(name, value);
    }

    /// Adds the metrics of a task under a prefix.
    pub(super) fn measures(&mut self, prefix: &str, measures: &Measures) {
        for (name, value) in measures {
            self.metric(format!("{prefix}.{name}"), *value);
        }
    }

    /// Chooses the metric to show in a list. Eight letters of its words fit a narrow screen.
    pub fn headline(&mut self, words: impl Into<String>, metric: impl Into<String>) {
        self.headline = Some((words.into(), metric.into()));
    }

    /// Gives the dimension a score from 0 (worst) to 1 (best), which is also the metric `score`.
    /// Its formula, told by `meaning`, must not depend on the preset. Values beyond the ends are
    /// clipped; without a value there is no score.
    pub fn score(
        &mut self,
        value: Option<f64>,
        interval: Option<(f64, f64)>,
        meaning: impl Into<String>,
    ) {
        let Some(value) = value.filter(|v| v.is_finite()) else {
            return;
        };
        let clip = |v: f64| v.clamp(0.0, 1.0);
        self.metric("score", clip(value));
        let interval = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
        self.score = Some(Score {
            value: clip(value),
            interval: interval.map(|(low, high)| (clip(low), clip(high))),
            meaning: meaning.into(),
        });
    }

    /// Adds a note.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(Note::info(text));
    }

    /// Adds notes.
    pub fn notes(&mut self, texts: impl IntoIterator<Item = impl Into<String>>) {
        self.notes.extend(texts.into_iter().map(Note::info));
    }

    /// Adds a note that warns of a broken rule of thumb; warnings stand before the other notes.
    pub fn warn(&mut self, text: impl Into<String>) {
        let place = self
            .notes
            .iter()
            .take_while(|note| note.is_warning())
            .count();
        self.notes.insert(place, Note::warning(text));
    }

    /// Adds a table, and hands it back to whoever knows more of it.
    pub fn table(
        &mut self,
        name: impl Into<String>,
        title: impl Into<String>,
        columns: &[&str],
        rows: Vec<Vec<Cell>>,
    ) -> &mut ResultTable {
        let table = ResultTable {
            title: title.into(),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows,
            best: None,
        };
        self.tables
            .entry(name.into())
            .insert_entry(table)
            .into_mut()
    }
}

/// A point of a curve without a band.
pub(super) fn curve_point(x: f64, y: f64) -> CurvePoint {
    CurvePoint {
        x,
        y,
        low: y,
        high: y,
    }
}

/// A text cell.
pub(super) fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

/// A p-value: small ones by their size.
pub(super) fn p_value(value: impl Into<Option<f64>>) -> Cell {
    match value.into() {
        Some(p) if p < 1e-4 => text(format!("{p:.0e}")),
        p => p.into(),
    }
}

/// Names beyond these are counted.
const MOST_NAMES: usize = 6;

/// The first few names, and how many more there are.
pub(in crate::dimension) fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(MOST_NAMES)].join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
