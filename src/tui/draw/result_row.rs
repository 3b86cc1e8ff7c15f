//! What a row of results stands for.

use crate::vocabulary::ResourceName;

/// A row of a dimension's results that can be looked at by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultRow {
    /// The score, where its sentence has no room.
    Score,
    /// A gate, by its place among them.
    Gate(usize),
    /// A picture, by its place.
    Figure(usize),
    /// A bar of a picture, by their places.
    Bar(usize, usize),
    /// A row of a table, by its name and the row's place.
    Table(String, usize),
    /// A resource that is needed.
    Need(ResourceName),
}
