//! The first levels of a tree, or all of them, for many rows at once, as a complete tree. As in
//! `bottom_up`, every branch is evaluated for every row.
//!
//! Three levels at a time are answered without leaving the registers: seven comparisons, and the
//! ways that a row takes picked out of them. What ends earlier is filled up with branches whose
//! two sides lead to one place.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has, and no bounds checks: `Test::is_sound` \
              says what is relied on"
)]
#![allow(
    clippy::inline_always,
    reason = "the same code for several kinds of registers"
)]

use super::bottom_up::offset;
use super::{LANES, MOST_EXITS, Rows};
use crate::inference::native::trees::branch::Branch;
use crate::inference::native::trees::load::{Forest, Mode};

/// CompleteTop that are answered in registers.
const UNIT: u32 = 3;
/// Branches of a unit, and places that it leads to.
const UNIT_TESTS: usize = (1 << UNIT) - 1;
const UNIT_EXITS: usize = 1 << UNIT;
/// Most units side by side: those of eight levels.
pub(super) const MOST_UNITS: usize = MOST_EXITS / UNIT_EXITS;

/// A branch: rows whose bin is less than the limit take the first side. The list is counted in
/// bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Test {
    list: u16,
    limit: u8,
}

impl Test {
    pub(super) fn is_sound(self, bins: usize) -> bool {
        let list = usize::from(self.list);
        list.is_multiple_of(LANES) && list / LANES < bins && self.limit < 128
    }
}

/// The first levels of a tree: the tests unit by unit, the lowest units first, and the forest's
/// nodes that all ways lead to, from the first side to the second.
pub(super) struct CompleteTop {
    pub(super) tests: Vec<Test>,
    pub(super) exits: Vec<u32>,
}

impl CompleteTop {
    /// `find` gives the list of a node's threshold and its bin there, `nothing` is the list of what
    /// has no threshold. `None` where a branch does not fit the form.
    pub(super) fn of(
        forest: &Forest,
        root: u32,
        depth: u32,
        find: impl Fn(u32) -> (usize, u8),
        nothing: usize,
    ) -> Option<Self> {
        let filler = Test {
            list: offset(nothing)?,
            limit: 0,
        };
        // The children of n are 2n + 1 and 2n + 2.
        let mut places = Vec::with_capacity(2 << depth);
        places.push(root);
        let mut tests = Vec::with_capacity(1 << depth);
        for at in 0..(1 << depth) - 1 {
            let place: u32 = places[at];
            let node = &forest.nodes[place as usize];
            if node.mode == Mode::Leaf {
                tests.push(filler);
                places.extend([place; 2]);
            } else {
                let (list, bin) = find(place);
                tests.push(Test {
                    list: offset(list)?,
                    limit: bin + 1,
                });
                places.extend(Branch::of(node)?.sides);
            }
        }
        Some(CompleteTop {
            tests: by_unit(&tests, depth),
            exits: places.split_off(tests.len()),
        })
    }
}

/// The units of the lowest levels first, each from its root down, then the levels above, from the
/// lowest to the root.
fn by_unit(tests: &[Test], depth: u32) -> Vec<Test> {
    let mut all = Vec::with_capacity(tests.len());
    let above = depth - UNIT;
    for unit in 0..1 << above {
        for level in 0..UNIT {
            let first = (1 << (above + level)) - 1 + (unit << level);
            all.extend(&tests[first..first + (1 << level)]);
        }
    }
    for level in (0..above).rev() {
        let first = (1 << level) - 1;
        all.extend(&tests[first..=2 * first]);
    }
    all
}

/// Each row's exit, given complete levels of tests, and room for outcomes.
///
/// # Safety
/// All tests must be sound for as many bins a row as are given, and the processor must be the one
/// that [`finder`] was asked on.
pub(super) type Finder = unsafe fn(&[Test], &[Rows], &mut [Rows; MOST_UNITS]) -> Rows;

/// The fastest for this processor.
pub(super) fn finder() -> Finder {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return avx2::find;
    }
    find_plain
}

/// # Safety
/// See [`Finder`].
unsafe fn find_plain(tests: &[Test], bins: &[Rows], outcomes: &mut [Rows; MOST_UNITS]) -> Rows {
    // SAFETY: the caller vouches for the tests.
    unsafe { find::<[u8; 16]>(tests, bins, outcomes) }
}

/// Some rows' bytes.
trait Register: Copy {
    fn all(byte: u8) -> Self;

    /// # Safety
    /// There must be an aligned register.
    unsafe fn read(from: *const u8) -> Self;

    /// # Safety
    /// There must be an aligned register.
    unsafe fn write(self, to: *mut u8);

    /// All bits where a byte is above the other's, else none. Both are below 128.
    fn is_above(self, other: Self) -> Self;

    /// The first where all bits are set, the second where none is.
    fn pick(self, first: Self, second: Self) -> Self;

    /// Those bits of the mask that are not set here.
    fn lacks(self, mask: Self) -> Self;

    fn or(self, other: Self) -> Self;
}

