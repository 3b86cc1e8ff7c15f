//! A small tree of any shape for many rows at once, from the bottom up.
//!
//! Walking a tree is a chain of loads that wait for each other. Here nothing waits: *every* branch
//! is evaluated for all rows, from the lowest to the root, and each selects the outcome of the side
//! that a row takes. That is far more branches than a row passes, but a vector register evaluates one
//! of them for 32 rows, in two instructions.
#![allow(
    unsafe_code,
    reason = "bounds checks cost more than the work itself here, and `Selection::is_sound` says what \
              is relied on; vector registers that not every processor has"
)]
#![allow(
    clippy::inline_always,
    reason = "the same code for several kinds of registers"
)]

use std::cmp::Reverse;

use super::small_tree::{Side, SmallBranch, SmallTree};
use super::{LANES, MOST_EXITS, Rows};

/// Bytes from one place to the next.
const PLACE: usize = size_of::<Rows>();

/// A branch: the outcome of its first side where the bin is less than the limit, else that of the
/// second. Places are counted in bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Selection {
    list: u16,
    /// Exits come first among the outcomes, then those of all branches, in their order.
    sides: [u16; 2],
    limit: u8,
}

/// The selections of a tree in the order in which they are to be made: the last is the root's.
/// `find` gives the list of a node's threshold and its bin there. `None` if a list is too far back
/// to be counted.
pub(super) fn selections(
    tree: &SmallTree,
    find: impl Fn(u32) -> (usize, u8),
) -> Option<Vec<Selection>> {
    let branches = &tree.branches;
    let mut heights = vec![1_u8; branches.len()];
    for place in (0..branches.len()).rev() {
        let sides = branches[place].sides.iter();
        let highest = sides.map(|side| match side {
            Side::Branch(branch) => heights[*branch as usize],
            Side::Leaf(_) => 0,
        });
        heights[place] = highest.max().unwrap_or(0).saturating_add(1);
    }
    // Those of one height side by side, so that nothing waits for what has just been selected.
    let mut order: Vec<usize> = (0..branches.len()).collect();
    order.sort_unstable_by_key(|place| (heights[*place], Reverse(*place)));
    let mut places = vec![0; branches.len()];
    let mut selections = Vec::with_capacity(branches.len());
    for (place, branch) in order.into_iter().enumerate() {
        places[branch] = MOST_EXITS + place;
        let SmallBranch { node, sides } = &branches[branch];
        let (list, bin) = find(*node);
        let sides = sides.map(|side| match side {
            Side::Branch(branch) => places[branch as usize],
            Side::Leaf(exit) => usize::from(exit),
        });
        selections.push(Selection {
            list: offset(list)?,
            sides: [offset(sides[0])?, offset(sides[1])?],
            limit: bin + 1,
        });
    }
    Some(selections)
}

/// A place counted in bytes.
pub(super) fn offset(place: usize) -> Option<u16> {
    u16::try_from(place.checked_mul(PLACE)?).ok()
}

impl Selection {
    /// Whether it stays within so many bins a row and so many exits, and selects no outcome but
    /// those before its own place.
    pub(super) fn is_sound(self, place: usize, bins: usize, exits: usize) -> bool {
        let place_of = |offset: u16| usize::from(offset) / PLACE;
        let is_whole = |offset: &u16| usize::from(*offset).is_multiple_of(PLACE);
        let is_there = |side: u16| match place_of(side).checked_sub(MOST_EXITS) {
            None => place_of(side) < exits,
            Some(selection) => selection < place,
        };
        place < MOST_EXITS
            && is_whole(&self.list)
            && self.sides.iter().all(is_whole)
            && place_of(self.list) < bins
            && self.sides.iter().all(|side| is_there(*side))
    }
}

/// Room for outcomes: of exits, which are their numbers, and of branches.
pub(super) struct Outcomes(Vec<Rows>);

impl Outcomes {
    pub(super) fn new() -> Self {
        let exits = (0..MOST_EXITS).map(|exit| Rows([exit as u8; LANES]));
        let selections = [Rows([0; LANES]); MOST_EXITS];
        Outcomes(exits.chain(selections).collect())
    }
}

/// Makes all selections, of which there is at least one, and gives each row's exit.
///
/// # Safety
/// The selections must be sound in their order, for as many bins a row as are given, and the
/// processor must be the one that [`evaluator`] was asked on.
pub(super) type Evaluator = unsafe fn(&[Selection], &[Rows], &mut Outcomes) -> Rows;

/// The fastest for this processor.
pub(super) fn evaluator() -> Evaluator {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return evaluate_avx2;
    }
    evaluate
}

/// # Safety
/// See [`Evaluator`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn evaluate_avx2(selections: &[Selection], bins: &[Rows], outcomes: &mut Outcomes) -> Rows {
    // SAFETY: the caller vouches for the selections.
    unsafe { evaluate(selections, bins, outcomes) }
}

/// # Safety
/// See [`Evaluator`].
#[inline(always)]
unsafe fn evaluate(selections: &[Selection], bins: &[Rows], outcomes: &mut Outcomes) -> Rows {
    let all = outcomes.0.as_mut_ptr();
    for (place, selection) in selections.iter().enumerate() {
        // SAFETY: the caller vouches for the selections, and there is room for all outcomes.
        unsafe {
            let bins = &*bins.as_ptr().byte_add(usize::from(selection.list));
            let [first, second] = selection
                .sides
                .map(|side| &*all.byte_add(usize::from(side)));
            let mut outcome = Rows([0; LANES]);
            for lane in 0..LANES {
                // All bits or none: a choice between two loads would not become vector code.
                let limit = selection.limit.cast_signed();
                let is_first = u8::from(limit > bins.0[lane].cast_signed()).wrapping_neg();
                let (first, second) = (first.0[lane], second.0[lane]);
                outcome.0[lane] = second ^ ((first ^ second) & is_first);
            }
            *all.add(MOST_EXITS + place) = outcome;
        }
    }
    outcomes.0[MOST_EXITS + selections.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::native::trees::test_rng::TestRng;

    #[test]
    fn every_evaluator_gives_the_same_exits() {
        let mut source = TestRng::new(1);
        let mut draw = |below| source.below(below);
        for _ in 0..200 {
            let (lists, exits) = (1 + draw(20), 1 + draw(MOST_EXITS));
            let x: Vec<Rows> = (0..lists)
                .map(|_| Rows(std::array::from_fn(|_| draw(128) as u8)))
                .collect();
            let mut side = |place: usize| match draw(exits + place) {
                side if side < exits => side,
                side => MOST_EXITS + side - exits,
            };
            let sides: Vec<[u16; 2]> = (0..=exits / 2)
                .map(|place| [side(place), side(place)].map(|side| (side * PLACE) as u16))
                .collect();
            let selections: Vec<Selection> = sides
                .into_iter()
                .map(|sides| Selection {
                    list: (draw(lists) * PLACE) as u16,
                    sides,
                    limit: draw(128) as u8,
                })
                .collect();
            for (place, selection) in selections.iter().enumerate() {
                assert!(selection.is_sound(place, lists, exits), "{selection:?}");
            }
            let mut outcomes = Outcomes::new();
            // SAFETY: the selections are sound.
            let fast = unsafe { evaluator()(&selections, &x, &mut outcomes) };
            let mut outcomes = Outcomes::new();
            // SAFETY: the selections are sound.
            let plain = unsafe { evaluate(&selections, &x, &mut outcomes) };
            assert_eq!(fast.0, plain.0);
            assert!(plain.0.iter().all(|exit| usize::from(*exit) < exits));
        }
    }
}
