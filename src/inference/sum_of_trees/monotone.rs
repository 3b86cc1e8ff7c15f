//! Is the score monotone in a column, for any two rows that are equal in all others?
//!
//! Proven where every tree is (a sum of such trees is, and rounding keeps the order), where every tree is
//! once those that split on this column alone are added up, or where every cell of the joint thresholds
//! shows it. To decide it for large ensembles is hard in general (Kantchelian, Tygar & Joseph 2016).

use std::collections::{BTreeMap, BTreeSet};

use super::grid::{Drop, Shown, representatives, search};
use super::leaves::is_monotone;
use super::{InputColumn, SumOfTrees, Tree, thresholds};

/// What is known of every row.
#[derive(Debug, Clone, PartialEq)]
pub enum Monotone {
    /// No two rows break it.
    Proven(Proof),
    /// Two rows break it.
    Broken(Drop),
    /// Neither could be shown, and why.
    Undecided(String),
}

/// How it was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// No tree splits on the column.
    Unused,
    /// Every tree is monotone.
    EveryTree,
    /// Every tree is, once those that split on this column alone are added up.
    AddedUp,
    /// Every cell between the thresholds shows it.
    EveryCell,
}

/// Steps in the wrong direction of less than this do not count in rows of data: outputs are floats.
const LEAST_DROP: f64 = 1e-6;

impl SumOfTrees {
    /// Does the score never fall (or, with `rises` false, never rise) as the column grows?
    pub fn monotone(&self, column: InputColumn, rises: bool) -> Monotone {
        if self.mixed.contains(&column.0) {
            return Monotone::Undecided(
                "the column reaches the trees in a way that is not followed".to_owned(),
            );
        }
        let split_on: BTreeSet<usize> = self
            .trees
            .iter()
            .flat_map(|tree| tree.features.iter().copied())
            .collect();
        let mut features = self.features_of(column);
        features.retain(|(feature, _)| split_on.contains(feature));
        if features.is_empty() {
            return Monotone::Proven(Proof::Unused);
        }
        let mut proof = Proof::EveryTree;
        for (feature, falls) in &features {
            match self.of_feature(*feature, rises != *falls) {
                Monotone::Proven(Proof::EveryTree) => {}
                Monotone::Proven(own) => proof = own,
                Monotone::Broken(drop) => {
                    // A pair of cells is a pair of rows where every feature is a column by itself.
                    let is_pair = features.len() == 1 && self.are_alone(*feature);
                    return if is_pair {
                        Monotone::Broken(drop)
                    } else {
                        Monotone::Undecided(
                            "the trees alone are not monotone, and which of their cells rows reach is \
                             not known"
                                .to_owned(),
                        )
                    };
                }
                undecided @ Monotone::Undecided(_) => return undecided,
            }
        }
        Monotone::Proven(proof)
    }

    /// Are all features that go together with one columns by themselves?
    fn are_alone(&self, feature: usize) -> bool {
        let with = self
            .trees
            .iter()
            .filter(|tree| tree.features.contains(&feature));
        let mut with = with.flat_map(|tree| &tree.features);
        with.all(|other| self.alone(*other).is_some())
    }

    fn of_feature(&self, feature: usize, rises: bool) -> Monotone {
        let own = |tree: &Tree| is_monotone(tree, feature, rises);
        let found: Vec<Option<bool>> = self.trees.iter().map(own).collect();
        if found.iter().all(|own| *own == Some(true)) {
            return Monotone::Proven(Proof::EveryTree);
        }
        let (alone, with_others): (Vec<usize>, Vec<usize>) =
            (0..self.trees.len()).partition(|place| self.trees[*place].features.len() == 1);
        let is_sound = with_others.iter().all(|place| found[*place] == Some(true));
        let alone = alone
            .into_iter()
            .filter(|at| self.trees[*at].features.contains(&feature));
        if is_sound && self.is_rising_together(&alone.collect::<Vec<_>>(), feature, rises) {
            return Monotone::Proven(Proof::AddedUp);
        }
        match search(self, feature, rises) {
            Shown::Monotone => Monotone::Proven(Proof::EveryCell),
            Shown::Broken(drop) => Monotone::Broken(drop),
            Shown::TooMany => {
                let broken = found.iter().filter(|own| **own == Some(false)).count();
                Monotone::Undecided(format!(
                    "{broken} of {} trees are not monotone by themselves, and what they add up to has too \
                     many cells to be gone through",
                    self.trees.len()
                ))
            }
        }
    }

