//! Whose selections are foreseen: three kinds of habit, and a user without any. Each is fifty workflows,
//! one selection each, in the paper's mix.

use crate::bench::paper::WORKFLOWS;
use crate::metrics::random::permutation;
use crate::vocabulary::Dimension;

use serde::Serialize;

/// A kind of user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Six selections, one after the other, over and over; once, one of them is cut short.
    StrictCycle,
    /// A selection is kept for five to ten workflows; then comes another.
    StickyPreference,
    /// Sessions of two types, each of two workflows: a glance and a first validation, or a fix and its
    /// release check. Which type comes next is chance, what follows within it is not.
    SessionTypes,
    /// Every selection is drawn anew.
    NoHabit,
}

impl Habit {
    /// All kinds, the one without any last.
    pub const ALL: [Self; 4] = [
        Self::StrictCycle,
        Self::StickyPreference,
        Self::SessionTypes,
        Self::NoHabit,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StrictCycle => "strict cycle",
            Self::StickyPreference => "sticky preference",
            Self::SessionTypes => "session types",
            Self::NoHabit => "no habit (control)",
        }
    }

    /// What it does.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::StrictCycle => {
                "six selections of 1, 2-3, 4, 2-3, 4-5 and 2-3 tests one after the other, over and over; \
                 once, one of them is cut short to three tests"
            }
            Self::StickyPreference => {
                "a selection is kept for five to ten workflows, then comes another"
            }
            Self::SessionTypes => {
                "sessions of two types of two workflows each: 1 test and then 2, or 3 tests and then 4-5; \
                 which type comes next is drawn, as is where two more workflows of 2 tests come in"
            }
            Self::NoHabit => "every selection is drawn anew, of the sizes of the mix",
        }
    }

    /// Fifty selections: exactly 9 of one test, 26 of two or three, 15 of four or five.
    pub fn workflows(self, seed: u64) -> Vec<Vec<Dimension>> {
        let mut draws = Draws {
            seed,
            of: self.name(),
            drawn: 0,
        };
        match self {
            Self::StrictCycle => cycle(&mut draws),
            Self::StickyPreference => sticky(&mut draws),
            Self::SessionTypes => types(&mut draws),
            Self::NoHabit => no_habit(&mut draws),
        }
    }
}

/// Draws that follow from a seed.
struct Draws {
    seed: u64,
    of: &'static str,
    drawn: u32,
}

impl Draws {
    fn order(&mut self, of: usize) -> Vec<usize> {
        self.drawn += 1;
        let order = permutation(self.seed, self.of, self.drawn, of);
        order.into_iter().map(|place| place as usize).collect()
    }

    /// One of so many.
    fn place(&mut self, of: usize) -> usize {
        self.order(of)[0]
    }

    fn one_of(&mut self, counts: &[usize]) -> usize {
        counts[self.place(counts.len())]
    }

    /// So many of the dimensions.
    fn dimensions(&mut self, count: usize) -> Vec<Dimension> {
        let mut chosen = self.order(Dimension::ALL.len());
        chosen.truncate(count);
        chosen.sort_unstable();
        chosen
            .into_iter()
            .map(|place| Dimension::ALL[place])
            .collect()
    }

    /// One that is none of these.
    fn another(&mut self, count: usize, others: &[Vec<Dimension>]) -> Vec<Dimension> {
        loop {
            let dimensions = self.dimensions(count);
            if !others.contains(&dimensions) {
                return dimensions;
            }
        }
    }

    fn shuffle<T: Clone>(&mut self, all: &[T]) -> Vec<T> {
        let order = self.order(all.len()).into_iter();
        order.map(|place| all[place].clone()).collect()
    }
}

fn cycle(draws: &mut Draws) -> Vec<Vec<Dimension>> {
    let workflows: usize = WORKFLOWS.iter().map(|(.., number)| number).sum();
    let sizes = [&[1][..], &[2, 3], &[4], &[2, 3], &[4, 5], &[2, 3]];
    let mut rota: Vec<Vec<Dimension>> = Vec::new();
    for counts in sizes {
        let count = draws.one_of(counts);
        let next = draws.another(count, &rota);
        rota.push(next);
    }
    let mut all: Vec<_> = rota.into_iter().cycle().take(workflows).collect();
    // Round by round the mix has one of four or five too many.
    let large: Vec<usize> = (0..all.len()).filter(|at| all[*at].len() > 3).collect();
    let cut = draws.one_of(&large);
    all[cut].truncate(3);
    all
}

fn sticky(draws: &mut Draws) -> Vec<Vec<Dimension>> {
    let mut stretches = Vec::new();
    for (_, counts, mut left) in WORKFLOWS {
        while left > 0 {
            let mut length = left.min(draws.one_of(&[5, 6, 7, 8, 9, 10]));
            if left - length < 3 {
                length = left;
            }
            left -= length;
            let count = draws.one_of(counts);
            stretches.push((draws.dimensions(count), length));
        }
    }
    let stretches = draws.shuffle(&stretches).into_iter();
    let kept = stretches.flat_map(|(dimensions, length)| vec![dimensions; length]);
    kept.collect()
}

fn types(draws: &mut Draws) -> Vec<Vec<Dimension>> {
    let [(_, _, small), (_, _, middle), (_, _, large)] = WORKFLOWS;
    let (glance, first) = (draws.dimensions(1), draws.dimensions(2));
    let count = draws.one_of(&[4, 5]);
    let (fix, release) = (draws.dimensions(3), draws.dimensions(count));
    let mut sessions = vec![[glance, first.clone()]; small];
    sessions.extend(vec![[fix, release]; large]);
    let mut all: Vec<_> = draws.shuffle(&sessions).into_iter().flatten().collect();
    for _ in small + large..middle {
        let place = draws.place(all.len() + 1);
        all.insert(place, first.clone());
    }
    all
}

fn no_habit(draws: &mut Draws) -> Vec<Vec<Dimension>> {
    let mut all = Vec::new();
    for (_, counts, number) in WORKFLOWS {
        all.extend((0..number).map(|which| draws.dimensions(counts[which % counts.len()])));
    }
    draws.shuffle(&all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_keeps_to_the_mix() {
        for habit in Habit::ALL {
            for seed in 0..20 {
                let all = habit.workflows(seed);
                let of = |sizes: std::ops::RangeInclusive<usize>| {
                    all.iter().filter(|w| sizes.contains(&w.len())).count()
                };
                let mix = (of(1..=1), of(2..=3), of(4..=5));
                assert_eq!(mix, (9, 26, 15), "{habit:?}, seed {seed}");
                assert_eq!(all, habit.workflows(seed));
            }
            assert_ne!(habit.workflows(0), habit.workflows(1), "{habit:?}");
        }
    }
}
