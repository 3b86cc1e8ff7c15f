//! Every slice that can be among the best, level by level: a slice has no more rows and errors than any
//! that it is a part of, so what cannot reach the best is left out with all of its parts. The most
//! promising are looked at first; the answer does not depend on the order, nor on threads.

use rayon::prelude::*;

use super::bound::{All, Extent, score};
use super::ranking::{Best, Scored};
use super::row_sets::{Errors, MOST_BYTES, RowSet};
use super::significance::{Sums, compare};
use super::{Binned, Found, LeftOut, Predicate, Scope, Slice, least_rows};

/// Words of bit sets that are looked at among pairs, and among triples, at most.
const MOST_WORK: u64 = 1 << 33;
/// What a candidate costs that needs no look at its rows, in words.
const GLANCE: u64 = 16;
/// Slices by one feature that are combined with others, at most.
const MOST_COMBINED: usize = 4_096;
/// Pairs from which triples are made, at most.
const MOST_PAIRS: usize = 1 << 20;
/// Pairs that are looked at side by side, before it is known anew what is among the best.
const PAIRS: usize = 2_048;
/// Pairs that triples are made of, side by side.
const WIDENED: usize = 128;

/// A search for the slices with the largest score.
pub struct Search {
    errors: Errors,
    all: All,
    scope: Scope,
    best: Best,
    basics: Vec<Basic>,
    /// Of each feature, how many codes have enough rows.
    codes: Vec<u64>,
    not_combined: u64,
}

/// A slice by one feature.
pub struct Basic {
    predicate: Predicate,
    extent: Extent,
    set: RowSet,
}

/// Two slices by one feature, as places among them, and what they share.
struct Pair {
    parts: [u32; 2],
    extent: Extent,
}

/// What came of slices that were looked at.
#[derive(Default)]
struct Looked {
    scored: Vec<Scored>,
    kept: Vec<Pair>,
    /// In words.
    work: u64,
}

impl Search {
    /// Of the errors of all rows, from 0 on. None where they are not finite.
    pub fn new(errors: Vec<f64>, scope: Scope) -> Option<Self> {
        let errors = Errors::new(errors);
        let rows = errors.rows();
        let mean = errors.all().iter().sum::<f64>() / rows as f64;
        mean.is_finite().then(|| Self {
            errors,
            all: All {
                rows: rows as u64,
                mean,
            },
            scope,
            best: Best::of(scope.top),
            basics: Vec::new(),
            codes: Vec::new(),
            not_combined: 0,
        })
    }

    /// The slices by one feature that have enough rows.
    ///
    /// # Panics
    /// If there is not one code a row, or a code reaches the number of bins.
    pub fn look(&self, feature: usize, binned: &Binned) -> Vec<Basic> {
        assert_eq!(binned.codes.len(), self.errors.rows(), "one code a row");
        let mut rows = vec![0; binned.bins];
        for code in &binned.codes {
            rows[usize::from(*code)] += 1;
        }
        let least = least_rows(self.all.rows);
        let sets = self.errors.sets(binned, |bin| rows[bin] >= least);
        let bins = (0u16..).zip(sets).zip(rows);
        let large = bins.filter(|(_, rows)| *rows >= least);
        let basics = large.map(|((code, set), rows)| {
            let (errors, largest) = self.errors.sum(set.words(), set.words());
            let extent = Extent {
                rows,
                errors,
                largest,
            };
            Basic {
                predicate: (feature, code),
                extent,
                set,
            }
        });
        basics.collect()
    }

    /// Takes the slices by one feature. The features may come in any order.
    pub fn add(&mut self, basics: Vec<Basic>) {
        self.codes.push(basics.len() as u64);
        let all = self.all;
        let scored = basics.iter().filter_map(|basic| {
            let Extent { rows, errors, .. } = basic.extent;
            scored(all, vec![basic.predicate], rows, errors)
        });
        let scored: Vec<Scored> = scored.collect();
        self.best.add(scored);
        self.basics.extend(basics);
        let threshold = self.best.threshold();
        self.basics
            .retain(|basic| basic.extent.can_reach(all, threshold));
        self.basics.sort_by(|a, b| {
            let (first, second) = (a.extent.bound(all), b.extent.bound(all));
            second
                .total_cmp(&first)
                .then_with(|| a.predicate.cmp(&b.predicate))
        });
        let bytes = self.basics.first().map_or(0, |basic| basic.set.bytes());
        let fit = MOST_BYTES.checked_div(bytes).unwrap_or(u64::MAX);
        let most = usize::try_from(fit).map_or(MOST_COMBINED, |fit| fit.min(MOST_COMBINED));
        self.not_combined += self.basics.len().saturating_sub(most) as u64;
        self.basics.truncate(most);
    }

