//! How columns are taken: held as a whole, or streamed from the file by each prediction that passes
//! over them. What scores are does not depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalogue;
use crate::engine::Workload;
use crate::engine::graph::closure;
use crate::resource::column_set::ColumnSet;
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::kind::protected;
use crate::resource::predictions::batch_rows;
use crate::resource::table::ColumnType;
use crate::resource::table_file::{is_read_in_batches, is_text};
use crate::vocabulary::{Columns, RunsOn, Way};

/// Less is held: it is loaded once, whoever asks for it next.
const WORTH_STREAMING: u64 = 32 << 20;
/// Streaming works with memory of its own: columns that take less than this many times that are held.
const TIMES_WORKING: u64 = 2;

/// How sets of columns are taken; those of which nothing is said are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways(BTreeMap<(TableId, ColumnSet), Way>);

/// What one load passes over is held if that took this much less time than to stream it.
const MUCH_FASTER: f64 = 0.8;

/// How long a load took when it was last done, its inputs not counted.
pub type Seconds<'a> = &'a dyn Fn(&Catalogue, &Key) -> Option<f64>;

/// What passes over a set of columns.
#[derive(Default)]
struct Passes {
    /// Loads.
    loads: Vec<Key>,
    /// Does one of them need the whole of it at once?
    is_any_whole: bool,
}

/// How long everything that has to do with a set of columns took, each way.
#[derive(Clone, Copy)]
struct Measured {
    held: f64,
    streamed: f64,
}

impl Passes {
    /// The best way for a set of columns over which these pass, of so many bytes, which take so many
    /// to work with while they are streamed, as far as that is known, as are times.
    fn best_way(
        &self,
        told: Columns,
        size: Option<(u64, u64)>,
        budget: Option<u64>,
        measured: Option<Measured>,
    ) -> Way {
        let passes = self.loads.len();
        if self.is_any_whole {
            return match passes {
                1 => Way::HeldAsWhole,
                passes => Way::HeldForMany { passes },
            };
        }
        match told {
            Columns::Hold => return Way::HeldAsTold,
            Columns::Stream => return Way::StreamedAsTold { passes },
            Columns::Auto => {}
        }
        let Some((bytes, working)) = size else {
            return Way::HeldAsWhole;
        };
        let is_small = bytes < WORTH_STREAMING.max(TIMES_WORKING.saturating_mul(working));
        let fits = budget.is_none_or(|budget| bytes.saturating_add(working) <= budget);
        let is_held_faster = |share: f64| measured.is_some_and(|m| m.held < share * m.streamed);
        let is_streamed_as_fast = || measured.is_some_and(|m| m.streamed <= m.held);
        match passes {
            _ if is_small => Way::HeldAsSmall,
            1 if fits && is_held_faster(MUCH_FASTER) => Way::HeldAsFaster,
            1 => Way::StreamedOnce,
            _ if fits && is_streamed_as_fast() => Way::StreamedAsFast { passes },
            _ if fits => Way::HeldForMany { passes },
            _ => Way::StreamedForRoom { passes },
        }
    }
}

impl Catalogue {
    /// This catalogue with columns taken in these ways; none if that is as it is.
    #[must_use]
    pub fn with_ways(&self, ways: Ways) -> Option<Self> {
        (*self.ways != ways).then(|| Self {
            ways: ways.into(),
            ..self.clone()
        })
    }

    /// How columns are best taken where these keys are asked for, and `first` are loaded whatever is
    /// asked for.
    pub fn choose_ways(
        &self,
        asked: &[Key],
        first: &[Key],
        budget: Option<u64>,
        seconds: Seconds<'_>,
    ) -> Ways {
        if !self.may_stream() {
            return Ways::default();
        }
        let held = self.with_ways(Ways::default());
        let held = held.as_ref().unwrap_or(self);
        let all = closure(held, &[asked, first].concat()).unwrap_or_default();
        let mut passes: BTreeMap<Key, Passes> = BTreeMap::new();
        for key in &all {
            for input in held.inputs(key) {
                if matches!(input, Key::Columns { .. }) {
                    let passes = passes.entry(input).or_default();
                    passes.loads.push(key.clone());
                    passes.is_any_whole |= !held.takes_batches(key);
                }
            }
        }
        let themselves: BTreeSet<&Key> = asked.iter().chain(first).collect();
        let ways = all.iter().filter_map(|key| {
            let Key::Columns { table, set } = key else {
                return None;
            };
            let way = match passes.get(key) {
                _ if held.is_mapped(table, set) => Way::Mapped,
                _ if themselves.contains(key) => Way::HeldAsAskedFor,
                None => return None,
                Some(passes) => held.way_of(key, passes, budget, seconds),
            };
            Some(((table.clone(), set.clone()), way))
        });
        Ways(ways.collect())
    }

