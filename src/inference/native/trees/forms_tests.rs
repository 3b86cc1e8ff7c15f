//! Every form of an ensemble gives the same sums, bit for bit: those of the plain walk, node by node.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::binned::{self, BinnedForest};
use super::finish::Aggregate;
use super::load::{Forest, Mode, RawNode, Weight};
use super::multiway::{self, MultiwayForest};
use super::packed::{LargeNode, Packed, PackedNode, SmallNode};
use super::test_rng::TestRng;
use super::{packed_sums, plain};
use crate::inference::native::numbers::NumberRows;
use crate::inference::native::one_hot::NO_CODE;
use crate::inference::native::parts::{OneHotColumns, Part};

const VALUES: [f32; 8] = [
    f32::NEG_INFINITY,
    -1.5,
    -0.0,
    0.0,
    0.25,
    1.0,
    f32::INFINITY,
    f32::NAN,
];

/// A threshold, or a value if it may be anything.
pub(super) fn number(rng: &mut TestRng, kinds: usize) -> f32 {
    match rng.below(3) {
        0 => VALUES[rng.below(kinds)],
        _ => rng.below(97) as f32 / 8.0 - 4.0,
    }
}

/// Trees of `leaves` leaves that all give something to the first `targets` targets, as bushy or as
/// straggly as it comes.
pub(super) fn forest(
    rng: &mut TestRng,
    trees: usize,
    leaves: usize,
    columns: usize,
    targets: u32,
) -> Forest {
    let mut forest = Forest {
        nodes: Vec::new(),
        roots: Vec::new(),
        weights: Vec::new(),
        width: columns,
        are_trees: true,
        only_target: (targets == 1).then_some(0),
    };
    for _ in 0..trees {
        let root = forest.nodes.len() as u32;
        forest.roots.push(root);
        let leaf = RawNode {
            mode: Mode::Leaf,
            nan_is_true: false,
            feature: 0,
            threshold: 0.0,
            on_true: 0,
            on_false: 0,
            weights: (0, 0),
        };
        forest.nodes.push(leaf);
        let mut open = vec![root];
        let straggles = rng.below(2) == 0;
        while open.len() < leaves {
            let place = if straggles {
                open.len() - 1
            } else {
                rng.below(open.len())
            };
            let node = open.swap_remove(place);
            let children = forest.nodes.len() as u32;
            forest.nodes.extend([leaf; 2]);
            open.extend([children, children + 1]);
            forest.nodes[node as usize] = RawNode {
                mode: [Mode::AtMost, Mode::Below, Mode::AtLeast, Mode::Above][rng.below(4)],
                nan_is_true: rng.below(2) == 0,
                feature: rng.below(columns) as u32,
                // "Below minus infinity" is left to the plain form, as nothing is.
                threshold: number(rng, 7).max(f32::MIN),
                on_true: children,
                on_false: children + 1,
                weights: (0, 0),
            };
        }
        for leaf in open {
            let first = forest.weights.len() as u32;
            forest.weights.extend((0..targets).map(|target| Weight {
                target,
                value: rng.below(5) as f32 / 3.0 - 0.5,
            }));
            forest.nodes[leaf as usize].weights = (first, first + targets);
        }
    }
    forest
}

fn bits(sums: &[f32]) -> Vec<u32> {
    sums.iter().map(|sum| sum.to_bits()).collect()
}

