//! A selection: the dimensions that are asked for at once.

use crate::vocabulary::Dimension;

/// How many selections there are, the empty one included.
pub const SELECTIONS: usize = 1 << Dimension::ALL.len();

/// A set of dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection(u8);

impl Selection {
    /// Every one that has a dimension in it.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..SELECTIONS).map(Self::at)
    }

    /// The one at a place, as [`Selection::place`] tells it.
    pub(super) fn at(place: usize) -> Self {
        // There are no more than 32.
        Self(place as u8)
    }

    /// Its place among all of them, from 0 for the empty one.
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Is nothing selected?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is this dimension selected?
    pub fn contains(self, dimension: Dimension) -> bool {
        self.0 & 1 << dimension as u8 != 0
    }

    /// Have the two a dimension in common?
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Is all that is in the other one selected?
    pub fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The dimensions, in running order.
    pub fn dimensions(self) -> impl Iterator<Item = Dimension> {
        let all = Dimension::ALL.into_iter();
        all.filter(move |dimension| self.contains(*dimension))
    }
}

impl FromIterator<Dimension> for Selection {
    fn from_iter<I: IntoIterator<Item = Dimension>>(dimensions: I) -> Self {
        let bits = dimensions.into_iter().map(|dimension| 1 << dimension as u8);
        Self(bits.fold(0, |all, bit: u8| all | bit))
    }
}