/// # Safety
/// See [`Finder`].
#[inline(always)]
unsafe fn find<R: Register>(
    tests: &[Test],
    bins: &[Rows],
    outcomes: &mut [Rows; MOST_UNITS],
) -> Rows {
    let units = ((tests.len() + 1) / UNIT_EXITS).min(MOST_UNITS);
    let (lowest, mut above) = tests.split_at(units * UNIT_TESTS);
    let x = bins.as_ptr().cast::<u8>();
    let parts = (0..LANES).step_by(size_of::<R>());
    let all = outcomes.as_mut_ptr().cast::<u8>();
    for (unit, tests) in lowest.as_chunks::<UNIT_TESTS>().0.iter().enumerate() {
        let limits = tests.each_ref().map(|test| R::all(test.limit));
        let places = tests.each_ref().map(|test| usize::from(test.list));
        let first_exit = R::all((unit * UNIT_EXITS) as u8);
        for part in parts.clone() {
            // SAFETY: the caller vouches for the tests, groups are a whole number of registers,
            // and there are not more units than outcomes.
            unsafe {
                let way = |at: usize| limits[at].is_above(R::read(x.add(places[at] + part)));
                let top = way(0);
                let (left, right) = (way(1), way(2));
                let middle = top.pick(left, right);
                let low = top.pick(left.pick(way(3), way(4)), right.pick(way(5), way(6)));
                let high = top.lacks(R::all(4)).or(middle.lacks(R::all(2)));
                let exit = high.or(low.lacks(R::all(1))).or(first_exit);
                exit.write(all.add(unit * LANES + part));
            }
        }
    }
    let mut left = units / 2;
    while left > 0 {
        let (level, rest) = above.split_at(left);
        for (place, test) in level.iter().enumerate() {
            let limit = R::all(test.limit);
            for part in parts.clone() {
                // SAFETY: as above; there are half as many tests as outcomes.
                unsafe {
                    let way = limit.is_above(R::read(x.add(usize::from(test.list) + part)));
                    let pair = all.add(2 * place * LANES + part);
                    let outcome = way.pick(R::read(pair), R::read(pair.add(LANES)));
                    outcome.write(all.add(place * LANES + part));
                }
            }
        }
        above = rest;
        left /= 2;
    }
    outcomes[0]
}

impl Register for [u8; 16] {
    fn all(byte: u8) -> Self {
        [byte; 16]
    }

    unsafe fn read(from: *const u8) -> Self {
        // SAFETY: the caller vouches for the place.
        unsafe { from.cast::<Self>().read() }
    }

    unsafe fn write(self, to: *mut u8) {
        // SAFETY: the caller vouches for the place.
        unsafe { to.cast::<Self>().write(self) }
    }

    fn is_above(self, other: Self) -> Self {
        std::array::from_fn(|lane| u8::from(self[lane] > other[lane]).wrapping_neg())
    }

    fn pick(self, first: Self, second: Self) -> Self {
        std::array::from_fn(|lane| second[lane] ^ ((first[lane] ^ second[lane]) & self[lane]))
    }

    fn lacks(self, mask: Self) -> Self {
        std::array::from_fn(|lane| !self[lane] & mask[lane])
    }

    fn or(self, other: Self) -> Self {
        std::array::from_fn(|lane| self[lane] | other[lane])
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_andnot_si256, _mm256_blendv_epi8, _mm256_cmpgt_epi8, _mm256_load_si256,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_store_si256,
    };

    use super::{MOST_UNITS, Register, Rows, Test};

    /// # Safety
    /// See [`super::Finder`]; the processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn find(
        tests: &[Test],
        bins: &[Rows],
        outcomes: &mut [Rows; MOST_UNITS],
    ) -> Rows {
        // SAFETY: the caller vouches for the tests and for the processor.
        unsafe { super::find::<__m256i>(tests, bins, outcomes) }
    }

    // SAFETY of all calls: only `find` above comes here, on a processor that has them.
    impl Register for __m256i {
        #[inline(always)]
        fn all(byte: u8) -> Self {
            unsafe { _mm256_set1_epi8(byte.cast_signed()) }
        }

        #[inline(always)]
        unsafe fn read(from: *const u8) -> Self {
            unsafe { _mm256_load_si256(from.cast()) }
        }

        #[inline(always)]
        unsafe fn write(self, to: *mut u8) {
            unsafe { _mm256_store_si256(to.cast(), self) }
        }

        #[inline(always)]
        fn is_above(self, other: Self) -> Self {
            unsafe { _mm256_cmpgt_epi8(self, other) }
        }

        #[inline(always)]
        fn pick(self, first: Self, second: Self) -> Self {
            unsafe { _mm256_blendv_epi8(second, first, self) }
        }

        #[inline(always)]
        fn lacks(self, mask: Self) -> Self {
            unsafe { _mm256_andnot_si256(self, mask) }
        }

        #[inline(always)]
        fn or(self, other: Self) -> Self {
            unsafe { _mm256_or_si256(self, other) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inference::native::trees::test_rng::TestRng;

    #[test]
    fn every_finder_finds_the_exit_that_a_walk_finds() {
        let mut source = TestRng::new(1);
        let mut draw = |below| source.below(below);
        for round in 0..200 {
            let depth = UNIT + round % 6;
            let lists = 1 + draw(20);
            let tests: Vec<Test> = (1..1 << depth)
                .map(|_| Test {
                    list: (draw(lists) * LANES) as u16,
                    limit: draw(128) as u8,
                })
                .collect();
            let x: Vec<Rows> = (0..lists)
                .map(|_| Rows(std::array::from_fn(|_| draw(128) as u8)))
                .collect();
            let packed = by_unit(&tests, depth);
            let mut room = [Rows([0; LANES]); MOST_UNITS];
            // SAFETY: all tests are about one of the lists.
            let (fast, plain) = unsafe {
                (
                    finder()(&packed, &x, &mut room),
                    find_plain(&packed, &x, &mut room),
                )
            };
            let walked = std::array::from_fn(|lane| {
                let mut at = 0;
                while let Some(test) = tests.get(at) {
                    let bin = x[usize::from(test.list) / LANES].0[lane];
                    at = 2 * at + 1 + usize::from(bin >= test.limit);
                }
                (at - tests.len()) as u8
            });
            assert_eq!((fast.0, plain.0), (walked, walked), "{depth} levels");
        }
    }
}