    /// Goes on to pairs and triples. `check` is asked now and then whether to go on.
    pub fn finish<E>(mut self, check: impl Fn() -> Result<(), E>) -> Result<Found, E> {
        let possible = possible(&self.codes, self.scope.depth);
        let (pairs, pairs_end) = if self.scope.depth > 1 {
            self.pairs(&check)?
        } else {
            (Vec::new(), false)
        };
        let triples_end = self.scope.depth > 2 && self.triples(pairs, &check)?;
        let left_out = LeftOut {
            not_combined: self.not_combined,
            ended_at: pairs_end.then_some(2).or(triples_end.then_some(3)),
        };
        let best = self.best.take();
        Ok(Found {
            slices: self.describe(best, possible),
            mean: self.all.mean,
            least_rows: least_rows(self.all.rows),
            possible,
            left_out,
        })
    }

    /// Looks at slices by two features, and hands out those with parts that can be among the best; and
    /// whether it met a limit.
    fn pairs<E>(&mut self, check: &impl Fn() -> Result<(), E>) -> Result<(Vec<Pair>, bool), E> {
        let all = self.all;
        // Best first: whatever is beyond a slice that cannot reach the best cannot either.
        let pairs = (1..self.basics.len() as u32).flat_map(|b| (0..b).map(move |a| [a, b]));
        let mut pairs = pairs.peekable();
        let (mut kept, mut work) = (Vec::new(), 0);
        while let Some([_, b]) = pairs.peek() {
            let threshold = self.best.threshold();
            let next = self.basics[*b as usize].extent;
            if !next.can_reach(all, threshold) {
                break;
            }
            if work >= MOST_WORK || kept.len() >= MOST_PAIRS {
                return Ok((kept, true));
            }
            check()?;
            let batch: Vec<[u32; 2]> = pairs.by_ref().take(PAIRS).collect();
            let found = batch.par_iter().map(|parts| self.pair(*parts, threshold));
            let found: Vec<Looked> = found.collect();
            for looked in found {
                work += looked.work;
                self.best.add(looked.scored);
                kept.extend(looked.kept);
            }
        }
        Ok((kept, false))
    }

    fn pair(&self, parts: [u32; 2], threshold: f64) -> Looked {
        let mut looked = Looked {
            work: GLANCE,
            ..Looked::default()
        };
        let [a, b] = parts.map(|part| &self.basics[part as usize]);
        let most = a.extent.least(b.extent);
        if a.predicate.0 == b.predicate.0 || !most.can_reach(self.all, threshold) {
            return looked;
        }
        let sets = (a.set.words(), b.set.words());
        if let Some(extent) = self.measure(sets, most, threshold, &mut looked.work) {
            looked.scored.extend(self.scored(&[a, b], extent));
            if extent.can_reach(self.all, threshold) {
                looked.kept.push(Pair { parts, extent });
            }
        }
        looked
    }

    /// Looks at slices by three features of which every two are among `pairs`; and tells whether it met
    /// a limit.
    fn triples<E>(
        &mut self,
        mut pairs: Vec<Pair>,
        check: &impl Fn() -> Result<(), E>,
    ) -> Result<bool, E> {
        let all = self.all;
        let threshold = self.best.threshold();
        pairs.retain(|pair| pair.extent.can_reach(all, threshold));
        let wider = Wider::of(&pairs, self.basics.len());
        let bounds: Vec<f64> = pairs.iter().map(|pair| pair.extent.bound(all)).collect();
        let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
        order.sort_by(|a, b| bounds[*b as usize].total_cmp(&bounds[*a as usize]));
        let mut work = 0;
        for batch in order.chunks(WIDENED) {
            let threshold = self.best.threshold();
            let first = &pairs[batch[0] as usize];
            if !first.extent.can_reach(all, threshold) {
                break;
            }
            if work >= MOST_WORK {
                return Ok(true);
            }
            check()?;
            let found = batch.par_iter().map(|pair| {
                let pair = &pairs[*pair as usize];
                self.widened(pair, &pairs, &wider, threshold)
            });
            let found: Vec<Looked> = found.collect();
            for looked in found {
                work += looked.work;
                self.best.add(looked.scored);
            }
        }
        Ok(false)
    }

    /// The slices by a pair and a third feature.
    fn widened(&self, pair: &Pair, pairs: &[Pair], wider: &Wider, threshold: f64) -> Looked {
        let mut looked = Looked::default();
        let mut shared = None;
        let [a, b] = pair.parts.map(|part| &self.basics[part as usize]);
        for (third, [first, second]) in wider.thirds(pair) {
            let extents = [first, second].map(|place| pairs[place as usize].extent);
            let most = pair.extent.least(extents[0]).least(extents[1]);
            let c = &self.basics[third as usize];
            looked.work += GLANCE;
            if !most.can_reach(self.all, threshold) {
                continue;
            }
            let shared = shared.get_or_insert_with(|| a.set.and(&b.set));
            let sets = (shared.words(), c.set.words());
            if let Some(extent) = self.measure(sets, most, threshold, &mut looked.work) {
                looked.scored.extend(self.scored(&[a, b, c], extent));
            }
        }
        looked
    }

