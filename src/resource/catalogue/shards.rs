//! What shards of a run score of the tables.

use super::Catalogue;
use super::columns::length;
use crate::inference::BATCH_STEP;
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::predictions::{MOST_TOGETHER, ShardBounds};
use crate::resource::scores::ScoreReading;
use crate::vocabulary::Shard;

impl Catalogue {
    /// Are these predictions that a model makes? Those that are read from a file are no work to share.
    pub fn is_scored(&self, key: &Key) -> bool {
        let Key::Predictions { model, .. } = key else {
            return false;
        };
        !(self.is_precomputed() && *model == self.validated())
    }

    /// Where a shard of a table begins and ends for a model: at row groups where those are near, and never
    /// amid rows that are scored together.
    pub fn shard_bounds(&self, shard: Shard, model: &ModelId, table: &TableId) -> ShardBounds<'_> {
        let schema = self.schema(table);
        let is_mixing = self
            .bound(model)
            .is_some_and(|bound| bound.mixing.is_some());
        ShardBounds {
            shard,
            groups: schema.map_or(&[], |schema| &schema.groups),
            step: if is_mixing { MOST_TOGETHER } else { BATCH_STEP },
        }
    }

    /// The rows of predictions, as far as they are known without reading on, the most that there can be,
    /// and the scores a row.
    pub fn shape_of_scores(&self, key: &Key) -> ((Option<usize>, u64), usize) {
        let Key::Predictions { model, table, .. } = key else {
            return ((None, 0), 0);
        };
        let rows = self.schema(table).and_then(|schema| schema.rows);
        // A row of a text file takes a byte at least.
        let bytes = self.table_path(table).ok().and_then(length);
        let most = rows.map_or(bytes.unwrap_or(0), |rows| rows as u64);
        let reading = self.bound(model).and_then(|bound| bound.reading.as_ref());
        let columns = reading.map_or(0, ScoreReading::columns);
        ((rows, most), columns)
    }
}
