//! What each shard of a run would do.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::part;
use crate::display;
use crate::resource::{Catalogue, Key, ModelId, TableId};
use crate::vocabulary::Shard;

/// The shards of a run, as they would be.
pub struct ShardPlan {
    shards: Vec<PlannedShard>,
    predictions: usize,
    /// Tables of which it is not known how many rows they have before they are read.
    unread: Vec<String>,
}

struct PlannedShard {
    shard: Shard,
    /// Rows of each table that models score each row of by itself.
    rows: BTreeMap<TableId, String>,
    /// Scores, of all predictions.
    scored: u64,
    /// Bytes of them, before they are packed.
    bytes: u64,
}

impl ShardPlan {
    /// Of a run that rests on these predictions.
    pub fn of(catalogue: &Catalogue, predictions: &[Key], shards: u32) -> Self {
        let mut unread: Vec<String> = Vec::new();
        let shards = Shard::all(shards).map(|shard| {
            let mut planned = PlannedShard {
                shard,
                rows: BTreeMap::new(),
                scored: 0,
                bytes: 0,
            };
            for key in predictions {
                let Key::Predictions { model, table, .. } = key else {
                    continue;
                };
                let ((rows, _), columns) = catalogue.shape_of_scores(key);
                let Some(of) = rows else {
                    unread.push(table.to_string());
                    continue;
                };
                let rows = catalogue.shard_bounds(shard, model, table).rows(of);
                if matches!(model, ModelId::Validated(_)) {
                    let words = format!("{}..{}", rows.first, rows.first + rows.rows);
                    planned.rows.insert(table.clone(), words);
                }
                planned.scored += rows.rows as u64;
                planned.bytes += (rows.rows * columns * size_of::<f32>()) as u64;
            }
            planned
        });
        let shards = shards.collect();
        unread.sort_unstable();
        unread.dedup();
        Self {
            shards,
            predictions: predictions.len(),
            unread,
        }
    }

    /// Bytes of all parts together, at most, as far as it is known how many rows there are.
    pub fn bytes(&self) -> u64 {
        let head = part::most_head(self.predictions);
        self.shards.iter().map(|shard| shard.bytes + head).sum()
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} predictions. Each shard scores its rows of all of them, counted from 0; what is known of \
             whole columns,\nsuch as their deviations, each finds by itself.\n\n",
            self.predictions
        );
        for planned in &self.shards {
            let rows = planned.rows.iter();
            let rows: Vec<String> = rows
                .map(|(table, rows)| display::marked(&format!("{table} {rows}")).into_owned())
                .collect();
            let _ = writeln!(
                text,
                "{:>9}  {}; {} scores, part at most {}",
                planned.shard.to_string(),
                rows.join(", "),
                display::count(planned.scored),
                display::bytes(planned.bytes + part::most_head(self.predictions)),
            );
        }
        if !self.unread.is_empty() {
            let _ = writeln!(
                text,
                "\nHow many rows {} has is known when it is read: each shard reads all of it, and scores \
                 its share.",
                display::marked(&self.unread.join(", "))
            );
        }
        text
    }
}
