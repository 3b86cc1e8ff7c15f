//! Every form of an ensemble gives the same sums, bit for bit: those of the plain walk, node by node.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use super::draw::Draw;
use super::finish::Aggregate;
use super::leaps::{self, Leaps};
use super::load::{Forest, Mode, RawNode, Weight};
use super::pack::{LargeNode, Packed, PackedNode, SmallNode};
use super::ranked::{self, Ranked};
use super::{packed_sums, plain};
use crate::inference::native::ops::encode::NO_CODE;
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
pub(super) fn number(draw: &mut Draw, kinds: usize) -> f32 {
    match draw.below(3) {
        0 => VALUES[draw.below(kinds)],
        _ => draw.below(97) as f32 / 8.0 - 4.0,
    }
}

/// Trees of `leaves` leaves that all give something to the first `targets` targets, as bushy or as
/// straggly as it comes.
pub(super) fn forest(
    draw: &mut Draw,
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
        let straggles = draw.below(2) == 0;
        while open.len() < leaves {
            let place = if straggles {
                open.len() - 1
            } else {
                draw.below(open.len())
            };
            let node = open.swap_remove(place);
            let children = forest.nodes.len() as u32;
            forest.nodes.extend([leaf; 2]);
            open.extend([children, children + 1]);
            forest.nodes[node as usize] = RawNode {
                mode: [Mode::AtMost, Mode::Below, Mode::AtLeast, Mode::Above][draw.below(4)],
                nan_is_true: draw.below(2) == 0,
                feature: draw.below(columns) as u32,
                // "Below minus infinity" is left to the plain form, as nothing is.
                threshold: number(draw, 7).max(f32::MIN),
                on_true: children,
                on_false: children + 1,
                weights: (0, 0),
            };
        }
        for leaf in open {
            let first = forest.weights.len() as u32;
            forest.weights.extend((0..targets).map(|target| Weight {
                target,
                value: draw.below(5) as f32 / 3.0 - 0.5,
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
            Part::Numbers { .. } => None,
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
    let leaps = Leaps::at_any_cost(forest, &one_hot_columns(parts)).unwrap();
    let leaps = leaps::sums(&leaps, parts, rows, targets).unwrap();
    assert_eq!(bits(&leaps), bits(&plain), "leaps, {what}");
    let ranked = ranked::sums(&Ranked::of(forest).unwrap(), parts, rows, targets);
    assert_eq!(bits(&ranked), bits(&plain), "ranked, {what}");
    let small = packed::<SmallNode>(forest, parts, (rows, targets));
    assert_eq!(bits(&small), bits(&plain), "small nodes, {what}");
    let large = packed::<LargeNode>(forest, parts, (rows, targets));
    assert_eq!(bits(&large), bits(&plain), "large nodes, {what}");
}

#[test]
fn all_forms_give_the_same_sums() {
    let mut draw = Draw::new(1);
    for leaves in [1, 2, 3, 5, 8, 9, 31, 100, 256, 257, 600, 3000] {
        for targets in [1, 2, 3] {
            let columns = 1 + draw.below(6);
            let trees = 1 + draw.below(4);
            let forest = forest(&mut draw, trees, leaves, columns, targets);
            let rows = 1 + draw.below(200);
            let values: Vec<f32> = (0..rows * columns).map(|_| number(&mut draw, 8)).collect();
            let part = Part::Numbers {
                values: &values,
                width: columns,
            };
            compare(&forest, &[part], &values, rows, targets as usize);
        }
    }
}

#[test]
fn categories_are_as_good_as_the_columns_that_they_stand_for() {
    const CATEGORIES: usize = 3;
    const WIDTH: usize = 2;
    let mut draw = Draw::new(3);
    for leaves in [2, 9, 100, 600] {
        for _ in 0..8 {
            let numbers = 1 + draw.below(3);
            let columns = numbers + WIDTH * CATEGORIES;
            let trees = 1 + draw.below(4);
            let forest = forest(&mut draw, trees, leaves, columns, 1);
            let rows = 1 + draw.below(200);
            let values: Vec<f32> = (0..rows * numbers).map(|_| number(&mut draw, 8)).collect();
            // One in four is none of the categories.
            let mut code = || match draw.below(CATEGORIES + 1) {
                CATEGORIES => NO_CODE,
                code => code as u32,
            };
            let codes: Vec<u32> = (0..rows * WIDTH).map(|_| code()).collect();
            let mut spelled = Vec::new();
            for (values, codes) in values.chunks(numbers).zip(codes.chunks(WIDTH)) {
                spelled.extend(values);
                for code in codes {
                    spelled.extend((0..CATEGORIES as u32).map(|c| f32::from(u8::from(c == *code))));
                }
            }
            let parts = [
                Part::Numbers {
                    values: &values,
                    width: numbers,
                },
                Part::OneHot {
                    codes: &codes,
                    width: WIDTH,
                    categories: CATEGORIES,
                },
            ];
            compare(&forest, &parts, &spelled, rows, 1);
        }
    }
}

#[test]
fn many_different_thresholds_are_left_to_the_values_themselves() {
    let mut draw = Draw::new(2);
    let mut forest = forest(&mut draw, 1, 3000, 1, 1);
    for (place, node) in forest.nodes.iter_mut().enumerate() {
        node.threshold = place as f32;
    }
    assert!(Ranked::of(&forest).is_none());
    assert!(Packed::<SmallNode>::of(&forest).is_some());
}

#[test]
fn leaps_are_for_trees_that_do_not_straggle() {
    let mut draw = Draw::new(4);
    let mut leaps_with = |leaves: usize| -> Vec<bool> {
        let mut any = || Leaps::of(&forest(&mut draw, 1, leaves, 4, 1), &[]).is_some();
        (0..20).map(|_| any()).collect()
    };
    // Half of them straggle.
    let large = leaps_with(600);
    assert!(large.contains(&true) && large.contains(&false));
    // So few branches are asked all at once.
    assert!(!leaps_with(8).contains(&true));
}

#[test]
fn leaps_know_no_more_than_a_register_of_a_row() {
    let mut draw = Draw::new(6);
    let mut fits = |columns| {
        let mut forest = forest(&mut draw, 2, 900, columns, 1);
        for node in &mut forest.nodes {
            (node.mode, node.nan_is_true) = match node.mode {
                Mode::Leaf => (Mode::Leaf, false),
                _ => (Mode::AtMost, false),
            };
        }
        Leaps::at_any_cost(&forest, &[]).is_some()
    };
    assert_eq!([16, 17].map(&mut fits), [true, false]);
}
