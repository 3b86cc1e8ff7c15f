//! The inner loop: some rows walk through one tree side by side.
//!
//! A path is a chain of loads and comparisons that each wait for the one before: a dozen of them keep
//! the processor busy, and their rows and places just fit the registers.
#![allow(
    unsafe_code,
    reason = "vector registers that not every processor has, and no bounds checks: `MultiwayForest::is_sound` \
              has checked where every way leads"
)]
#![allow(
    clippy::inline_always,
    reason = "the same code for several kinds of registers"
)]

use super::LANES;
use super::forest::{BRANCHES, EXITS, FLIPS, HELD, LEVELS, LIMITS, MultiwayForest, UNIT};
use super::rows::{Row, Rows};

/// Bytes of rows that stay near while the trees pass by.
const NEAR: usize = 16 << 10;

/// Adds every tree's leaves to the sums of all rows: `targets` lists of sums a group, tree after
/// tree, so that every sum has one order.
pub(super) fn add_trees(
    forest: &MultiwayForest,
    rows: &Rows,
    sums: &mut [[f32; LANES]],
    targets: usize,
) {
    let groups = rows.groups();
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has it.
        return unsafe { avx2::add_trees(forest, groups, sums, targets) };
    }
    add_all::<Plain>(forest, groups, sums, targets);
}

/// One step: through a wide node.
trait Step {
    /// A row where steps read it.
    type Known: Copy;

    fn know(row: &Row) -> Self::Known;

    /// Which of its exits a row takes from a wide node.
    ///
    /// # Safety
    /// There must be a wide node there.
    unsafe fn exit(row: Self::Known, node: *const u8) -> usize;
}

#[inline(always)]
fn add_all<S: Step>(
    forest: &MultiwayForest,
    groups: &[[Row; LANES]],
    sums: &mut [[f32; LANES]],
    targets: usize,
) {
    let at_once = NEAR / size_of::<[Row; LANES]>();
    let blocks = groups
        .chunks(at_once)
        .zip(sums.chunks_mut(at_once * targets));
    for (groups, sums) in blocks {
        for tree in &forest.trees {
            let units = forest.units_of(tree);
            let of_tree = forest.targets_of(tree);
            for (rows, sums) in groups.iter().zip(sums.chunks_exact_mut(targets)) {
                let held = walk::<S>(units, rows, tree.depth);
                for (offset, target) in of_tree.iter().enumerate() {
                    for (sum, held) in sums[*target as usize].iter_mut().zip(held) {
                        *sum += if of_tree.len() == 1 {
                            held
                        } else {
                            forest.values[held.to_bits() as usize + offset]
                        };
                    }
                }
            }
        }
    }
}

/// What the leaves hold that a group's rows come to.
#[inline(always)]
fn walk<S: Step>(units: &[u32], rows: &[Row; LANES], count: u32) -> [f32; LANES] {
    let tree = units.as_ptr();
    let known: [S::Known; LANES] = std::array::from_fn(|lane| S::know(&rows[lane]));
    let mut places = [0_usize; LANES];
    let step = |places: &mut [usize; LANES]| {
        for (place, known) in places.iter_mut().zip(known) {
            // SAFETY: `MultiwayForest::is_sound` has checked that no path of so many steps
            // leaves the tree.
            unsafe {
                let exit = S::exit(known, tree.add(*place).cast());
                let exits = tree.add(*place + EXITS / UNIT).cast::<u16>();
                *place = usize::from(exits.add(exit).read());
            }
        }
    };
    // All begin with the same wide node: nothing waits there.
    step(&mut places);
    for _ in 1..count {
        step(&mut places);
    }
    // SAFETY: as above.
    places.map(|place| f32::from_bits(unsafe { tree.add(place + HELD / UNIT).read() }))
}

struct Plain;

impl Step for Plain {
    type Known = Row;

    fn know(row: &Row) -> Row {
        *row
    }