    /// Is there a table that could be worth streaming?
    fn may_stream(&self) -> bool {
        let is_large = |id| self.schema(id).is_some_and(|s| !s.page_bytes.is_empty());
        match self.settings.columns {
            Columns::Auto => self.tables().any(|(id, _)| is_large(id)),
            Columns::Hold | Columns::Stream => true,
        }
    }

    /// How a set of columns is best taken; this catalogue holds all of them.
    fn way_of(&self, key: &Key, passes: &Passes, budget: Option<u64>, seconds: Seconds<'_>) -> Way {
        let Key::Columns { table, set } = key else {
            return Way::HeldAsWhole;
        };
        let columns = self
            .used_columns(table)
            .map_or(&[][..], |used| used.of(set));
        let working = self.working_bytes_of(table, columns.iter().map(|c| (c.as_str(), 8)));
        let size = self.estimated_bytes(key).map(|bytes| (bytes, working));
        let is_open = !passes.is_any_whole && self.settings.columns == Columns::Auto;
        let measured = is_open.then(|| self.measured(key, passes, seconds));
        passes.best_way(self.settings.columns, size, budget, measured.flatten())
    }

    /// How long a set of columns and what passes over it took each way, if all of that was done before.
    fn measured(&self, key: &Key, passes: &Passes, seconds: Seconds<'_>) -> Option<Measured> {
        let Key::Columns { table, set } = key else {
            return None;
        };
        let way = Way::StreamedAsTold {
            passes: passes.loads.len(),
        };
        let place = (table.clone(), set.clone());
        let streaming = self.with_ways(Ways(BTreeMap::from([(place, way)])))?;
        let all = |catalogue: &Self| {
            let loads = passes.loads.iter().map(|load| seconds(catalogue, load));
            loads.sum::<Option<f64>>()
        };
        Some(Measured {
            held: seconds(self, key)? + all(self)?,
            streamed: all(&streaming)?,
        })
    }

    /// How a set of columns is taken; none where nothing is said of it.
    pub fn way(&self, key: &Key) -> Option<Way> {
        let Key::Columns { table, set } = key else {
            return None;
        };
        self.ways.0.get(&(table.clone(), set.clone())).copied()
    }

    /// Does it take its columns batch by batch, as they are taken now?
    pub fn is_streamed(&self, key: &Key) -> bool {
        !self.ways.0.is_empty() && self.takes_batches(key) && {
            let mut sets = self.columns_passed(key).into_iter();
            sets.any(|set| self.way(&set).is_some_and(|way| way.is_streamed()))
        }
    }

    /// The sets of columns that a load passes over.
    fn columns_passed(&self, key: &Key) -> Vec<Key> {
        match key {
            Key::Predictions { model, table, .. } => self.columns_fed(model, table),
            Key::ProtectedAttributes => protected::made_of(self),
            _ => Vec::new(),
        }
    }

    /// Can it take its columns batch by batch? What is disturbed looks at whole columns, and where
    /// rows are scored together there are no batches.
    fn takes_batches(&self, key: &Key) -> bool {
        let (model, table) = match key {
            Key::Predictions {
                model,
                table,
                disturbance: None,
            } => (model, table),
            // What the groups of a text file are called, only all rows tell.
            Key::ProtectedAttributes => {
                let is_typed = !self.table_path(&TableId::Dataset).is_ok_and(is_text);
                return is_typed && self.has_batches(&TableId::Dataset);
            }
            _ => return false,
        };
        self.has_batches(table)
            && self.precomputed_for(key).is_none()
            && self
                .bound(model)
                .is_some_and(|bound| bound.mixing.is_none())
    }

    /// Can the rows of a table be taken batch by batch?
    fn has_batches(&self, table: &TableId) -> bool {
        let is_table = self.table_path(table).is_ok_and(is_read_in_batches);
        let schema = self.schema(table);
        is_table && schema.is_some_and(|schema| schema.rows.or(schema.about_rows).is_some())
    }

    fn is_mapped(&self, table: &TableId, set: &ColumnSet) -> bool {
        let (Some(schema), Some(used)) = (self.schema(table), self.used_columns(table)) else {
            return false;
        };
        let mut columns = used.of(set).iter();
        !used.of(set).is_empty() && columns.all(|column| schema.mapped.contains(column))
    }

    /// Bytes that a load works with while it runs: what is streamed is not among its inputs.
    pub fn working_bytes(&self, key: &Key) -> u64 {
        if !self.is_streamed(key) {
            return 0;
        }
        let Key::Predictions { model, table, .. } = key else {
            let names = self.experiment.protected.iter().map(|p| &*p.name);
            return self.working_bytes_of(&TableId::Dataset, names.map(|name| (name, 0)));
        };
        let Some(bound) = self.bound(model) else {
            return 0;
        };
        let columns = bound.inputs.iter().flat_map(|input| {
            let width = input.element.bytes_fed();
            input.read().map(move |name| (name.as_str(), width))
        });
        self.working_bytes_of(table, columns)
    }

