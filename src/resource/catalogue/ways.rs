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