    /// What two sets share, which is no more than `most`; nothing where it has too few rows, or cannot
    /// be among the best.
    fn measure(
        &self,
        sets: (&[u64], &[u64]),
        most: Extent,
        threshold: f64,
        work: &mut u64,
    ) -> Option<Extent> {
        *work += self.errors.erring_work();
        let (erring, errors) = self.errors.erring(sets.0, sets.1);
        let errors = errors.min(most.errors);
        let promising = Extent { errors, ..most };
        if !promising.can_reach(self.all, threshold) {
            return None;
        }
        *work += self.errors.words() as u64;
        let rows = erring + self.errors.without_error(sets.0, sets.1);
        let promising = Extent { rows, ..promising };
        if !promising.can_reach(self.all, threshold) {
            return None;
        }
        *work += self.errors.summing_work(rows);
        let (errors, largest) = self.errors.sum(sets.0, sets.1);
        Some(Extent {
            rows,
            errors,
            largest,
        })
    }

    fn scored(&self, parts: &[&Basic], extent: Extent) -> Option<Scored> {
        let mut predicates: Vec<Predicate> = parts.iter().map(|part| part.predicate).collect();
        predicates.sort_unstable();
        scored(self.all, predicates, extent.rows, extent.errors)
    }

    /// The rows of a slice, as long as its parts are still at hand.
    fn set(&self, predicates: &[Predicate]) -> Option<RowSet> {
        let parts = predicates.iter().map(|predicate| {
            let mut basics = self.basics.iter();
            basics.find(|basic| basic.predicate == *predicate)
        });
        let parts: Vec<&Basic> = parts.collect::<Option<_>>()?;
        let (first, others) = parts.split_first()?;
        let set = others
            .iter()
            .fold(first.set.clone(), |set, part| set.and(&part.set));
        Some(set)
    }

    /// Ranks the best, tells which are the same rows, and holds each against the other rows.
    fn describe(&self, best: Vec<Scored>, possible: f64) -> Vec<Slice> {
        let whole = Sums {
            rows: self.all.rows,
            errors: self.errors.all().iter().sum(),
            squares: self.errors.all().iter().map(|error| error * error).sum(),
        };
        let mut slices: Vec<Slice> = Vec::with_capacity(best.len());
        // The distinct sets of rows among those of one score.
        let mut sets: Vec<(usize, RowSet)> = Vec::new();
        for (place, found) in best.into_iter().enumerate() {
            let is_tied = slices.last().is_some_and(|last| last.score == found.score);
            if !is_tied {
                sets.clear();
            }
            let set = self.set(&found.predicates);
            let same = set.as_ref().and_then(|set| {
                let known = sets.iter().find(|(_, known)| known == set);
                known.map(|(place, _)| *place)
            });
            let squares = set
                .as_ref()
                .map_or(found.errors, |set| self.errors.squares(set));
            let sums = Sums {
                rows: found.rows,
                errors: found.errors,
                squares,
            };
            let against = compare(sums, whole, self.errors.are_rates());
            let rank = if is_tied {
                slices.last().map_or(1, |last| last.rank)
            } else {
                place + 1
            };
            sets.extend(set.filter(|_| same.is_none()).map(|set| (place, set)));
            slices.push(Slice {
                predicates: found.predicates,
                rows: found.rows,
                errors: found.errors,
                score: found.score,
                rank,
                same_rows: same,
                rest_mean: against.rest_mean,
                effect: against.effect,
                p_adjusted: against.p_value.map(|p| (p * possible).min(1.0)),
            });
        }
        slices
    }
}

fn scored(all: All, predicates: Vec<Predicate>, rows: u64, errors: f64) -> Option<Scored> {
    let score = score(all, rows, errors);
    (score > 0.0).then_some(Scored {
        predicates,
        rows,
        errors,
        score,
    })
}

/// How many conjunctions of at most so many predicates on different features there are, of so many codes
/// of each.
fn possible(codes: &[u64], most: usize) -> f64 {
    let mut by_depth = vec![0.0; most + 1];
    by_depth[0] = 1.0;
    for codes in codes {
        for depth in (1..=most).rev() {
            by_depth[depth] += by_depth[depth - 1] * *codes as f64;
        }
    }
    by_depth[1..].iter().sum()
}

/// Which slices make a pair with a slice, by rising place of the other, and the place of that pair.
struct Wider(Vec<Vec<(u32, u32)>>);

impl Wider {
    fn of(pairs: &[Pair], basics: usize) -> Self {
        let mut wider = vec![Vec::new(); basics];
        for (place, pair) in (0..).zip(pairs) {
            let [a, b] = pair.parts;
            wider[a as usize].push((b, place));
        }
        for others in &mut wider {
            others.sort_unstable();
        }
        Self(wider)
    }

    /// What makes a pair with either part of a pair and lies beyond both, and the places of these pairs.
    fn thirds(&self, pair: &Pair) -> impl Iterator<Item = (u32, [u32; 2])> {
        let [a, b] = pair.parts.map(|part| &self.0[part as usize]);
        let mut beyond = b.iter().peekable();
        a.iter().filter_map(move |(third, first)| {
            while beyond.next_if(|(other, _)| other < third).is_some() {}
            let same = beyond.next_if(|(other, _)| other == third);
            same.map(|(_, second)| (*third, [*first, *second]))
        })
    }
}
