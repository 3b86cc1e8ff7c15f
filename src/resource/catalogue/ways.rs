//! How columns are taken: held as a whole, or streamed from the file by each prediction that passes
//! over them. What scores are does not depend on it.

use std::collections::{BTreeMap, BTreeSet};

use super::Catalogue;
use crate::engine::Workload;
use crate::engine::graph::closure;
use crate::resource::column_set::ColumnSet;
use crate::resource::key::{Key, TableId};
use crate::vocabulary::{Columns, Way};

/// Less is held: it is loaded once, whoever asks for it next.
const WORTH_STREAMING: u64 = 32 << 20;
/// Streaming works with memory of its own: columns that take less than this many times that are held.
const TIMES_WORKING: u64 = 2;

/// How sets of columns are taken; those of which nothing is said are held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ways(pub(super) BTreeMap<(TableId, ColumnSet), Way>);

impl Ways {
    fn of(&self, key: &Key) -> Option<Way> {
        let Key::Columns { table, set } = key else {
            return None;
        };
        self.0.get(&(table.clone(), set.clone())).copied()
    }
}

/// What one load passes over is held if that took this much less time than to stream it.
const MUCH_FASTER: f64 = 0.8;

/// How long a load took when it was last done, its inputs not counted.
pub(in crate::resource) type Seconds<'a> = &'a dyn Fn(&Catalogue, &Key) -> Option<f64>;

/// More is not held for the sake of those who pass over it, where no budget says otherwise: they take
/// it from the file in one pass, or one column at a time.
const WORTH_HOLDING: u64 = 256 << 20;

/// What passes over a set of columns.
#[derive(Default)]
struct Passes {
    /// Loads.
    loads: Vec<Key>,
    /// Loads that are made in one pass count as one.
    count: usize,
    /// Does one of them need the whole of it at once?
    is_any_whole: bool,
}

/// How long everything that has to do with a set of columns took, each way.
#[derive(Clone, Copy)]
struct Measured {
    held: f64,
    streamed: f64,
}

/// What there is to hold columns in.
#[derive(Clone, Copy)]
struct Room {
    /// What all columns take over which several pass.
    wanted: u64,
    budget: Option<u64>,
}

impl Room {
    /// What may be held for those who pass over it several times: the rest of a budget is for what they
    /// make of it.
    fn most(budget: Option<u64>) -> u64 {
        budget.map_or(WORTH_HOLDING, |budget| budget / 2)
    }
}

impl Passes {
    /// The best way for a set of columns over which these pass, of so many bytes, which take so many
    /// to work with while they are streamed, as far as that is known, as are times.
    fn best_way(
        &self,
        told: Columns,
        size: Option<(u64, u64)>,
        room: Room,
        measured: Option<Measured>,
    ) -> Way {
        let passes = self.count;
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
        let is_small = is_small(bytes, working);
        let fits_with = |more: u64| {
            let all = bytes.saturating_add(more);
            room.budget.is_none_or(|budget| all <= budget)
        };
        let fits = fits_with(working);
        let may_be_held = fits && room.wanted <= Room::most(room.budget);
        let is_held_faster = |share: f64| measured.is_some_and(|m| m.held < share * m.streamed);
        let is_streamed_as_fast = || measured.is_some_and(|m| m.streamed <= m.held);
        match passes {
            _ if is_small && fits_with(0) => Way::HeldAsSmall,
            1 if fits && is_held_faster(MUCH_FASTER) => Way::HeldAsFaster,
            0 | 1 => Way::StreamedOnce,
            _ if may_be_held && is_streamed_as_fast() => Way::StreamedAsFast { passes },
            _ if may_be_held => Way::HeldForMany { passes },
            _ => Way::StreamedForRoom { passes },
        }
    }
}

