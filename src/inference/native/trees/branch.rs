//! A branch as the kernel takes it: "to the first side if x <= t, else to the second".
//!
//! The next smaller float turns "below" into "at most", and "at least" and "above" are "below" and
//! "at most" with their sides changed. What is not a number fails every comparison; where it is to
//! go to the first side, the branch reads a [`View`] of its column in which it counts as less than
//! anything. All of it is exact.

use std::collections::HashMap;

use super::load::{Mode, RawNode};

/// A column as branches read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) column: u32,
    /// Whether what is not a number counts as less than anything.
    pub(super) nan_is_least: bool,
}

impl View {
    pub(super) fn of(self, value: f32) -> f32 {
        if self.nan_is_least && value.is_nan() {
            f32::NEG_INFINITY
        } else {
            value
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    pub(super) view: View,
    pub(super) threshold: f32,
    /// The node for x <= threshold, and the other one.
    pub(super) sides: [u32; 2],
}

impl Branch {
    /// `None` for a test for equality, and for a threshold that nothing can be compared with.
    pub(super) fn of(node: &RawNode) -> Option<Self> {
        let t = node.threshold;
        let (threshold, changes_sides) = match node.mode {
            Mode::AtMost => (t, false),
            Mode::Below => (below(t)?, false),
            Mode::AtLeast => (below(t)?, true),
            Mode::Above => (t, true),
            Mode::Equal | Mode::Unequal | Mode::Leaf => return None,
        };
        if t.is_nan() {
            return None;
        }
        let (first, second) = if changes_sides {
            (node.on_false, node.on_true)
        } else {
            (node.on_true, node.on_false)
        };
        Some(Branch {
            view: View {
                column: node.feature,
                nan_is_least: node.nan_is_true != changes_sides,
            },
            threshold,
            sides: [first, second],
        })
    }
}

/// The threshold that makes "below" of "at most", if anything is below.
fn below(threshold: f32) -> Option<f32> {
    (threshold != f32::NEG_INFINITY).then(|| threshold.next_down())
}

/// Columns up to here have a place in a list; there are hardly ever more.
const NEAR_COLUMNS: usize = 1 << 16;

/// The views that branches have asked for, each with its place.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) all: Vec<View>,
    /// By column: the places of its two views, counted from one.
    near: Vec<[u32; 2]>,
    /// The same of columns further on.
    far: HashMap<u32, [u32; 2]>,
}

impl Views {
    /// A view's place, which is the next one if nobody has asked for it before.
    pub(super) fn place(&mut self, view: View) -> usize {
        let column = view.column as usize;
        let places = if column >= NEAR_COLUMNS {
            self.far.entry(view.column).or_default()
        } else {
            if column >= self.near.len() {
                self.near.resize(column + 1, [0; 2]);
            }
            &mut self.near[column]
        };
        let place = &mut places[usize::from(view.nan_is_least)];
        if *place == 0 {
            self.all.push(view);
            *place = self.all.len() as u32;
        }
        *place as usize - 1
    }
}
