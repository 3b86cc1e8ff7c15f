//! The metrics of a dimension that a short report shows: some in one line, some in tables.

mod selection;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::document::Block;
use super::table::{self, Brief, Cell, Kind, Row, Table};
use super::words::number;
use crate::event::DimensionOutcome;
use crate::explain::Tone;
use crate::vocabulary::Dimension;

/// Metric name to value, as a dimension gives them.
type Metrics = BTreeMap<String, Option<f64>>;

/// Rows of a table beyond these are counted, not shown.
const MOST_ROWS: usize = 12;

/// Metrics that stand in one line: those of these names that are there, after a common beginning.
struct Facts {
    label: &'static str,
    prefix: &'static str,
    names: &'static [&'static str],
}

/// Metrics that make a table: a row for each name that stands between a prefix and a suffix.
struct Layout {
    head: &'static str,
    /// What the metrics begin with, and what that is called in the first column.
    prefixes: &'static [(&'static str, &'static str)],
    /// The suffixes that tell the rows; the first that occurs does.
    row_suffixes: &'static [&'static str],
    columns: &'static [Column],
    order: Order,
}

struct Column {
    head: &'static str,
    suffix: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Order {
    /// By prefix, then by name; numbers by value.
    Name,
    /// Largest value of the first column first.
    Largest,
    /// Smallest value of the first column first.
    Smallest,
}

/// The lines and tables of what a dimension found. Its own tables stand below in full; a short
/// report shows them where nothing else says the same.
pub(super) fn blocks(dimension: Dimension, outcome: &DimensionOutcome) -> Vec<Block> {
    let metrics = &outcome.metrics;
    let facts = selection::facts(dimension).iter();
    let facts = facts.filter_map(|facts| {
        let line = facts.of(metrics)?;
        Some(Block::entry(Tone::Faint, facts.label, line))
    });
    let mut blocks: Vec<Block> = facts.collect();
    let layouts = selection::layouts(dimension).iter();
    let tables: Vec<Table> = layouts.filter_map(|layout| layout.of(metrics)).collect();
    let is_told = !tables.is_empty();
    blocks.extend(tables.into_iter().map(Block::Table));
    let also = selection::own_tables(dimension);
    blocks.extend(outcome.tables.iter().map(|(name, table)| {
        let is_short = !is_told || also.iter().any(|start| name.starts_with(start));
        let brief = if is_short {
            Brief::Rows(MOST_ROWS)
        } else {
            Brief::Nothing
        };
        Block::Table(Table::of(table, brief))
    }));
    blocks
}

impl Facts {
    /// The facts that are there: name and value.
    fn of(&self, metrics: &Metrics) -> Option<String> {
        let facts: Vec<String> = self
            .names
            .iter()
            .filter_map(|name| {
                let value = metrics.get(&format!("{}{name}", self.prefix))?;
                Some(format!("{name} {}", number(*value)))
            })
            .collect();
        (!facts.is_empty()).then(|| facts.join("  "))
    }
}

impl Layout {
    /// The table that `metrics` make; none when none of its rows is there.
    fn of(&self, metrics: &Metrics) -> Option<Table> {
        let keys = self.keys(metrics);
        if keys.is_empty() {
            return None;
        }
        let value = |key: &Key<'_>, column: &Column| {
            metrics.get(&format!("{}{}{}", key.prefix.0, key.name, column.suffix))
        };
        let is_there = |column: &&Column| keys.iter().any(|key| value(key, column).is_some());
        let columns: Vec<&Column> = self.columns.iter().filter(is_there).collect();
        let mut sorted = keys.iter().collect::<Vec<_>>();
        match (self.order, columns.first()) {
            (Order::Largest, Some(first)) => {
                let size = |key: &Key<'_>| value(key, first).copied().flatten();
                sorted.sort_by(|a, b| order(size(b)).total_cmp(&order(size(a))));
            }
            (Order::Smallest, Some(first)) => {
                let size = |key: &Key<'_>| value(key, first).copied().flatten();
                let last = |key| size(key).unwrap_or(f64::INFINITY);
                sorted.sort_by(|a, b| last(a).total_cmp(&last(b)));
            }
            _ => sorted.sort_by(|a, b| a.compare(b)),
        }
        let row = |key: &&Key<'_>| {
            let cells = columns.iter().map(|column| column.cell(value(key, column)));
            Row::plain(
                std::iter::once(Cell::Text(key.label()))
                    .chain(cells)
                    .collect(),
            )
        };
        let first = table::Column::new(self.head, Kind::Text);
        let others = columns.iter().map(|c| table::Column::new(c.head, c.kind));
        Some(Table {
            title: None,
            columns: std::iter::once(first).chain(others).collect(),
            rows: sorted.iter().map(row).collect(),
            brief: Brief::Rows(MOST_ROWS),
        })
    }

    fn keys<'m>(&self, metrics: &'m Metrics) -> Vec<Key<'m>> {
        let under = |suffix: &str| -> Vec<Key<'m>> {
            let prefixes = self.prefixes.iter().enumerate();
            prefixes
                .flat_map(|(place, prefix)| {
                    let names = metrics.keys().filter_map(|metric| {
                        let rest = metric.strip_prefix(prefix.0)?;
                        rest.strip_suffix(suffix)
                    });
                    names.map(move |name| Key {
                        place,
                        prefix: *prefix,
                        name,
                    })
                })
                .collect()
        };
        let found = self.row_suffixes.iter().map(|suffix| under(suffix));
        found
            .into_iter()
            .find(|keys| !keys.is_empty())
            .unwrap_or_default()
    }
}

struct Key<'m> {
    place: usize,
    prefix: (&'static str, &'static str),
    name: &'m str,
}

impl Key<'_> {
    fn label(&self) -> String {
        format!("{} {}", self.prefix.1, self.name)
            .trim_start()
            .to_owned()
    }

    /// By prefix; then numbers by value, before words, which are sorted already.
    fn compare(&self, other: &Self) -> Ordering {
        let value = |key: &Self| key.name.parse().unwrap_or(f64::INFINITY);
        let places = self.place.cmp(&other.place);
        places.then(value(self).total_cmp(&value(other)))
    }
}

/// Undefined values come last where the largest come first.
fn order(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NEG_INFINITY)
}

impl Column {
    fn cell(&self, value: Option<&Option<f64>>) -> Cell {
        match (self.kind, value) {
            (_, None) => Cell::Absent,
            (_, Some(None)) => Cell::Undefined,
            (Kind::Count, Some(Some(number))) => Cell::Count(*number as u64),
            (Kind::Rule, Some(Some(number))) => Cell::Kept(*number == 1.0),
            (_, Some(Some(number))) => Cell::Number(*number),
        }
    }
}