fn is_small(bytes: u64, working: u64) -> bool {
    bytes < WORTH_STREAMING.max(TIMES_WORKING.saturating_mul(working))
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
        let mut seen = BTreeSet::new();
        for key in &all {
            let is_new = held.pass(key).is_none_or(|pass| seen.insert(pass));
            for input in held.inputs(key) {
                if matches!(input, Key::Columns { .. }) {
                    let is_whole = !held.takes_in_parts(key, &input);
                    let passes = passes.entry(input).or_default();
                    passes.loads.push(key.clone());
                    passes.count += usize::from(is_new);
                    passes.is_any_whole |= is_whole;
                }
            }
        }
        let several = passes.iter().filter(|(_, passes)| passes.count > 1);
        let sizes = several.filter_map(|(set, _)| held.size_of(set));
        let sizes = sizes.filter(|(bytes, working)| !is_small(*bytes, *working));
        let wanted = sizes.map(|(bytes, _)| bytes);
        let room = Room {
            wanted: wanted.fold(0, u64::saturating_add),
            budget,
        };
        let themselves: BTreeSet<&Key> = asked.iter().chain(first).collect();
        let ways = all.iter().filter_map(|key| {
            let Key::Columns { table, set } = key else {
                return None;
            };
            let way = match passes.get(key) {
                _ if held.is_mapped(table, set) => Way::Mapped,
                _ if themselves.contains(key) => Way::HeldAsAskedFor,
                None => return None,
                Some(passes) => held.way_of(key, passes, room, seconds),
            };
            Some(((table.clone(), set.clone()), way))
        });
        held.left_to_hold(Ways(ways.collect()), &passes, room, seconds)
    }

    /// The same, where what streams some of its columns, and so takes all of them from the file, counts
    /// for none of the others.
    fn left_to_hold(
        &self,
        mut ways: Ways,
        passes: &BTreeMap<Key, Passes>,
        room: Room,
        seconds: Seconds<'_>,
    ) -> Ways {
        let streaming = self.with_ways(ways.clone());
        let streaming = streaming.as_ref().unwrap_or(self);
        for (key, passes) in passes {
            let Key::Columns { table, set } = key else {
                continue;
            };
            let is_held = matches!(ways.of(key), Some(Way::HeldForMany { .. }));
            let loads = passes.loads.iter();
            let loads = loads.filter(|load| !streaming.is_streamed(load)).cloned();
            let loads: Vec<Key> = loads.collect();
            if is_held && !passes.is_any_whole && loads.len() < 2 {
                let left = Passes {
                    count: loads.len(),
                    loads,
                    is_any_whole: false,
                };
                let way = self.way_of(key, &left, room, seconds);
                ways.0.insert((table.clone(), set.clone()), way);
            }
        }
        ways
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
    fn way_of(&self, key: &Key, passes: &Passes, room: Room, seconds: Seconds<'_>) -> Way {
        let size = self.size_of(key);
        let is_open = !passes.is_any_whole && self.settings.columns == Columns::Auto;
        let measured = is_open.then(|| self.measured(key, passes, seconds));
        passes.best_way(self.settings.columns, size, room, measured.flatten())
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
        if self.is_precomputed() || !self.has_columns_apart(&dataset) {
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
        self.ways.of(key)
    }

    fn is_mapped(&self, table: &TableId, set: &ColumnSet) -> bool {
        let (Some(schema), Some(used)) = (self.schema(table), self.used_columns(table)) else {
            return false;
        };
        let mut columns = used.of(set).iter();
        !used.of(set).is_empty() && columns.all(|column| schema.mapped.contains(column))
    }
}

#[cfg(test)]
mod tests {
    use super::{Measured, Passes, Room, WORTH_HOLDING, WORTH_STREAMING};
    use crate::resource::key::{Key, TableId};
    use crate::vocabulary::{Columns, Way};

    const LARGE: Option<(u64, u64)> = Some((4 * WORTH_STREAMING, WORTH_STREAMING));

    fn passes(count: usize) -> Passes {
        Passes {
            loads: vec![Key::ProtectedAttributes(TableId::Dataset); count],
            count,
            is_any_whole: false,
        }
    }

    fn room(budget: Option<u64>) -> Room {
        Room {
            wanted: 4 * WORTH_STREAMING,
            budget,
        }
    }

    #[test]
    fn what_one_load_passes_over_is_streamed_where_it_is_large() {
        let once = |size| passes(1).best_way(Columns::Auto, size, room(None), None);
        assert_eq!(once(LARGE), Way::StreamedOnce);
        assert_eq!(once(Some((WORTH_STREAMING - 1, 0))), Way::HeldAsSmall);
        let larger = passes(1).best_way(Columns::Auto, Some((2, 1)), room(Some(1)), None);
        assert_eq!(
            larger,
            Way::StreamedOnce,
            "small, and more than there is room for"
        );
        // Streaming would work with more than half of it.
        assert_eq!(once(Some((100 << 20, 60 << 20))), Way::HeldAsSmall);
        assert_eq!(once(None), Way::HeldAsWhole);
    }

    #[test]
    fn what_several_loads_pass_over_is_held_where_there_is_room() {
        let twice = |room| passes(2).best_way(Columns::Auto, LARGE, room, None);
        let passes = 2;
        let (held, streamed) = (Way::HeldForMany { passes }, Way::StreamedForRoom { passes });
        assert_eq!(twice(room(None)), held);
        // The rest of a budget is for what is made of them.
        assert_eq!(twice(room(Some(8 * WORTH_STREAMING))), held);
        assert_eq!(twice(room(Some(8 * WORTH_STREAMING - 1))), streamed);
        let all = |wanted| {
            let budget = None;
            twice(Room { wanted, budget })
        };
        assert_eq!(all(WORTH_HOLDING), held);
        assert_eq!(all(WORTH_HOLDING + 1), streamed);
    }

    #[test]
    fn measured_times_decide_where_there_is_room() {
        let best = |all, budget, held, streamed| {
            let measured = Some(Measured { held, streamed });
            passes(all).best_way(Columns::Auto, LARGE, room(budget), measured)
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
                assert_eq!(passes.best_way(told, LARGE, room(Some(1)), None), way);
            }
        }
        let few = Some((1, 1));
        let told = |told, size| passes(1).best_way(told, size, room(None), None);
        assert_eq!(told(Columns::Hold, LARGE), Way::HeldAsTold);
        let way = Way::StreamedAsTold { passes: 1 };
        assert_eq!(told(Columns::Stream, few), way);
    }
}