    /// Bytes that these columns take while they are streamed, each with those of a value as the model
    /// takes it: the pages at hand, the rows of a batch, and the same rows as they are fed.
    fn working_bytes_of<'a>(
        &self,
        table: &TableId,
        columns: impl Iterator<Item = (&'a str, u64)>,
    ) -> u64 {
        let Some(schema) = self.schema(table) else {
            return 0;
        };
        let rows = batch_rows(self.settings.chunk_rows, self.settings.threads);
        let all = schema.rows.or(schema.about_rows);
        let rows = all.map_or(rows, |all| all.min(rows)) as u64;
        let columns = columns.map(|(name, width)| {
            let held = schema
                .column_type(name)
                .map_or(8, ColumnType::bytes_per_row);
            let pages = schema.page_bytes.get(name).copied().unwrap_or(0);
            // A page is unpacked beside the bytes that it is unpacked from.
            pages.saturating_add(rows * (held + width))
        });
        columns.fold(0, u64::saturating_add)
    }

    /// Chunks that are scored side by side: ONNX Runtime runs a model on one at a time.
    pub(in crate::resource) fn lanes_of(&self, model: &ModelId) -> usize {
        let runs_on = self.bound(model).map(|bound| bound.backend.runs_on());
        match runs_on {
            Some(RunsOn::Native) => self.settings.threads.max(1),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, Passes, WORTH_STREAMING};
    use crate::resource::key::Key;
    use crate::vocabulary::{Columns, Way};

    const LARGE: Option<(u64, u64)> = Some((10 * WORTH_STREAMING, WORTH_STREAMING));

    fn passes(all: usize) -> Passes {
        Passes {
            loads: vec![Key::ProtectedAttributes; all],
            is_any_whole: false,
        }
    }

    #[test]
    fn what_one_load_passes_over_is_streamed_where_it_is_large() {
        let once = |size| passes(1).best_way(Columns::Auto, size, None, None);
        assert_eq!(once(LARGE), Way::StreamedOnce);
        assert_eq!(once(Some((WORTH_STREAMING - 1, 0))), Way::HeldAsSmall);
        // Streaming would work with more than half of it.
        assert_eq!(once(Some((100 << 20, 60 << 20))), Way::HeldAsSmall);
        assert_eq!(once(None), Way::HeldAsWhole);
    }

    #[test]
    fn what_several_loads_pass_over_is_held_where_there_is_room() {
        let twice = |budget| passes(2).best_way(Columns::Auto, LARGE, budget, None);
        let passes = 2;
        assert_eq!(twice(None), Way::HeldForMany { passes });
        let room = Some(11 * WORTH_STREAMING);
        assert_eq!(twice(room), Way::HeldForMany { passes });
        let less = Some(11 * WORTH_STREAMING - 1);
        assert_eq!(twice(less), Way::StreamedForRoom { passes });
    }

    #[test]
    fn measured_times_decide_where_there_is_room() {
        let best = |all, budget, held, streamed| {
            let measured = Some(Measured { held, streamed });
            passes(all).best_way(Columns::Auto, LARGE, budget, measured)
        };
        assert_eq!(best(1, None, 0.7, 1.0), Way::HeldAsFaster);
        // Memory is worth a little time.
        assert_eq!(best(1, None, 0.9, 1.0), Way::StreamedOnce);
        assert_eq!(best(1, Some(WORTH_STREAMING), 0.7, 1.0), Way::StreamedOnce);
        let passes = 2;
        assert_eq!(best(2, None, 1.0, 1.0), Way::StreamedAsFast { passes });
        assert_eq!(best(2, None, 0.9, 1.0), Way::HeldForMany { passes });
    }

    #[test]
    fn what_is_needed_as_a_whole_is_held_whatever_is_told() {
        for told in [Columns::Auto, Columns::Hold, Columns::Stream] {
            for (all, way) in [(1, Way::HeldAsWhole), (3, Way::HeldForMany { passes: 3 })] {
                let passes = Passes {
                    is_any_whole: true,
                    ..passes(all)
                };
                assert_eq!(passes.best_way(told, LARGE, Some(1), None), way);
            }
        }
        let few = Some((1, 1));
        assert_eq!(
            passes(1).best_way(Columns::Hold, LARGE, None, None),
            Way::HeldAsTold
        );
        let way = Way::StreamedAsTold { passes: 1 };
        assert_eq!(passes(1).best_way(Columns::Stream, few, None, None), way);
    }
}
