//! What kind of answer is validated, and how rows make groups.

/// What kind of answer the target holds.
///
/// Labels are text, whatever the file said: a number without needless digits (`1`, `0.5`), a truth
/// value as `true` or `false`.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// One of two classes.
    Binary {
        /// The label that counts as class 1.
        positive: String,
    },
    /// One of several classes: their labels, in the order in which results name them.
    MultiClass(Vec<String>),
    /// A number.
    Regression,
}

/// How the values of a protected attribute make groups.
#[derive(Clone, Debug, PartialEq)]
pub enum Grouping {
    /// A group a value.
    Categories,
    /// Cut points of a number, increasing; a value equal to a cut point is in the group above it.
    CutPoints(Vec<f64>),
}