fn packed<N: PackedNode>(forest: &Forest, parts: &[Part<'_>], size: (usize, usize)) -> Vec<f32> {
    packed_sums(&Packed::<N>::of(forest).unwrap(), parts, size.0, size.1).0
}

fn one_hot_columns(parts: &[Part<'_>]) -> Vec<OneHotColumns> {
    let mut first = 0;
    let columns = parts.iter().filter_map(|part| {
        let before = first;
        first += part.columns();
        match part {
            Part::Numbers(_) => None,
            Part::OneHot {
                width, categories, ..
            } => Some(OneHotColumns {
                first: before,
                width: *width,
                categories: *categories,
            }),
        }
    });
    columns.collect()
}

/// Compares all forms with the plain one, for which the parts' columns are spelled out.
fn compare(forest: &Forest, parts: &[Part<'_>], spelled: &[f32], rows: usize, targets: usize) {
    let width = spelled.len() / rows;
    let plain = plain::sums(forest, Aggregate::Sum, spelled, (rows, width), targets).0;
    let leaves = forest.nodes.len() / forest.roots.len() / 2 + 1;
    let what = format!("{leaves} leaves, {targets} targets, {} parts", parts.len());
    let multiway = MultiwayForest::at_any_cost(forest, &one_hot_columns(parts)).unwrap();
    let multiway = multiway::sums(&multiway, parts, rows, targets).unwrap();
    assert_eq!(bits(&multiway), bits(&plain), "multiway, {what}");
    let binned = binned::sums(&BinnedForest::of(forest).unwrap(), parts, rows, targets);
    assert_eq!(bits(&binned), bits(&plain), "binned, {what}");
    let small = packed::<SmallNode>(forest, parts, (rows, targets));
    assert_eq!(bits(&small), bits(&plain), "small nodes, {what}");
    let large = packed::<LargeNode>(forest, parts, (rows, targets));
    assert_eq!(bits(&large), bits(&plain), "large nodes, {what}");
}

#[test]
fn all_forms_give_the_same_sums() {
    let mut rng = TestRng::new(1);
    for leaves in [1, 2, 3, 5, 8, 9, 31, 100, 256, 257, 600, 3000] {
        for targets in [1, 2, 3] {
            let columns = 1 + rng.below(6);
            let trees = 1 + rng.below(4);
            let forest = forest(&mut rng, trees, leaves, columns, targets);
            let rows = 1 + rng.below(200);
            let values: Vec<f32> = (0..rows * columns).map(|_| number(&mut rng, 8)).collect();
            let part = Part::Numbers(NumberRows::row_by_row(&values, columns));
            compare(&forest, &[part], &values, rows, targets as usize);
            // The same column by column, as part of more rows.
            let stride = rows + rng.below(40);
            let mut turned = vec![f32::NAN; columns * stride];
            for (place, value) in values.iter().enumerate() {
                turned[place % columns * stride + place / columns] = *value;
            }
            let numbers = NumberRows::column_by_column(&turned, stride, (rows, columns));
            assert_eq!(bits(&numbers.by_row()), bits(&values));
            let part = Part::Numbers(numbers);
            compare(&forest, &[part], &values, rows, targets as usize);
        }
    }
}

/// Columns of some rows, in the forms in which they come and as numbers.
struct Mixed {
    numbers: Vec<(usize, Vec<f32>)>,
    codes: Vec<(usize, usize, Vec<u32>)>,
    rows: usize,
}

impl Mixed {
    /// `numbers` columns a part, and `(values a row, categories)` of the parts between them.
    fn random(
        rng: &mut TestRng,
        rows: usize,
        numbers: &[usize],
        one_hot: &[(usize, usize)],
    ) -> Self {
        let mut mixed = Mixed {
            numbers: Vec::new(),
            codes: Vec::new(),
            rows,
        };
        for width in numbers {
            let values = (0..rows * width).map(|_| number(rng, 8)).collect();
            mixed.numbers.push((*width, values));
        }
        for (width, categories) in one_hot {
            // One more than there are: none of them.
            let code = |code: usize| {
                if code == *categories {
                    NO_CODE
                } else {
                    code as u32
                }
            };
            let codes = (0..rows * width).map(|_| code(rng.below(categories + 1)));
            mixed.codes.push((*width, *categories, codes.collect()));
        }
        mixed
    }

    /// Categories and numbers by turns.
    fn parts(&self, begins_with_numbers: bool) -> Vec<Part<'_>> {
        let numbers = self.numbers.iter();
        let numbers =
            numbers.map(|(width, values)| Part::Numbers(NumberRows::row_by_row(values, *width)));
        let codes = self
            .codes
            .iter()
            .map(|(width, categories, codes)| Part::OneHot {
                codes,
                width: *width,
                categories: *categories,
            });
        let (mut numbers, mut codes) = (numbers.peekable(), codes.peekable());
        let mut parts = Vec::new();
        let mut is_numbers = begins_with_numbers;
        while numbers.peek().is_some() || codes.peek().is_some() {
            parts.extend(if is_numbers {
                numbers.next()
            } else {
                codes.next()
            });
            is_numbers = !is_numbers;
        }
        parts
    }

    fn spelled_out(&self, parts: &[Part<'_>]) -> Vec<f32> {
        let mut spelled = Vec::new();
        for row in 0..self.rows {
            for part in parts {
                match part {
                    Part::Numbers(numbers) => {
                        let width = numbers.width();
                        spelled.extend(&numbers.by_row()[row * width..(row + 1) * width]);
                    }
                    Part::OneHot {
                        codes,
                        width,
                        categories,
                    } => {
                        for code in &codes[row * width..(row + 1) * width] {
                            let all = 0..*categories as u32;
                            spelled.extend(all.map(|c| f32::from(u8::from(c == *code))));
                        }
                    }
                }
            }
        }
        spelled
    }
}

/// Columns of each part of numbers, and values a row and categories of each other part.
type Layout<'a> = (&'a [usize], &'a [(usize, usize)]);

#[test]
fn categories_are_as_good_as_the_columns_that_they_stand_for() {
    let mut rng = TestRng::new(3);
    let layouts: [Layout<'_>; 5] = [
        (&[1], &[(2, 3)]),
        (&[2, 1], &[(1, 4), (2, 2)]),
        (&[], &[(3, 5)]),
        (&[3], &[(1, 2), (1, 3), (1, 1)]),
        // As many as a byte counts, and none of them.
        (&[1], &[(1, 255)]),
    ];
    for (numbers, one_hot) in layouts {
        for leaves in [2, 9, 100, 600] {
            for begins_with_numbers in [false, true] {
                let rows = 1 + rng.below(200);
                let mixed = Mixed::random(&mut rng, rows, numbers, one_hot);
                let parts = mixed.parts(begins_with_numbers);
                let columns: usize = parts.iter().map(Part::columns).sum();
                let forest = forest(&mut rng, 3, leaves, columns, 1);
                compare(&forest, &parts, &mixed.spelled_out(&parts), rows, 1);
            }
        }
    }
}

#[test]
fn columns_that_no_tree_asks_for_do_no_harm() {
    let mut rng = TestRng::new(8);
    let mixed = Mixed::random(&mut rng, 70, &[2, 4], &[(2, 3)]);
    let parts = mixed.parts(true);
    let forest = forest(&mut rng, 3, 300, 5, 1);
    compare(&forest, &parts, &mixed.spelled_out(&parts), 70, 1);
}

#[test]
fn leaps_refuse_columns_that_are_not_where_they_were_said_to_be() {
    let mut rng = TestRng::new(9);
    let mixed = Mixed::random(&mut rng, 10, &[2], &[(1, 3)]);
    let forest = forest(&mut rng, 1, 300, 5, 1);
    let multiway =
        MultiwayForest::at_any_cost(&forest, &one_hot_columns(&mixed.parts(true))).unwrap();
    assert!(multiway::sums(&multiway, &mixed.parts(true), 10, 1).is_ok());
    assert!(multiway::sums(&multiway, &mixed.parts(false), 10, 1).is_err());
}

#[test]
fn many_different_thresholds_are_left_to_the_values_themselves() {
    let mut rng = TestRng::new(2);
    let mut forest = forest(&mut rng, 1, 3000, 1, 1);
    for (place, node) in forest.nodes.iter_mut().enumerate() {
        node.threshold = place as f32;
    }
    assert!(BinnedForest::of(&forest).is_none());
    assert!(Packed::<SmallNode>::of(&forest).is_some());
}

/// One tree over `columns`, with as many different thresholds and values of leaves as there are nodes.
fn of_different_numbers(rng: &mut TestRng, leaves: usize, columns: usize) -> Forest {
    let mut forest = forest(rng, 1, leaves, columns, 1);
    for (place, node) in forest.nodes.iter_mut().enumerate() {
        node.threshold = place as f32 / 100.0 - 4.0;
    }
    for (place, weight) in forest.weights.iter_mut().enumerate() {
        weight.value = 1.0 / (place + 1) as f32;
    }
    forest
}

#[test]
fn columns_with_more_thresholds_than_a_byte_counts_are_searched_in_parts() {
    let mut rng = TestRng::new(7);
    let forest = of_different_numbers(&mut rng, 900, 2);
    let values: Vec<f32> = (0..400).map(|_| number(&mut rng, 8)).collect();
    let part = Part::Numbers(NumberRows::row_by_row(&values, 2));
    compare(&forest, &[part], &values, 200, 1);
}

#[test]
fn trees_that_two_bytes_do_not_count_are_left_to_other_forms() {
    let mut rng = TestRng::new(10);
    let mut fits = |leaves| {
        let mut forest = of_different_numbers(&mut rng, leaves, 3);
        for node in &mut forest.nodes {
            node.threshold = (node.threshold * 10.0).round() % 32.0;
        }
        MultiwayForest::at_any_cost(&forest, &[]).is_some()
    };
    assert_eq!([5_000, 50_000].map(&mut fits), [true, false]);
}

#[test]
fn leaps_are_for_trees_that_do_not_straggle() {
    let mut rng = TestRng::new(4);
    let mut leaps_with = |leaves: usize| -> Vec<bool> {
        let mut any = || MultiwayForest::of(&forest(&mut rng, 1, leaves, 4, 1), &[]).is_some();
        (0..20).map(|_| any()).collect()
    };
    // Half of them straggle.
    let large = leaps_with(600);
    assert!(large.contains(&true) && large.contains(&false));
    // So few branches are evaluated all at once.
    assert!(!leaps_with(8).contains(&true));
}

#[test]
fn leaps_know_no_more_than_a_register_of_a_row() {
    let mut rng = TestRng::new(6);
    let mut fits = |columns| {
        let mut forest = forest(&mut rng, 2, 900, columns, 1);
        for node in &mut forest.nodes {
            (node.mode, node.nan_is_true) = match node.mode {
                Mode::Leaf => (Mode::Leaf, false),
                _ => (Mode::AtMost, false),
            };
        }
        MultiwayForest::at_any_cost(&forest, &[]).is_some()
    };
    assert_eq!([16, 17].map(&mut fits), [true, false]);
}