    unsafe fn exit(row: Row, node: *const u8) -> usize {
        let mut at = 0;
        for _ in 0..LEVELS {
            // SAFETY: the caller vouches for the wide node.
            let [place, flip, limit] =
                [0, FLIPS, LIMITS].map(|first| unsafe { node.add(first + at).read() });
            let byte = row.0[usize::from(place) % row.0.len()] ^ flip;
            at = 2 * at + 1 + usize::from(byte.cast_signed() > limit.cast_signed());
        }
        at - (BRANCHES - 1)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpgt_epi8, _mm_load_si128, _mm_loadu_si128, _mm_movemask_epi8,
        _mm_shuffle_epi8, _mm_xor_si128,
    };

    use super::{BRANCHES, FLIPS, LANES, LIMITS, MultiwayForest, Row, Step};

    /// By the answers of all branches, a bit each: the exit. The last bit is no branch's.
    const WAYS: [u8; 1 << BRANCHES] = ways();

    const fn ways() -> [u8; 1 << BRANCHES] {
        let mut ways = [0; 1 << BRANCHES];
        let mut answers = 0;
        while answers < ways.len() {
            let mut at = 0;
            while at < BRANCHES - 1 {
                at = 2 * at + 1 + (answers >> at & 1);
            }
            ways[answers] = (at - (BRANCHES - 1)) as u8;
            answers += 1;
        }
        ways
    }

    /// # Safety
    /// The processor must have AVX2.
    #[target_feature(enable = "avx2")]
    pub(super) unsafe fn add_trees(
        forest: &MultiwayForest,
        groups: &[[Row; LANES]],
        sums: &mut [[f32; LANES]],
        targets: usize,
    ) {
        super::add_all::<Registers>(forest, groups, sums, targets);
    }

    struct Registers;

    // SAFETY of all calls: only `add_trees` above comes here, on a processor that has them; a wide node
    // is longer than what is read of it.
    impl Step for Registers {
        type Known = __m128i;

        #[inline(always)]
        fn know(row: &Row) -> __m128i {
            unsafe { _mm_load_si128(row.0.as_ptr().cast()) }
        }

        #[inline(always)]
        unsafe fn exit(row: __m128i, node: *const u8) -> usize {
            let answers = unsafe {
                let [places, flips, limits] =
                    [0, FLIPS, LIMITS].map(|place| _mm_loadu_si128(node.add(place).cast()));
                let bytes = _mm_xor_si128(_mm_shuffle_epi8(row, places), flips);
                _mm_movemask_epi8(_mm_cmpgt_epi8(bytes, limits))
            };
            usize::from(WAYS[usize::from(answers as u8)])
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;
    use crate::inference::native::numbers::NumberRows;
    use crate::inference::native::parts::{OneHotColumns, Part};
    use crate::inference::native::trees::forms_tests::{forest, number};
    use crate::inference::native::trees::test_rng::TestRng;

    #[test]
    fn every_kind_of_step_gives_the_same_sums() {
        let mut rng = TestRng::new(5);
        for leaves in [1, 2, 7, 9, 60, 400] {
            let (columns, rows) = (1 + rng.below(7), 1 + rng.below(300));
            let one_hot = OneHotColumns {
                first: columns,
                width: 1,
                categories: 4,
            };
            let forest = forest(&mut rng, 3, leaves, columns + one_hot.categories, 1);
            let packed = MultiwayForest::at_any_cost(&forest, &[one_hot]).unwrap();
            let values: Vec<f32> = (0..rows * columns).map(|_| number(&mut rng, 8)).collect();
            let codes: Vec<u32> = (0..rows).map(|_| rng.below(4) as u32).collect();
            let parts = [
                Part::Numbers(NumberRows::row_by_row(&values, columns)),
                Part::OneHot {
                    codes: &codes,
                    width: one_hot.width,
                    categories: one_hot.categories,
                },
            ];
            let known = Rows::of(&parts, rows, &packed).unwrap();
            let mut fast = vec![[0.0; LANES]; known.groups().len()];
            let mut plain = fast.clone();
            add_trees(&packed, &known, &mut fast, 1);
            add_all::<Plain>(&packed, known.groups(), &mut plain, 1);
            assert_eq!(fast, plain, "{leaves} leaves");
            assert!(fast.as_flattened().iter().any(|sum| *sum != 0.0));
        }
    }
}
