//! How columns are taken: held as a whole, or streamed from the file by each prediction that passes
//! over them. What scores are does not depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalogue;
use crate::engine::Workload;
use crate::engine::graph::closure;
use crate::inference::ElementType;
use crate::resource::column_set::ColumnSet;
use crate::resource::key::{Key, ModelId, TableId};
use crate::resource::kind::survey;
use crate::resource::predictions::batch_rows;
use crate::resource::table::{ColumnType, NumberKind};
use crate::resource::table_file::is_read_in_batches;
use crate::vocabulary::{Columns, RunsOn, Way};

/// Less is held: it is loaded once, whoever asks for it next.
const WORTH_STREAMING: u64 = 32 << 20;
/// Streaming works with memory of its own: columns that take less than this many times that are held.
const TIMES_WORKING: u64 = 2;

const VALUE: u64 = size_of::<f64>() as u64;
const CODE: u64 = size_of::<u32>() as u64;

/// How sets of columns are taken; those of which nothing is said are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways(BTreeMap<(TableId, ColumnSet), Way>);

/// More is not held for the sake of those who pass over it, where no budget says otherwise: they take
/// it from the file in one pass, or one column at a time.
const WORTH_HOLDING: u64 = 256 << 20;

/// What passes over a set of columns.
#[derive(Clone, Copy, Debug, Default)]
struct Passes {
    /// Loads, or passes of several loads.
    all: usize,
    /// Does one of them need the whole of it at once?
    is_any_whole: bool,
}

/// What there is to hold columns in.
#[derive(Clone, Copy, Debug)]
struct Room {
    /// What all take over which several pass.
    wanted: u64,
    budget: Option<u64>,
}

impl Room {
    /// What may be held for those who pass over it several times.
    fn most(budget: Option<u64>) -> u64 {
        budget.map_or(WORTH_HOLDING, |budget| budget / 2)
    }

    fn suffices(self) -> bool {
        self.wanted <= Self::most(self.budget)
    }
}

impl Passes {
    /// Is it best to hold a set of columns over which these pass whatever there is room for? `size` is
    /// what it takes, and what it takes to work with while it is streamed, as far as that is known.
    fn way_anyhow(self, told: Columns, size: Option<(u64, u64)>) -> Option<Way> {
        let passes = self.all;
        if self.is_any_whole {
            return Some(match passes {
                1 => Way::HeldAsWhole,
                passes => Way::HeldForMany { passes },
            });
        }
        match told {
            Columns::Hold => return Some(Way::HeldAsTold),
            Columns::Stream => return Some(Way::StreamedAsTold { passes }),
            Columns::Auto => {}
        }
        let Some((bytes, working)) = size else {
            return Some(Way::HeldAsWhole);
        };
        let is_small = bytes < WORTH_STREAMING.max(TIMES_WORKING.saturating_mul(working));
        match passes {
            _ if is_small => Some(Way::HeldAsSmall),
            1 => Some(Way::StreamedOnce),
            _ => None,
        }
    }