    /// Is the sum of trees that split on nothing else monotone?
    fn is_rising_together(&self, trees: &[usize], feature: usize, rises: bool) -> bool {
        let of = || trees.iter().map(|place| &self.trees[*place]);
        let cells = representatives(&thresholds(of(), feature));
        let sums = cells
            .iter()
            .map(|value| of().map(|tree| tree.leaf(|_| *value)).sum());
        let sums: Vec<i128> = sums.collect();
        sums.windows(2).all(|pair| {
            if rises {
                pair[0] <= pair[1]
            } else {
                pair[0] >= pair[1]
            }
        })
    }

    /// The columns that must be known of a row to move one through all of its cells in
    /// [`SumOfTrees::drop_of`]; none where that does not follow from columns alone.
    pub fn columns_beside(&self, column: InputColumn) -> Option<Vec<InputColumn>> {
        let [(feature, false)] = self.features_of(column)[..] else {
            return None;
        };
        let with = self
            .trees
            .iter()
            .filter(|tree| tree.features.contains(&feature));
        let features: BTreeSet<usize> = with.flat_map(|t| t.features.iter().copied()).collect();
        let features = features.into_iter().filter(|other| *other != feature);
        self.alone(feature)?;
        features.map(|other| self.alone(other)).collect()
    }

    /// The steepest step in the wrong direction as a column of a row is moved through its cells, where one
    /// is larger than rounding; `beside` gives the values of the columns of
    /// [`SumOfTrees::columns_beside`], in their order.
    pub fn drop_of(&self, mover: &Mover<'_>, beside: &[f32]) -> Option<Drop> {
        let value = |feature: usize, own: f32| {
            if feature == mover.feature {
                own
            } else {
                beside[mover.places[&feature]]
            }
        };
        let mut worst: Option<Drop> = None;
        let mut before: Option<(f32, i128)> = None;
        for own in &mover.cells {
            let sum = mover
                .trees
                .iter()
                .map(|tree| tree.leaf(|at| value(at, *own)))
                .sum();
            if let Some((lower, earlier)) = before {
                let wrong = if mover.rises {
                    earlier - sum
                } else {
                    sum - earlier
                };
                let size = |drop: &Drop| (drop.sums.0 - drop.sums.1).abs();
                let drop = self.unit.value(wrong);
                if drop > LEAST_DROP && worst.as_ref().is_none_or(|worst| drop > size(worst)) {
                    worst = Some(Drop {
                        between: (lower, *own),
                        others: Vec::new(),
                        sums: (self.unit.value(earlier), self.unit.value(sum)),
                    });
                }
            }
            before = Some((*own, sum));
        }
        worst
    }

    /// What moves a column through its cells.
    pub fn mover(&self, column: InputColumn, rises: bool) -> Option<Mover<'_>> {
        let beside = self.columns_beside(column)?;
        let feature = self.features_of(column).first()?.0;
        let places = beside
            .iter()
            .enumerate()
            .filter_map(|(place, column)| Some((self.features_of(*column).first()?.0, place)));
        let trees: Vec<&Tree> = self
            .trees
            .iter()
            .filter(|tree| tree.features.contains(&feature))
            .collect();
        let cells = representatives(&thresholds(trees.iter().copied(), feature));
        Some(Mover {
            feature,
            rises,
            beside: beside.clone(),
            places: places.collect(),
            cells,
            trees,
        })
    }
}

/// A column that is moved through its cells while the others of a row stay.
pub struct Mover<'t> {
    feature: usize,
    rises: bool,
    /// The columns whose values must be known, in their order.
    pub beside: Vec<InputColumn>,
    places: BTreeMap<usize, usize>,
    cells: Vec<f32>,
    trees: Vec<&'t Tree>,
}

impl Mover<'_> {
    /// Nodes that are looked at for a row, about.
    pub fn work(&self) -> usize {
        let depth = |tree: &&Tree| tree.nodes.len().ilog2() as usize + 1;
        self.cells.len() * self.trees.iter().map(depth).sum::<usize>()
    }
}