    /// The best way where several pass over a set of columns.
    fn way_by_room(self, room: Room) -> Way {
        let passes = self.all;
        if room.suffices() {
            Way::HeldForMany { passes }
        } else {
            Way::StreamedForRoom { passes }
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
    pub fn choose_ways(&self, asked: &[Key], first: &[Key], budget: Option<u64>) -> Ways {
        if !self.may_stream() {
            return Ways::default();
        }
        let held = self.with_ways(Ways::default());
        let held = held.as_ref().unwrap_or(self);
        let all = closure(held, &[asked, first].concat()).unwrap_or_default();
        let mut passes: BTreeMap<Key, Passes> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for key in &all {
            // Loads that are made in one pass count as one.
            let is_new = held.pass(key).is_none_or(|pass| seen.insert(pass));
            for input in held.inputs(key) {
                if matches!(input, Key::Columns { .. }) {
                    let is_whole = !held.takes_in_parts(key, &input);
                    let passes = passes.entry(input).or_default();
                    passes.all += usize::from(is_new);
                    passes.is_any_whole |= is_whole;
                }
            }
        }
        let themselves: BTreeSet<&Key> = asked.iter().chain(first).collect();
        let mut ways = BTreeMap::new();
        let mut by_room = Vec::new();
        let mut wanted = 0_u64;
        for key in &all {
            let Key::Columns { table, set } = key else {
                continue;
            };
            let way = match passes.get(key) {
                _ if held.is_mapped(table, set) => Some(Way::Mapped),
                _ if themselves.contains(key) => Some(Way::HeldAsAskedFor),
                None => continue,
                Some(passes) => {
                    let size = held.size_of(key);
                    let way = passes.way_anyhow(self.settings.columns, size);
                    if way.is_none() {
                        by_room.push((table, set, *passes));
                        wanted = wanted.saturating_add(size.map_or(0, |(bytes, _)| bytes));
                    }
                    way
                }
            };
            ways.extend(way.map(|way| ((table.clone(), set.clone()), way)));
        }
        let room = Room { wanted, budget };
        for (table, set, passes) in by_room {
            ways.insert((table.clone(), set.clone()), passes.way_by_room(room));
        }
        Ways(ways)
    }

    /// Is there a table that could be worth streaming?
    fn may_stream(&self) -> bool {
        let is_large = |id| self.schema(id).is_some_and(|s| !s.page_bytes.is_empty());
        match self.settings.columns {
            Columns::Auto => self.tables().any(|(id, _)| is_large(id)),
            Columns::Hold | Columns::Stream => true,
        }
    }

    /// Bytes that a set of columns takes, and bytes to work with while it is streamed.
    fn size_of(&self, key: &Key) -> Option<(u64, u64)> {
        let Key::Columns { table, set } = key else {
            return None;
        };
        let columns = self
            .used_columns(table)
            .map_or(&[][..], |used| used.of(set));
        let working = self.working_bytes_of(table, columns.iter().map(|c| (c.as_str(), 8)));
        self.estimated_bytes(key).map(|bytes| (bytes, working))
    }

    /// Are the features of the tables looked at one at a time, by loads of their own, since they are too
    /// large to be held for that?
    pub fn are_features_surveyed(&self) -> bool {
        let dataset = TableId::Dataset;
        if self.is_precomputed() || !self.has_rows_in_batches(&dataset) {
            return false;
        }
        match self.settings.columns {
            Columns::Hold => false,
            Columns::Stream => true,
            Columns::Auto => {
                let features = self.distinct_features();
                let sets = self.columns(&dataset, &features).into_iter();
                let bytes = sets.filter_map(|set| self.estimated_bytes(&set));
                let bytes = bytes.fold(0, u64::saturating_add);
                bytes >= WORTH_STREAMING && bytes > Room::most(self.settings.memory_budget)
            }
        }
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
        let Key::Predictions { model, table, .. } = key else {
            return false;
        };
        !self.ways.0.is_empty() && self.takes_batches(key) && {
            let sets = self.columns_fed(model, table);
            self.is_any_streamed(&sets)
        }
    }

    /// Does a survey take the columns of a table from its file, as they are taken now?
    pub(in crate::resource) fn is_table_streamed(&self, survey: &Key, table: &TableId) -> bool {
        let sets = || survey::columns(self, survey, table);
        !self.ways.0.is_empty() && self.has_rows_in_batches(table) && self.is_any_streamed(&sets())
    }

    fn is_any_streamed(&self, sets: &[Key]) -> bool {
        let mut sets = sets.iter();
        sets.any(|set| self.way(set).is_some_and(|way| way.is_streamed()))
    }

    /// Can the rows of a table be had in batches, and are there so many as its file says?
    fn has_rows_in_batches(&self, table: &TableId) -> bool {
        let is_table = self.table_path(table).is_ok_and(is_read_in_batches);
        let schema = self.schema(table);
        is_table && schema.is_some_and(|schema| schema.rows.is_some())
    }

    /// Can it take a set of columns batch by batch, or column by column?
    fn takes_in_parts(&self, key: &Key, columns: &Key) -> bool {
        let Key::Columns { table, .. } = columns else {
            return false;
        };
        match key {
            Key::Predictions { .. } => self.takes_batches(key),
            Key::Statistics(_) | Key::Drift | Key::WeakSlices { .. } | Key::UnusualRows { .. } => {
                self.has_rows_in_batches(table)
                    && survey::columns(self, key, table).contains(columns)
            }
            _ => false,
        }
    }

    /// Can it take its columns batch by batch? Where rows are scored together there are no batches.
    fn takes_batches(&self, key: &Key) -> bool {
        let Key::Predictions { model, table, .. } = key else {
            return false;
        };
        self.has_rows_in_batches(table)
            && self.precomputed_for(key).is_none()
            && self
                .bound(model)
                .is_some_and(|bound| bound.mixing.is_none())
    }

    /// The columns of which a disturbance takes values from any row: they are there as a whole.
    pub(in crate::resource) fn taken_from_any_row(&self, key: &Key) -> BTreeSet<String> {
        let Key::Predictions {
            model,
            table,
            disturbance: Some(disturbance),
        } = key
        else {
            return BTreeSet::new();
        };
        let schema = self.schema(table);
        let is_quantity = |element: ElementType, name: &str| {
            let column_type = schema.and_then(|schema| schema.column_type(name));
            let number = Some(ColumnType::Number(NumberKind::Float));
            let whole = Some(ColumnType::Number(NumberKind::Integer));
            element != ElementType::Text && (column_type == number || column_type == whole)
        };
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let columns = inputs.flat_map(|input| input.read().map(|name| (input.element, name)));
        let taken = columns.filter(|(element, name)| {
            let is_category = !is_quantity(*element, name);
            disturbance.kind.takes_from_any_row(name, is_category)
        });
        taken.map(|(_, name)| name.clone()).collect()
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
        match key {
            Key::Predictions { .. } if self.is_streamed(key) => self.prediction_bytes(key),
            Key::Statistics(_) | Key::Drift | Key::WeakSlices { .. } | Key::UnusualRows { .. } => {
                self.survey_bytes(key)
            }
            _ => 0,
        }
    }

    fn prediction_bytes(&self, key: &Key) -> u64 {
        let Key::Predictions {
            model,
            table,
            disturbance,
        } = key
        else {
            return 0;
        };
        // What is drawn for a value, and the value that comes of it.
        let drawn = if disturbance.is_some() { 3 * VALUE } else { 0 };
        let inputs = self.bound(model).into_iter().flat_map(|m| &m.inputs);
        let columns = inputs.flat_map(|input| {
            let width = input.element.bytes_fed() + drawn;
            input.read().map(move |name| (name.as_str(), width))
        });
        let rows = self.rows(table).unwrap_or(0) as u64;
        let whole = self.taken_from_any_row(key).len() as u64;
        // A column as a whole, and the order of its rows where it is permuted.
        let whole = whole.saturating_mul(rows).saturating_mul(VALUE + CODE);
        self.working_bytes_of(table, columns).saturating_add(whole)
    }

    fn survey_bytes(&self, key: &Key) -> u64 {
        let mut tables = survey::tables(self, key).into_iter();
        if !tables.any(|table| self.is_table_streamed(key, &table)) {
            return 0;
        }
        let rows = survey::tables(self, key).into_iter();
        let rows = rows.filter_map(|table| self.rows(&table)).max();
        let (each, shared) = survey::working_bytes_a_row(key);
        let workers = self.settings.threads.max(1) as u64;
        let a_row = each.saturating_mul(workers).saturating_add(shared);
        (rows.unwrap_or(0) as u64).saturating_mul(a_row)
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
        let rows = schema.rows.map_or(rows, |all| all.min(rows)) as u64;
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
    use super::{Passes, Room, WORTH_HOLDING, WORTH_STREAMING};
    use crate::vocabulary::{Columns, Way};

    const LARGE: Option<(u64, u64)> = Some((10 * WORTH_STREAMING, WORTH_STREAMING));

    fn passes(all: usize) -> Passes {
        Passes {
            all,
            is_any_whole: false,
        }
    }

    #[test]
    fn what_one_load_passes_over_is_streamed_where_it_is_large() {
        let once = |size| passes(1).way_anyhow(Columns::Auto, size);
        assert_eq!(once(LARGE), Some(Way::StreamedOnce));
        let small = Some((WORTH_STREAMING - 1, 0));
        assert_eq!(once(small), Some(Way::HeldAsSmall));
        // Streaming would work with more than half of it.
        let working = Some((100 << 20, 60 << 20));
        assert_eq!(once(working), Some(Way::HeldAsSmall));
        assert_eq!(once(None), Some(Way::HeldAsWhole));
    }

    #[test]
    fn what_several_loads_pass_over_is_held_where_there_is_room() {
        assert_eq!(passes(2).way_anyhow(Columns::Auto, LARGE), None);
        let twice = |wanted, budget| passes(2).way_by_room(Room { wanted, budget });
        let passes = 2;
        let (held, streamed) = (Way::HeldForMany { passes }, Way::StreamedForRoom { passes });
        assert_eq!(twice(WORTH_HOLDING, None), held);
        assert_eq!(twice(WORTH_HOLDING + 1, None), streamed);
        // The rest of a budget is for what is made of them.
        assert_eq!(twice(WORTH_STREAMING, Some(2 * WORTH_STREAMING)), held);
        assert_eq!(
            twice(WORTH_STREAMING, Some(2 * WORTH_STREAMING - 1)),
            streamed
        );
    }

    #[test]
    fn what_is_needed_as_a_whole_is_held_whatever_is_told() {
        for told in [Columns::Auto, Columns::Hold, Columns::Stream] {
            for (all, way) in [(1, Way::HeldAsWhole), (3, Way::HeldForMany { passes: 3 })] {
                let passes = Passes {
                    all,
                    is_any_whole: true,
                };
                assert_eq!(passes.way_anyhow(told, LARGE), Some(way));
            }
        }
        let few = Some((1, 1));
        let held = passes(1).way_anyhow(Columns::Hold, LARGE);
        assert_eq!(held, Some(Way::HeldAsTold));
        let streamed = passes(1).way_anyhow(Columns::Stream, few);
        assert_eq!(streamed, Some(Way::StreamedAsTold { passes: 1 }));
    }
}
